//! Limits on what is read from outside. Every reader of this crate takes them and stops with an error that names
//! the limit; nothing is cut off silently.

/// Bounds on one input. The defaults fit a bundle of a whole knowledge base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a whole document; 64 MiB by default.
    pub bytes: usize,
    /// Bytes of one object as written; 4 MiB by default.
    pub object_bytes: usize,
    /// Nesting of lists and dictionaries within one object, the object itself counted; 32 by default, 120 at most.
    pub depth: usize,
    /// Objects in one document; 200,000 by default.
    pub objects: usize,
    /// Bytes of one string or key after its escapes are resolved; 1 MiB by default.
    pub string_bytes: usize,
    /// Identifiers in the reference properties of one object; 20,000 by default.
    pub references: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 64 << 20,
            object_bytes: 4 << 20,
            depth: 32,
            objects: 200_000,
            string_bytes: 1 << 20,
            references: 20_000,
        }
    }
}
