//! Values that are one word: addresses, names of computers, hashes, plates; and the names of states.

use std::collections::HashMap;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use super::{Hit, Piece, What};

/// Endings of files, which are no domains.
const FILES: [&str; 22] = [
    "pdf", "doc", "docx", "xls", "xlsx", "ppt", "txt", "csv", "jpg", "jpeg", "png", "gif", "zip", "rar",
    "exe", "dll", "json", "xml", "mp3", "mp4", "html", "htm",
];
/// Most words of the name of a state.
const WORDS_MAX: usize = 5;
/// Longest ending that the name of a state takes in Russian, in letters.
const ENDING_MAX: usize = 2;

/// Names in lower case, without the vowel at their end where they are Russian, with the letters of the state and whether
/// an ending may follow.
static STATES: LazyLock<HashMap<String, (&'static str, bool)>> = LazyLock::new(|| {
    let mut all = HashMap::new();
    for line in include_str!("countries.txt").lines().filter(|line| !line.starts_with('#')) {
        let mut parts = line.split('|');
        let (Some(code), Some(english), Some(russian)) = (parts.next(), parts.next(), parts.next()) else {
            continue;
        };
        for name in english.split(',') {
            all.insert(name.to_lowercase(), (code, false));
        }
        for name in russian.split(',') {
            all.insert(stem(&name.to_lowercase()).to_owned(), (code, true));
        }
    }
    all
});

fn stem(name: &str) -> &str {
    name.strip_suffix(['а', 'я', 'й', 'ь', 'ы', 'и', 'о', 'е']).unwrap_or(name)
}

/// The name of a state, the longest that begins here.
pub(super) fn country(rest: &[Piece<'_>]) -> Option<Hit> {
    let first = rest.first()?;
    if !first.text.chars().next().is_some_and(char::is_uppercase) {
        return None;
    }
    (1..=WORDS_MAX.min(rest.len())).rev().find_map(|count| {
        let words = rest.get(..count)?;
        let name = words.iter().map(|piece| piece.text).collect::<Vec<_>>().join(" ").to_lowercase();
        let code = state(&name)?;
        Some(Hit::new(What::Country, code, (first.from, words.last()?.end())))
    })
}

fn state(name: &str) -> Option<&'static str> {
    if let Some((code, _)) = STATES.get(name) {
        return Some(code);
    }
    if name.is_ascii() {
        return None;
    }
    // In Russian the end of a name changes with its case.
    let ends = name.char_indices().rev().take(ENDING_MAX).filter_map(|(at, _)| name.get(..at));
    ends.filter_map(|short| STATES.get(short)).find(|(_, inflects)| *inflects).map(|(code, _)| *code)
}

/// What one word is.
pub(super) fn single(piece: &Piece<'_>) -> Option<Hit> {
    // People write addresses so that nothing opens them.
    let plain =
        piece.text.replace("[.]", ".").replace("(.)", ".").replace("[:]", ":").replace("hxxp", "http");
    let hit = |what, value: &str| Some(Hit::new(what, value, piece.place()));
    if plain.starts_with("http://") || plain.starts_with("https://") {
        return hit(What::Url, &plain);
    }
    if let Some((local, host)) = plain.split_once('@') {
        return if !local.is_empty() && is_domain(host) { hit(What::Email, &plain) } else { None };
    }
    if plain.parse::<Ipv4Addr>().is_ok() || (plain.len() > 6 && plain.parse::<Ipv6Addr>().is_ok()) {
        return hit(What::Ip, &plain);
    }
    if matches!(plain.len(), 32 | 40 | 64) && plain.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return hit(What::Hash, &plain.to_ascii_lowercase());
    }
    if is_domain(&plain) {
        return hit(What::Domain, &plain.to_lowercase());
    }
    if is_plate(&plain) { hit(What::Plate, &plain) } else { None }
}

fn is_domain(text: &str) -> bool {
    let labels: Vec<&str> = text.split('.').collect();
    let Some((last, before)) = labels.split_last() else { return false };
    let is_label = |label: &&str| {
        let inner = |c: char| c.is_alphanumeric() || c == '-';
        !label.is_empty() && label.len() <= 63 && label.chars().all(inner) && !label.starts_with('-')
    };
    let is_top = last.chars().count() >= 2
        && last.chars().all(char::is_alphabetic)
        && last.chars().all(|c| !c.is_uppercase());
    !before.is_empty()
        && is_top
        && before.iter().all(is_label)
        && before.iter().any(|label| label.chars().count() >= 2)
        && !FILES.contains(last)
}

/// Capitals and figures together, as plates have them: at least one letter and two figures in 5 to 10 signs.
fn is_plate(text: &str) -> bool {
    let signs = text.chars().filter(|c| *c != '-');
    let count = signs.clone().count();
    let letters = signs.clone().filter(|c| c.is_alphabetic() && c.is_uppercase()).count();
    let figures = signs.filter(char::is_ascii_digit).count();
    (5..=10).contains(&count) && letters.saturating_add(figures) == count && letters >= 1 && figures >= 2
}
