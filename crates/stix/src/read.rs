//! Documents: what arrives in a file or a request, taken apart into objects.
//!
//! A document is a bundle (STIX 2.1 clause 8), a single object, a TAXII 2.1 envelope, or one object a line. Every object
//! is judged alone: one that cannot be read never spoils its neighbours. The slices of the objects are exact.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::BTreeSet;
use std::fmt;

use serde::de::{
    self, Deserialize, DeserializeSeed, Deserializer as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::value::RawValue;

use crate::json::{self, JsonError, JsonErrorKind, Map, text_of};
use crate::limits::Limits;
use crate::object::Object;

/// The outer form of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Form {
    /// A dictionary of type `bundle` with the objects in its list.
    Bundle,
    /// One object.
    Object,
    /// A TAXII 2.1 envelope: a dictionary without a type that holds a list `objects`.
    Envelope,
    /// One object a line.
    Ndjson,
}

/// A document and its objects in order.
#[derive(Clone, Debug)]
pub struct Document<'a> {
    /// The outer form.
    pub form: Form,
    /// The `id` of a bundle as written, if it has one.
    pub bundle_id: Option<String>,
    /// The properties of a bundle other than `objects`, empty for every other form; or why they are no acceptable JSON,
    /// which never spoils the objects.
    pub container: Result<Map<'a>, ReadError>,
    /// Whether a bundle or an envelope has a list `objects`, be it empty.
    pub listed: bool,
    /// The objects, readable or not.
    pub items: Vec<Item<'a>>,
}

/// One object of a document.
#[derive(Clone, Debug)]
pub struct Item<'a> {
    /// Its place among the objects, from 0.
    pub index: usize,
    /// Its bytes exactly as they stand in the document.
    pub bytes: &'a [u8],
    /// The object, or why it cannot be read.
    pub object: Result<Object<'a>, ReadError>,
}

/// Why a document or an object cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The text is not acceptable JSON.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// An object is longer than the limit, in bytes.
    #[error("the object is longer than {0} bytes")]
    ObjectTooLong(usize),
    /// A document holds more objects than the limit.
    #[error("the document holds more than {0} objects; split it")]
    TooManyObjects(usize),
    /// An object holds more references than the limit.
    #[error("the object holds more than {0} references")]
    TooManyReferences(usize),
    /// What should be an object is another JSON value.
    #[error("this is no STIX object: a JSON dictionary is needed")]
    NotAnObject,
    /// The `objects` of a bundle or an envelope is no list.
    #[error("the `objects` of a bundle must be a list")]
    ObjectsNotAList,
}

/// Takes a document apart.
///
/// # Errors
/// [`ReadError`] when the document as a whole cannot be read; an object that cannot be read is an error in its
/// [`Item`] only.
pub fn read<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Document<'a>, ReadError> {
    let text = text_of(bytes, limits.bytes)?;
    match outline(text, limits) {
        Outline::Whole(top) => open(top, text, limits),
        Outline::Lines => lines(text, limits),
        Outline::Broken { error, .. } => Err(error),
    }
}

/// What a document is, seen from outside.
pub(crate) enum Outline<'a> {
    /// One dictionary.
    Whole(Top<'a>),
    /// One object a line.
    Lines,
    /// Neither. `cut` says that more bytes could mend it.
    Broken { error: ReadError, cut: bool },
}

/// Looks at a document, or at the first bytes of one, without looking into its objects.
pub(crate) fn outline<'a>(text: &'a str, limits: &Limits) -> Outline<'a> {
    let fault = Cell::new(None);
    let error = match top_of(text, &Scan { objects: limits.objects, fault: &fault }) {
        Ok(top) => return Outline::Whole(top),
        Err(error) => error,
    };
    let fault = fault.take();
    if !matches!(fault, Some(Fault::TooMany)) && is_ndjson(text) {
        return Outline::Lines;
    }
    let cut = fault.is_none() && error.is_eof();
    let place = || JsonError::explain(&error, text.as_bytes());
    let error = match fault {
        Some(Fault::TooMany) => ReadError::TooManyObjects(limits.objects),
        Some(Fault::NotADictionary) => ReadError::NotAnObject,
        Some(Fault::Duplicate(key)) => JsonError { kind: JsonErrorKind::DuplicateKey(key), ..place() }.into(),
        None => place().into(),
    };
    Outline::Broken { error, cut }
}

/// The outer dictionary, and nothing after it.
fn top_of<'a>(text: &'a str, scan: &Scan<'_>) -> Result<Top<'a>, serde_json::Error> {
    let mut source = serde_json::Deserializer::from_str(text);
    let top = source.deserialize_any(TopVisitor(scan))?;
    source.end()?;
    Ok(top)
}

