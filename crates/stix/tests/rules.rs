//! The page of rules is made from the table of rules. `UPDATE=1 cargo test -p comity-stix --test rules` writes it anew.

use std::path::Path;

use comity_stix::rule;

fn page() -> String {
    let mut text = String::from(
        "# Rules of validation\n\nMade from `crates/stix/src/rule.rs`; `comity stix rules` prints the same. A MUST of the standard is an error, \
         a SHOULD a\nwarning. The second level is that of the lenient profile, where it differs.\n\n\
         | code | level | lenient | clause | rule |\n| --- | --- | --- | --- | --- |\n",
    );
    for rule in rule::ALL {
        let lenient = if rule.level == rule.lenient { "" } else { rule.lenient.name() };
        text.push_str(&format!(
            "| `{}` | {} | {lenient} | {} | {} |\n",
            rule.code,
            rule.level.name(),
            rule.clause,
            rule.summary
        ));
    }
    text
}

#[test]
fn the_page_of_rules_is_the_table_of_rules() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/conformance/rules.md");
    #[expect(clippy::disallowed_methods, reason = "whoever changes a rule asks for the page to be written")]
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, page()).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap();
    assert!(written == page(), "docs/conformance/rules.md is old; UPDATE=1 writes it");
}
