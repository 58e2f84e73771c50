//! One object: reading, judging, the canonical form and printing never fail badly, and printing loses nothing.
#![no_main]

use comity_stix::{CanonError, JsonErrorKind, Limits, Object, Registry, Value, canonical, parse, validate};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits::default();
    let Ok(object) = Object::parse(bytes, &limits) else { return };
    let _ = validate(&object, &Registry::standard());
    let _ = (object.id(), object.version(), object.created_by_ref(), object.references(), object.class());
    let _ = (object.object_marking_refs(), object.granular_markings());
    let value = Value::Object(object.value().clone());
    let printed = serde_json::to_vec(&value).unwrap();
    // An escape that printing adds may make a text longer than it came.
    let roomy = Limits { bytes: usize::MAX, object_bytes: usize::MAX, ..limits };
    assert_eq!(parse(&printed, &roomy).unwrap(), value, "printing changed the value");
    let Ok(canon) = canonical(&value) else { return };
    // Known: a number with a fraction that lies beyond 2^53 becomes an integer in the canonical form, and integers of
    // that size have no canonical form, beyond 2^64 they are not even read.
    let known = |kind: &JsonErrorKind| *kind == JsonErrorKind::IntegerRange;
    match parse(&canon, &roomy).map(|again| canonical(&again)) {
        Ok(Ok(twice)) => assert_eq!(twice, canon, "the canonical form is not stable"),
        Ok(Err(error)) => assert!(matches!(error, CanonError::IntegerRange { .. }), "{error}"),
        Err(error) => assert!(known(&error.kind), "{error}"),
    }
});