/// Several lines of which each begins a dictionary of its own. The first line decides: either it is complete, or it is
/// broken in itself rather than cut off.
fn is_ndjson(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let (Some(first), Some(second)) = (lines.next(), lines.next()) else { return false };
    let first_is_whole = match serde_json::from_str::<&RawValue>(first) {
        Ok(_) => true,
        Err(error) => !error.is_eof() && first.ends_with('}'),
    };
    first.starts_with('{') && first_is_whole && second.starts_with('{')
}

fn lines<'a>(text: &'a str, limits: &Limits) -> Result<Document<'a>, ReadError> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut items = Vec::new();
    for (index, line) in lines.enumerate() {
        if index >= limits.objects {
            return Err(ReadError::TooManyObjects(limits.objects));
        }
        items.push(item(index, line, limits));
    }
    Ok(Document { form: Form::Ndjson, bundle_id: None, container: Ok(Map::new()), listed: false, items })
}

fn item<'a>(index: usize, text: &'a str, limits: &Limits) -> Item<'a> {
    Item { index, bytes: text.as_bytes(), object: Object::parse_text(text, limits) }
}

fn open<'a>(top: Top<'a>, text: &'a str, limits: &Limits) -> Result<Document<'a>, ReadError> {
    let form = top.form()?;
    if form == Form::Object {
        let text = text.trim_matches([' ', '\t', '\r', '\n']);
        let items = vec![item(0, text, limits)];
        return Ok(Document { form, bundle_id: None, container: Ok(Map::new()), listed: false, items });
    }
    let container = if form == Form::Bundle { container(&top.rest, text, limits) } else { Ok(Map::new()) };
    let listed = matches!(top.objects, Some(Objects::List(_)));
    let bundle_id = if form == Form::Bundle { top.id } else { None };
    let slices = match top.objects {
        Some(Objects::List(list)) => list,
        Some(Objects::Other) | None => Vec::new(),
    };
    let items = slices.into_iter().enumerate().map(|(index, raw)| item(index, raw.get(), limits)).collect();
    Ok(Document { form, bundle_id, container, listed, items })
}

/// The properties of a bundle beside its objects, read as strictly as an object.
fn container<'a>(
    rest: &[(Cow<'a, str>, &'a RawValue)],
    text: &'a str,
    limits: &Limits,
) -> Result<Map<'a>, ReadError> {
    let mut map = Map::new();
    for (key, raw) in rest {
        let bytes = raw.get().as_bytes();
        let value = json::parse(bytes, limits).map_err(|error| {
            let start = (bytes.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
            JsonError::at(error.kind, text.as_bytes(), start.saturating_add(error.offset))
        })?;
        map.insert(key.clone(), value);
    }
    Ok(map)
}

/// What the outer dictionary says about itself.
#[derive(Default)]
pub(crate) struct Top<'a> {
    kind: Option<String>,
    has_type: bool,
    id: Option<String>,
    has_id: bool,
    objects: Option<Objects<'a>>,
    /// Every property but `objects`, as written.
    rest: Vec<(Cow<'a, str>, &'a RawValue)>,
    /// Whether a key was met that no TAXII envelope has.
    other: bool,
}

impl Top<'_> {
    /// The form of the document, unless a bundle or an envelope holds something else than a list.
    pub(crate) fn form(&self) -> Result<Form, ReadError> {
        let bundle = self.kind.as_deref() == Some("bundle");
        let envelope = !self.has_type && !self.has_id && (self.objects.is_some() || !self.other);
        match self.objects {
            _ if !bundle && !envelope => Ok(Form::Object),
            Some(Objects::Other) => Err(ReadError::ObjectsNotAList),
            _ if bundle => Ok(Form::Bundle),
            _ => Ok(Form::Envelope),
        }
    }
}

enum Objects<'a> {
    List(Vec<&'a RawValue>),
    Other,
}

/// What an error of `serde` cannot carry.
enum Fault {
    NotADictionary,
    Duplicate(String),
    TooMany,
}

/// The limit on objects, and where a fault is put.
struct Scan<'c> {
    objects: usize,
    fault: &'c Cell<Option<Fault>>,
}

impl Scan<'_> {
    fn refuse<E: de::Error>(&self, fault: Fault) -> E {
        self.fault.set(Some(fault));
        E::custom("refused")
    }
}

/// Reads the outer dictionary without looking into the objects.
struct TopVisitor<'s>(&'s Scan<'s>);

