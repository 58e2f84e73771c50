//! Arabic, after the fold: the article with the particles written before it, and the endings of number, gender
//! and person. Broken plurals (كتاب, كتب) are other words.

use super::{trimmed, without};

const BEFORE: &[&str] = &["وال", "فال", "بال", "كال", "ولل", "لل", "ال", "وب", "ول"];
const AFTER: &[&str] = &["ها", "هم", "نا", "ات", "ان", "ون", "ين", "يه", "تين"];

/// The light stem of an Arabic word.
pub(crate) fn stem(word: &str) -> String {
    let least = |rest: &&str| rest.chars().count() >= 3;
    let bare = BEFORE
        .iter()
        .filter_map(|before| word.strip_prefix(before))
        .filter(least)
        .min_by_key(|rest| rest.len());
    let bare =
        bare.or_else(|| word.strip_prefix('و').filter(|rest| rest.chars().count() >= 4)).unwrap_or(word);
    let once = trimmed(bare, AFTER, 3);
    without(once, &["ه", "ي", "ت"], 3).unwrap_or(once).to_owned()
}

#[cfg(test)]
mod tests {
    use super::stem;

    #[test]
    fn article_particles_and_endings_are_off() {
        for (word, bare) in [
            ("الحدود", "حدود"),
            ("والحدود", "حدود"),
            ("بالحدود", "حدود"),
            ("منظمات", "منظم"),
            ("المنظمه", "منظم"),
            ("للمنظمه", "منظم"),
            ("مقاتلون", "مقاتل"),
            ("المقاتلين", "مقاتل"),
        ] {
            assert_eq!(stem(word), bare, "{word}");
        }
    }
}
