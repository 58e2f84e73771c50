//! What the typesetter finds: one template, one file with the text of the paper, the fonts. No other file, no package, no
//! clock.

use std::sync::LazyLock;

use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt as _, World};

/// How a paper is printed.
const TEMPLATE: &str = include_str!("template.typ");

/// The fonts: Latin, Greek and Cyrillic, and Arabic.
pub(crate) const FONTS: [&[u8]; 4] = [
    include_bytes!("../fonts/NotoSans-Regular.ttf"),
    include_bytes!("../fonts/NotoSans-Bold.ttf"),
    include_bytes!("../fonts/NotoNaskhArabic-Regular.ttf"),
    include_bytes!("../fonts/NotoNaskhArabic-Bold.ttf"),
];

/// What all papers have in common; read at the first.
struct Common {
    typesetter: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
}

static COMMON: LazyLock<Common> = LazyLock::new(|| {
    let fonts: Vec<Font> = FONTS.iter().flat_map(|font| Font::iter(Bytes::new(*font))).collect();
    Common {
        typesetter: LazyHash::new(Library::default()),
        book: LazyHash::new(FontBook::from_fonts(&fonts)),
        fonts,
    }
});

/// Whether every weight has a letter for this character, in one of the families.
pub(crate) fn covers(one: char) -> bool {
    let covered = COMMON.fonts.iter().filter(|font| font.info().coverage.contains(u32::from(one))).count();
    // Regular and bold of one family cover the same.
    covered > 1
}

/// What is there for one paper.
pub(crate) struct Desk {
    template: Source,
    paper: (FileId, Bytes),
}

impl Desk {
    /// The desk of a paper whose text this is, as JSON. None when the names of the files have no form: never.
    pub(crate) fn of(json: String) -> Option<Self> {
        let id = |name| Some(RootedPath::new(VirtualRoot::Project, VirtualPath::new(name).ok()?).intern());
        Some(Self {
            template: Source::new(id("main.typ")?, TEMPLATE.to_owned()),
            paper: (id("paper.json")?, Bytes::from_string(json)),
        })
    }
}

impl World for Desk {
    fn library(&self) -> &LazyHash<Library> {
        &COMMON.typesetter
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &COMMON.book
    }

    fn main(&self) -> FileId {
        self.template.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.template.id() { Ok(self.template.clone()) } else { Err(FileError::AccessDenied) }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        if id == self.paper.0 { Ok(self.paper.1.clone()) } else { Err(FileError::AccessDenied) }
    }

    fn font(&self, index: usize) -> Option<Font> {
        COMMON.fonts.get(index).cloned()
    }

    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}