impl<'de> Visitor<'de> for TopVisitor<'_> {
    type Value = Top<'de>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a dictionary")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Top<'de>, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Err(self.0.refuse(Fault::NotADictionary))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Top<'de>, E> {
        Err(self.0.refuse(Fault::NotADictionary))
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<Top<'de>, E> {
        Err(self.0.refuse(Fault::NotADictionary))
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<Top<'de>, E> {
        Err(self.0.refuse(Fault::NotADictionary))
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<Top<'de>, E> {
        Err(self.0.refuse(Fault::NotADictionary))
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Top<'de>, E> {
        Err(self.0.refuse(Fault::NotADictionary))
    }

    fn visit_str<E: de::Error>(self, _: &str) -> Result<Top<'de>, E> {
        Err(self.0.refuse(Fault::NotADictionary))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Top<'de>, A::Error> {
        let mut top = Top::default();
        let mut seen = BTreeSet::new();
        while let Some(Key(key)) = entries.next_key::<Key<'de>>()? {
            if seen.contains(&key) {
                return Err(self.0.refuse(Fault::Duplicate(key.chars().take(120).collect())));
            }
            match key.as_ref() {
                "objects" => top.objects = Some(entries.next_value_seed(ObjectsSeed(self.0))?),
                known => {
                    let raw: &RawValue = entries.next_value()?;
                    match known {
                        "type" => {
                            top.has_type = true;
                            top.kind = plain_text(raw.get());
                        }
                        "id" => {
                            top.has_id = true;
                            top.id = plain_text(raw.get());
                        }
                        _ => top.other |= known != "more" && known != "next",
                    }
                    top.rest.push((key.clone(), raw));
                }
            }
            seen.insert(key);
        }
        Ok(top)
    }
}

pub(crate) fn plain_text(raw: &str) -> Option<String> {
    serde_json::from_str(raw).ok()
}

/// Reads `objects` as slices.
struct ObjectsSeed<'s>(&'s Scan<'s>);

impl<'de> DeserializeSeed<'de> for ObjectsSeed<'_> {
    type Value = Objects<'de>;

    fn deserialize<D: de::Deserializer<'de>>(self, source: D) -> Result<Self::Value, D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ObjectsSeed<'_> {
    type Value = Objects<'de>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while let Some(raw) = items.next_element()? {
            if list.len() >= self.0.objects {
                return Err(self.0.refuse(Fault::TooMany));
            }
            list.push(raw);
        }
        Ok(Objects::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        while entries.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Objects::Other)
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(Objects::Other)
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Objects::Other)
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Objects::Other)
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Objects::Other)
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Objects::Other)
    }

    fn visit_str<E: de::Error>(self, _: &str) -> Result<Self::Value, E> {
        Ok(Objects::Other)
    }
}

