//! What this node knows about a record beside the record: grades, quality, the terms it cites, decisions about who is
//! the same, notes, files and what came of it. For the people of this node alone; nothing of it is served.

use serde::Serialize;

use crate::attachment::AttachmentView;
use crate::council::outcome::{self, OutcomeLine};
use crate::grade::GradeView;
use crate::note::NoteView;
use crate::quality::QualityView;
use crate::same::Decided;
use crate::vocabulary::CitedView;
use crate::{App, AppError, attachment, grade, note, quality, same, vocabulary};

/// What is known about a record beside it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Dossier {
    /// The provider's grade and those of receivers.
    pub grades: Vec<GradeView>,
    /// The labels of quality, priority and classification.
    pub quality: QualityView,
    /// The terms that it cites.
    pub terms: Vec<CitedView>,
    /// What people decided about records that may mean the same.
    pub same: Vec<Decided>,
    /// Notes that never leave.
    pub notes: Vec<NoteView>,
    /// Files.
    pub attachments: Vec<AttachmentView>,
    /// What members say came of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub outcomes: Vec<OutcomeLine>,
}

/// What is known about the newest version that a text names, or about the version that it names.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown record.
pub fn of(app: &App, text: &str) -> Result<Dossier, AppError> {
    Ok(Dossier {
        grades: grade::of(app, text)?.grades,
        quality: quality::of(app, text)?,
        terms: vocabulary::of(app, text, None)?,
        same: same::of(app, text)?,
        notes: note::list(app, Some(text))?,
        attachments: attachment::of(app, text)?,
        outcomes: outcome::of(app, text)?,
    })
}
