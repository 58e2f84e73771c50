//! Stems: what stays of a word when its endings are off.
//!
//! The language of a word is not guessed from its letters. Every stemmer of its script is applied, and the
//! stem carries the sign of the stemmer (see [`crate::analyser`]), so that a stem of one never meets a stem
//! of another. The stemmers are light: they take off endings by list and know no dictionary. They take words
//! after [`crate::fold`].

pub(crate) mod arabic;
pub(crate) mod english;
pub(crate) mod iranian;
pub(crate) mod russian;
pub(crate) mod turkic;
pub(crate) mod ukrainian;

/// What stays without the longest of the endings that leaves at least `least` characters.
fn without<'a>(word: &'a str, endings: &[&str], least: usize) -> Option<&'a str> {
    endings
        .iter()
        .filter_map(|ending| word.strip_suffix(ending))
        .filter(|rest| rest.chars().count() >= least)
        .min_by_key(|rest| rest.len())
}

/// The same where nothing is taken off if no ending fits.
fn trimmed<'a>(word: &'a str, endings: &[&str], least: usize) -> &'a str {
    without(word, endings, least).unwrap_or(word)
}
