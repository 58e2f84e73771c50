//! A pattern: reading never fails badly, and what is printed is read as the same pattern.
#![no_main]

use comity_stix::pattern::{PatternLimits, parse};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let limits = PatternLimits::default();
    let Ok(pattern) = parse(text, &limits) else { return };
    let printed = pattern.to_string();
    // Quotes that were left out are printed.
    let limits = PatternLimits { bytes: printed.len(), ..limits };
    match parse(&printed, &limits) {
        Ok(again) => assert_eq!(again.to_string(), printed, "printing is not stable"),
        Err(error) => panic!("{printed:?} was printed and cannot be read: {error}"),
    }
});
