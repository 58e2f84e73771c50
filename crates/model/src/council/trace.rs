//! What would make a number traceable. It is computed whenever it is shown, so that nobody can claim it.

use crate::kind::Period;
use crate::kind::council::{Figure, Quantity};

/// What is missing: period, unit, counting rule, contributors, in this order. None: it is traced as far as a claim can be.
pub fn missing(period: &Period, unit: &str, rule: Option<&str>, contributors: usize) -> Vec<&'static str> {
    let is_filled = |text: &str| !text.trim().is_empty();
    [
        ("period", period.from.is_some() && period.until.is_some()),
        ("unit", is_filled(unit)),
        ("counting rule", rule.is_some_and(is_filled)),
        ("contributors", contributors > 0),
    ]
    .into_iter()
    .filter_map(|(what, is_there)| (!is_there).then_some(what))
    .collect()
}

/// The same of the number of a claim.
pub fn missing_of(quantity: &Quantity) -> Vec<&'static str> {
    missing(&quantity.period, &quantity.unit, quantity.counting_rule.as_deref(), quantity.contributors.len())
}

/// The same of a figure that a member counted: it has records, or the figures that it adds.
pub fn missing_of_figure(figure: &Figure) -> Vec<&'static str> {
    let unit = figure.unit.as_deref().unwrap_or_default();
    let mut found = missing(&figure.period, unit, figure.counting_rule.as_deref(), figure.contributors.len());
    let is_there =
        figure.counted_root.is_some() || !figure.record_refs.is_empty() || !figure.part_refs.is_empty();
    if !is_there {
        found.push("records");
    }
    found
}

/// The stamp: `traced`, or that it is not, and why.
pub fn stamp(missing: &[&str]) -> String {
    match missing {
        [] => "traced".into(),
        [one] => {
            let many = matches!(*one, "contributors" | "records");
            format!("untraced, because {one} {} missing", if many { "are" } else { "is" })
        }
        [first @ .., last] => format!("untraced, because {} and {last} are missing", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn k6_a_figure_says_what_it_lacks_to_be_traced() {
        let year = Period { from: "2025-01".parse().ok(), until: "2025-12".parse().ok() };
        assert_eq!(stamp(&missing(&year, "persons", Some("each once"), 2)), "traced");
        assert_eq!(
            stamp(&missing(&Period::default(), "persons", None, 0)),
            "untraced, because period, counting rule and contributors are missing"
        );
        assert_eq!(stamp(&missing(&year, " ", Some("each once"), 1)), "untraced, because unit is missing");
        assert_eq!(
            stamp(&missing(&year, "kg", Some("net"), 0)),
            "untraced, because contributors are missing"
        );
        let open = Period { from: "2025".parse().ok(), until: None };
        assert_eq!(missing(&open, "kg", Some("net"), 1), ["period"], "a period has two ends");
    }
}
