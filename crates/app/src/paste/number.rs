//! Values that are numbers with something beside them: dates, telephones, amounts.

use super::{Hit, Piece, What};

/// Beginnings of the names of months in English and Russian, in their order; in Russian they hold in every case.
const MONTHS: [[&str; 2]; 12] = [
    ["january", "январ"],
    ["february", "феврал"],
    ["march", "март"],
    ["april", "апрел"],
    ["may", "ма"],
    ["june", "июн"],
    ["july", "июл"],
    ["august", "август"],
    ["september", "сентябр"],
    ["october", "октябр"],
    ["november", "ноябр"],
    ["december", "декабр"],
];
/// Endings that the name of a month has in Russian.
const MONTH_ENDINGS: [&str; 8] = ["", "ь", "я", "е", "а", "й", "ю", "у"];
/// Units of quantities: as written, and as told.
const UNITS: [(&str, &str); 26] = [
    ("kg", "kg"),
    ("kilograms", "kg"),
    ("кг", "kg"),
    ("g", "g"),
    ("grams", "g"),
    ("гр", "g"),
    ("грамм", "g"),
    ("tonnes", "t"),
    ("тонн", "t"),
    ("litres", "l"),
    ("литров", "l"),
    ("usd", "USD"),
    ("$", "USD"),
    ("dollars", "USD"),
    ("долларов", "USD"),
    ("eur", "EUR"),
    ("€", "EUR"),
    ("euros", "EUR"),
    ("евро", "EUR"),
    ("rub", "RUB"),
    ("рублей", "RUB"),
    ("tjs", "TJS"),
    ("сомони", "TJS"),
    ("kgs", "KGS"),
    ("uzs", "UZS"),
    ("kzt", "KZT"),
];
/// Words for persons that are counted.
const PERSONS: [&str; 8] = ["persons", "people", "men", "travellers", "человек", "человека", "лиц", "лица"];

