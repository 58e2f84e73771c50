//! One object: reading, judging, the canonical form and printing never fail badly, and printing loses nothing.
#![no_main]

use comity_stix::{Limits, Object, Registry, Value, canonical, parse, validate};
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
    if let Ok(canon) = canonical(&value) {
        let again = parse(&canon, &roomy).unwrap();
        assert_eq!(canonical(&again).unwrap(), canon, "the canonical form is not stable");
    }
});