/// A key, borrowed where it has no escapes.
struct Key<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Key<'a> {
    fn deserialize<D: de::Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = Key<'de>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a key")
            }

            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Borrowed(text)))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(text.to_owned())))
            }
        }
        source.deserialize_str(KeyVisitor)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ONE: &str = r#"{"type":"identity","id":"identity--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"}"#;

    fn open(text: &str) -> Document<'_> {
        read(text.as_bytes(), &Limits::default()).unwrap()
    }

    fn kind_of(text: &[u8]) -> JsonErrorKind {
        match read(text, &Limits::default()) {
            Err(ReadError::Json(error)) => error.kind,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_form_is_told_apart_and_its_slices_are_exact() {
        let spaced = format!(" {{ \"type\" : \"bundle\", \"id\":\"b\", \"objects\" : [ {ONE} ,\n{ONE}] }}\n");
        let bundle = open(&spaced);
        assert_eq!(
            (bundle.form, bundle.bundle_id.as_deref(), bundle.items.len()),
            (Form::Bundle, Some("b"), 2)
        );
        assert!(bundle.items.iter().all(|item| item.bytes == ONE.as_bytes()));
        assert_eq!(bundle.items[1].index, 1);
        let padded = format!("\n {ONE} \n");
        let single = open(&padded);
        assert_eq!((single.form, single.items[0].bytes), (Form::Object, ONE.as_bytes()));
        let enveloped = format!("{{\"more\":false,\"objects\":[{ONE}],\"x_note\":1}}");
        assert_eq!((open(&enveloped).form, open(&enveloped).items.len()), (Form::Envelope, 1));
        assert_eq!((open("{}").form, open("{}").items.len()), (Form::Envelope, 0));
        let listed = format!("{ONE}\r\n\n{ONE}\n");
        let lines = open(&listed);
        assert_eq!((lines.form, lines.items.len()), (Form::Ndjson, 2));
        assert!(lines.items.iter().all(|item| item.bytes == ONE.as_bytes()));
    }

    #[test]
    fn one_bad_object_never_spoils_its_neighbours() {
        let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
        let bad = [r#"{"a":1,"a":2}"#, r#"{"a":1e400}"#, r#"{"a":"\ud800"}"#, "17", "null", &deep];
        let text = format!("{{\"type\":\"bundle\",\"objects\":[{ONE},{},{ONE}]}}", bad.join(","));
        let document = open(&text);
        let good: Vec<_> =
            document.items.iter().filter(|item| item.object.is_ok()).map(|item| item.index).collect();
        assert_eq!(good, [0, bad.len() + 1]);
        for (item, text) in document.items[1..].iter().zip(bad) {
            assert_eq!(item.bytes, text.as_bytes());
        }
        let marked = format!("{ONE}\n{ONE}\n\u{FEFF}{ONE}\n");
        assert!(matches!(
            &open(&marked).items[2].object,
            Err(ReadError::Json(error)) if error.kind == JsonErrorKind::ByteOrderMark
        ));
        let text = format!("{{\"a\": NaN}}\n{ONE}\nrubbish\n{ONE}\n");
        let good: Vec<_> = open(&text).items.iter().map(|item| item.object.is_ok()).collect();
        assert_eq!(good, [false, true, false, true]);
    }

    #[test]
    fn a_document_that_is_no_json_says_why() {
        assert_eq!(kind_of(b"\xEF\xBB\xBF{}"), JsonErrorKind::ByteOrderMark);
        assert_eq!(kind_of(b"{\"type\":\"\xFF\"}"), JsonErrorKind::InvalidUtf8);
        assert_eq!(kind_of(b"{\"type\":\"bundle\",\"objects\":[{\"a\":1}"), JsonErrorKind::Truncated);
        assert_eq!(kind_of(b"{\"type\":\"bundle\",\n\"objects\":[\n{\"a\":1}\n"), JsonErrorKind::Truncated);
        assert_eq!(kind_of(b"{\"type\":\"bundle\"} x"), JsonErrorKind::TrailingBytes);
        assert_eq!(kind_of(b"{\"type\":\"bundle\"}\nrubbish"), JsonErrorKind::TrailingBytes);
        assert_eq!(kind_of(b"{\"x\":[NaN]}"), JsonErrorKind::NotFinite);
        assert_eq!(
            kind_of(b"{\"objects\":[],\"objects\":[]}"),
            JsonErrorKind::DuplicateKey("objects".into())
        );
        assert_eq!(kind_of(b""), JsonErrorKind::Truncated);
        for text in [&b"[]"[..], b"1", b"null", b"\"x\"", b"-2.5", b"true"] {
            assert_eq!(read(text, &Limits::default()).unwrap_err(), ReadError::NotAnObject);
        }
        for objects in ["{}", "1", "null", "\"x\"", "-1.5", "false", "-1"] {
            let text = format!("{{\"type\":\"bundle\",\"objects\":{objects}}}");
            assert_eq!(read(text.as_bytes(), &Limits::default()).unwrap_err(), ReadError::ObjectsNotAList);
        }
    }

    #[test]
    fn more_objects_than_allowed_stop_the_reading() {
        let limits = Limits { objects: 2, ..Limits::default() };
        let fits = format!("{{\"type\":\"bundle\",\"objects\":[{ONE},{ONE}]}}");
        assert_eq!(read(fits.as_bytes(), &limits).unwrap().items.len(), 2);
        let over = format!("{{\"type\":\"bundle\",\"objects\":[{ONE},{ONE},{ONE}]}}");
        assert_eq!(read(over.as_bytes(), &limits).unwrap_err(), ReadError::TooManyObjects(2));
        let lines = format!("{ONE}\n{ONE}\n{ONE}\n");
        assert_eq!(read(lines.as_bytes(), &limits).unwrap_err(), ReadError::TooManyObjects(2));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_fail_badly(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&bytes, &Limits::default());
        }

        #[test]
        fn a_cut_off_bundle_is_never_read_as_something_smaller(cut in 1usize..190) {
            let text = format!("{{\"type\":\"bundle\",\"objects\":[{ONE},\n{ONE}]}}");
            prop_assert!(read(&text.as_bytes()[..cut.min(text.len() - 1)], &Limits::default()).is_err());
        }
    }
}