fn of_digits(text: &str, least: usize, most: usize) -> Option<u32> {
    let fits = (least..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if fits { text.parse().ok() } else { None }
}

fn year(text: &str) -> Option<u32> {
    of_digits(text, 4, 4).filter(|year| (1900..=2100).contains(year))
}

fn month(text: &str) -> Option<u32> {
    let lower = text.to_lowercase();
    let is = |[english, russian]: &[&str; 2]| {
        let short = english.get(..3).is_some_and(|short| lower == short);
        let ending = lower.strip_prefix(russian);
        lower == *english || short || ending.is_some_and(|ending| MONTH_ENDINGS.contains(&ending))
    };
    // `ма` alone is no month: it takes an ending.
    let at = MONTHS.iter().position(is).filter(|_| lower != "ма")?;
    u32::try_from(at.saturating_add(1)).ok()
}

fn day_of(year: u32, month: u32, day: u32) -> Option<String> {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let most = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    (1..=most).contains(&day).then(|| format!("{year:04}-{month:02}-{day:02}"))
}

/// A date in figures, or with the name of its month. Figures with strokes are left alone: some put the day first, some
/// the month.
pub(super) fn date(rest: &[Piece<'_>]) -> Option<Hit> {
    let first = rest.first()?;
    if let Some(value) = in_figures(first.text) {
        return Some(Hit::new(What::Date, value, first.place()));
    }
    let text = |at: usize| rest.get(at).map(|piece| piece.text);
    let end = |at: usize| rest.get(at).map_or(first.end(), Piece::end);
    if let (Some(day), Some(month), Some(year)) =
        (of_digits(first.text, 1, 2), text(1).and_then(month), text(2).and_then(year))
    {
        return Some(Hit::new(What::Date, day_of(year, month, day)?, (first.from, end(2))));
    }
    let month = month(first.text)?;
    if let (Some(day), Some(year)) = (text(1).and_then(|day| of_digits(day, 1, 2)), text(2).and_then(year)) {
        return Some(Hit::new(What::Date, day_of(year, month, day)?, (first.from, end(2))));
    }
    let year = text(1).and_then(year)?;
    Some(Hit::new(What::Date, format!("{year:04}-{month:02}"), (first.from, end(1))))
}

fn in_figures(text: &str) -> Option<String> {
    let dashed: Vec<&str> = text.split('-').collect();
    let dotted: Vec<&str> = text.split('.').collect();
    match (dashed.as_slice(), dotted.as_slice()) {
        ([y, m, d], _) => day_of(year(y)?, of_digits(m, 2, 2)?, of_digits(d, 2, 2)?),
        ([y, m], _) => {
            let (year, month) = (year(y)?, of_digits(m, 2, 2)?);
            (1..=12).contains(&month).then(|| format!("{year:04}-{month:02}"))
        }
        (_, [d, m, y]) => day_of(year(y)?, of_digits(m, 1, 2)?, of_digits(d, 1, 2)?),
        _ => None,
    }
}

/// Figures after which a telephone number may be whole: with fewer, those behind a blank still belong to it.
const PHONE_WHOLE: u32 = 11;

/// Most pieces that are looked at behind the beginning of a telephone number.
const PHONE_PIECES: usize = 32;
/// Most groups of three figures that are put together.
const GROUPS: usize = 5;

/// A telephone number that begins with `+`, with blanks, hyphens or brackets between its figures. It ends at a blank behind
/// which the number of something else begins.
pub(super) fn phone(text: &str, rest: &[Piece<'_>]) -> Option<Hit> {
    let first = rest.first().filter(|piece| piece.text.starts_with('+'))?;
    let tail = text.get(first.from..)?;
    let (mut digits, mut last) = (0_u32, 0_usize);
    for (at, c) in tail.char_indices() {
        match c {
            '0'..='9' => {
                digits = digits.saturating_add(1);
                last = at.saturating_add(1);
            }
            '+' if at == 0 => {}
            ' ' | '\u{a0}' if digits >= 7 => {
                let next = first.from.saturating_add(at).saturating_add(c.len_utf8());
                let behind = rest.iter().take(PHONE_PIECES).position(|piece| piece.from == next);
                let behind = behind.and_then(|at| rest.get(at..)).unwrap_or_default();
                if amount(text, behind).is_some() || (digits >= PHONE_WHOLE && counts(text, behind)) {
                    break;
                }
            }
            ' ' | '-' | '(' | ')' | '\u{a0}' => {}
            _ => break,
        }
        if digits > 15 {
            return None;
        }
    }
    let value = tail.get(..last).filter(|_| digits >= 7)?;
    Some(Hit::new(What::Phone, value, (first.from, first.from.saturating_add(last))))
}

/// Whether a word follows a number of up to three figures, as it does where something is counted.
fn counts(text: &str, rest: &[Piece<'_>]) -> bool {
    let (Some(number), Some(word)) = (rest.first(), rest.get(1)) else { return false };
    of_digits(number.text, 1, 3).is_some()
        && is_blank(text.get(number.end()..word.from))
        && word.text.chars().next().is_some_and(char::is_alphabetic)
}

/// Whether nothing but one blank stands between two pieces.
fn is_blank(between: Option<&str>) -> bool {
    matches!(between, Some(" " | "\u{a0}" | "\u{2009}" | "\u{202f}"))
}

/// Whether a piece is the number, or part of the number, that the one behind it would go on: then it is not told apart.
pub(super) fn goes_on(text: &str, before: &Piece<'_>, next: &Piece<'_>) -> bool {
    let between = text.get(before.end()..next.from).unwrap_or_default();
    let figures = before.text.trim_start_matches(['+', '-', '$', '€']);
    !figures.is_empty()
        && figures.chars().all(|c| c.is_ascii_digit() || c == '.' || c == ',')
        && between.chars().all(char::is_whitespace)
}

/// A number with its unit, currency, or the persons that it counts. Groups of three figures with a blank between them are
/// one number.
pub(super) fn amount(text: &str, rest: &[Piece<'_>]) -> Option<Hit> {
    let first = rest.first()?;
    let sign = first.text.chars().next().filter(|c| matches!(c, '$' | '€'));
    let plain = sign.map_or(Some(first.text), |sign| first.text.strip_prefix(sign))?;
    let (mut number, mut unit) = parted(plain);
    let (mut number_text, mut used, mut end) = (number.to_owned(), 1_usize, first.end());
    let mut is_grouped = false;
    if unit.is_empty() && of_digits(number, 1, 3).is_some() {
        let mut before = *first;
        while let Some(piece) =
            rest.get(used).filter(|_| used <= GROUPS && unit.is_empty() && !number.contains(['.', ',']))
        {
            let (group, behind) = parted(piece.text);
            let is_group = group.split(['.', ',']).next().is_some_and(|part| of_digits(part, 3, 3).is_some());
            if !is_group || !is_blank(text.get(before.end()..piece.from)) {
                break;
            }
            number_text.push_str(group);
            (number, unit, before, is_grouped) = (group, behind, *piece, true);
            (used, end) = (used.saturating_add(1), piece.end());
        }
    }
    let glued = sign.map(String::from).or_else(|| Some(unit.to_owned()).filter(|unit| !unit.is_empty()));
    let (word, end) = match glued {
        Some(unit) => (unit.to_lowercase(), end),
        None => {
            let next = rest.get(used)?;
            (next.text.to_lowercase(), next.end())
        }
    };
    let place = (first.from, end);
    if PERSONS.contains(&word.as_str()) {
        let value = if is_grouped { fraction_of(&number_text)? } else { decimal(&number_text)? };
        return (!value.contains('.')).then(|| Hit::new(What::Persons, value, place));
    }
    let (_, unit) = UNITS.iter().find(|(written, _)| *written == word)?;
    let is_money = unit.len() == 3;
    let value = match is_grouped {
        true => fraction_of(&number_text)?,
        false if has_two_readings(&number_text, is_money) => return None,
        false => decimal(&number_text)?,
    };
    Some(Hit { unit: (*unit).to_owned(), ..Hit::new(What::Amount, value, place) })
}

/// The figures at the beginning of a piece, and what is written to them.
fn parted(text: &str) -> (&str, &str) {
    let cut = text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ',');
    cut.map_or((text, ""), |cut| text.split_at(cut))
}

/// Whether one mark before three figures can stand between thousands and before a fraction. Money has no third place
/// behind a comma.
fn has_two_readings(number: &str, is_money: bool) -> bool {
    let mut parts = number.split(['.', ',']);
    let (Some(head), Some(tail), None) = (parts.next(), parts.next(), parts.next()) else { return false };
    let is_comma = number.contains(',');
    tail.len() == 3 && head.len() <= 3 && !head.starts_with('0') && !(is_money && is_comma)
}

/// A number of which the thousands are put together already: one mark stands before the fraction.
fn fraction_of(text: &str) -> Option<String> {
    let is_whole = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = match text.split_once(['.', ',']) {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    };
    if !is_whole(whole) || whole.len() > 15 || fraction.is_some_and(|part| !is_whole(part)) {
        return None;
    }
    Some(fraction.map_or_else(|| whole.to_owned(), |fraction| format!("{whole}.{fraction}")))
}

/// A decimal number as records write it. Commas stand between thousands, or one before the fraction.
fn decimal(text: &str) -> Option<String> {
    let is_whole = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> = text.split(',').collect();
    let (whole, fraction) = match parts.as_slice() {
        [one] => match one.split_once('.') {
            Some((whole, fraction)) => (whole.to_owned(), Some(fraction)),
            None => ((*one).to_owned(), None),
        },
        [head, thousands @ ..]
            if thousands.iter().all(|part| part.len() == 3) && head.len() <= 3 && !head.starts_with('0') =>
        {
            (parts.concat(), None)
        }
        [whole, fraction] => ((*whole).to_owned(), Some(*fraction)),
        _ => return None,
    };
    if !is_whole(&whole.as_str()) || fraction.as_ref().is_some_and(|part| !is_whole(part)) || whole.len() > 15
    {
        return None;
    }
    Some(fraction.map_or(whole.clone(), |fraction| format!("{whole}.{fraction}")))
}
