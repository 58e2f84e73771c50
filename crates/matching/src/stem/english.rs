//! English: the regular plural and the possessive, no more. A word that is no English one loses its -s as well,
//! which does no harm because the text and the query lose it alike.

/// The word in the singular.
pub(crate) fn singular(word: &str) -> String {
    if word.chars().count() < 4
        || !word.ends_with('s')
        || ["ss", "us", "is"].iter().any(|end| word.ends_with(end))
    {
        return word.to_owned();
    }
    if let Some(rest) = word.strip_suffix("ies") {
        return format!("{rest}y");
    }
    let hissing = ["ches", "shes", "sses", "xes", "zes"].iter().any(|end| word.ends_with(end));
    word.strip_suffix(if hissing { "es" } else { "s" }).unwrap_or(word).to_owned()
}

#[cfg(test)]
mod tests {
    use super::singular;

    #[test]
    fn a_regular_plural_becomes_the_singular() {
        for (many, one) in
            [("borders", "border"), ("cities", "city"), ("boxes", "box"), ("attaches", "attach")]
        {
            assert_eq!(singular(many), one);
        }
        for word in ["glass", "virus", "crisis", "gas"] {
            assert_eq!(singular(word), word);
        }
    }
}
