//! A document: the reader of whole documents and the streaming reader say the same, however the bytes are divided.
#![no_main]

use std::io::Read;

use comity_stix::{Document, Form, Limits, ReadError, Registry, Stream, StreamError, read, validate};
use libfuzzer_sys::fuzz_target;

/// Gives at most `size` bytes at once.
struct Pieces<'a> {
    bytes: &'a [u8],
    size: usize,
}

impl Read for Pieces<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let size = self.size.min(into.len());
        self.bytes.read(&mut into[..size])
    }
}

/// What a stream said of an object: place, bytes, and whether it can be read or why not.
type Said = (usize, u64, Vec<u8>, Result<(), ReadError>);

fn hear(
    bytes: &[u8],
    size: usize,
    limits: &Limits,
) -> (Vec<Said>, Option<Form>, Option<String>, Option<ReadError>) {
    let mut stream = Stream::new(Pieces { bytes, size }, limits);
    let mut items = Vec::new();
    let error = loop {
        match stream.next_item() {
            Ok(Some(item)) => {
                items.push((item.index, item.offset, item.bytes.to_vec(), item.object.map(|_| ())));
            }
            Ok(None) => break None,
            Err(StreamError::Read(error)) => break Some(error),
            Err(other) => panic!("{other}"),
        }
    };
    let _ = stream.container().map(|container| container.map(|it| validate(&it, &Registry::standard())));
    (items, stream.form(), stream.bundle_id().map(str::to_owned), error)
}

fn compare(document: &Document<'_>, bytes: &[u8], heard: &[Said]) {
    assert_eq!(document.items.len(), heard.len());
    for (item, said) in document.items.iter().zip(heard) {
        let start = (item.bytes.as_ptr() as usize - bytes.as_ptr() as usize) as u64;
        let verdict = item.object.as_ref().map(|_| ()).map_err(Clone::clone);
        assert_eq!((item.index, start, item.bytes.to_vec(), verdict), *said);
    }
}

fuzz_target!(|input: &[u8]| {
    let Some((first, bytes)) = input.split_first() else { return };
    let size = usize::from(*first) + 1;
    let limits = Limits::default();
    let (items, form, id, error) = hear(bytes, size, &limits);
    match read(bytes, &limits) {
        Ok(document) => {
            assert_eq!((Some(document.form), &document.bundle_id, None), (form, &id, error));
            compare(&document, bytes, &items);
            for object in document.items.iter().filter_map(|item| item.object.as_ref().ok()) {
                let _ = validate(object, &Registry::standard());
            }
        }
        Err(found) => assert_eq!(error, Some(found)),
    }
    // With little room the form may be decided otherwise, but never by the sizes of the reads.
    let narrow = Limits { object_bytes: 200, ..limits };
    assert_eq!(hear(bytes, size, &narrow), hear(bytes, usize::MAX, &narrow));
});
