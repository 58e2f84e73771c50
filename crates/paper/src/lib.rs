//! Papers as PDF. A paper in, the bytes of a document out: no file is read, no package is fetched, no clock is asked.
//!
//! The typesetter reads one template of ours and the text of the paper as data; nothing that a record says is read as
//! markup. The same paper gives the same bytes.

mod letters;
mod sheet;
mod world;

#[cfg(test)]
mod tests;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

use comity_model::paper::{Paper, PaperFault};
use typst::diag::{SourceDiagnostic, Warned};
use typst::foundations::Smart;
use typst_layout::PagedDocument;
use typst_pdf::PdfOptions;

/// Most pages of a document.
pub const PAGES_MAX: usize = 500;
/// Lines of a page, about.
const PAGE_LINES: usize = 60;
/// Most bytes of one paragraph. The time that one takes grows faster than its length.
const PARAGRAPH_MAX: usize = 64 << 10;

/// One document is set at a time: it takes memory and a core.
static ONE: Mutex<()> = Mutex::new(());

/// Why a paper cannot be set as PDF.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PaperError {
    /// Something about the paper.
    #[error(transparent)]
    Fault(#[from] PaperFault),
    /// The document would have too many pages.
    #[error(
        "the document would have more than {PAGES_MAX} pages: take HTML, CSV or JSON, or name a record about less"
    )]
    Pages,
    /// The typesetter failed.
    #[error("the paper cannot be set: {0}")]
    Typeset(String),
}

/// A paper as PDF: A4, with its marking on every page, page numbers, endnotes and the proofs behind it. One is made at a
/// time; who asks meanwhile waits.
///
/// # Errors
/// [`PaperError::Fault`] for a paper that does not fit together or is too large, [`PaperError::Pages`] above
/// [`PAGES_MAX`], [`PaperError::Typeset`] when the typesetter fails.
pub fn pdf(paper: &Paper) -> Result<Vec<u8>, PaperError> {
    paper.check()?;
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    // Whatever goes wrong within the typesetter is the failure of this paper, not of the node.
    let made = catch_unwind(AssertUnwindSafe(|| {
        let document = set(paper)?;
        let options = PdfOptions {
            ident: Smart::Custom(format!("{}@{}", paper.about.id, paper.about.version)),
            creator: Smart::Custom(Some("Comity".into())),
            timestamp: None,
            ..PdfOptions::default()
        };
        typst_pdf::pdf(&document, &options).map_err(|faults| PaperError::Typeset(told(&faults)))
    }));
    // What the typesetter remembers of a paper does not stay in memory.
    typst::comemo::evict(0);
    made.unwrap_or_else(|_| Err(PaperError::Typeset("the typesetter stopped".into())))
}

/// The pages of a paper.
fn set(paper: &Paper) -> Result<PagedDocument, PaperError> {
    let sheet::Sheet { value: sheet, lines, longest } = sheet::of(paper);
    if lines > PAGES_MAX * PAGE_LINES || longest > PARAGRAPH_MAX {
        return Err(PaperError::Pages);
    }
    let desk = world::Desk::of(sheet.to_string())
        .ok_or_else(|| PaperError::Typeset("the names of the files have no form".into()))?;
    let Warned { output, warnings } = typst::compile::<PagedDocument>(&desk);
    let document = output.map_err(|faults| PaperError::Typeset(told(&faults)))?;
    if !warnings.is_empty() {
        return Err(PaperError::Typeset(told(&warnings)));
    }
    if document.pages().len() > PAGES_MAX {
        return Err(PaperError::Pages);
    }
    Ok(document)
}

fn told(faults: &[SourceDiagnostic]) -> String {
    let told: Vec<&str> = faults.iter().take(3).map(|fault| fault.message.as_str()).collect();
    told.join("; ")
}
