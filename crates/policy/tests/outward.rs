//! What must not compile: a way out of the store past `policy`.

#[test]
fn there_is_no_way_around_a_decision() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
