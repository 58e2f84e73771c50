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

/// A telephone number that begins with `+`, with blanks, hyphens or brackets between its figures.
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

/// A number with its unit, currency, or the persons that it counts.
pub(super) fn amount(rest: &[Piece<'_>]) -> Option<Hit> {
    let first = rest.first()?;
    let (number, end, glued) = match first.text.strip_prefix(['$', '€']) {
        Some(number) => (number, first.end(), first.text.chars().next().map(String::from)),
        None => {
            let cut = first.text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ',');
            let (number, unit) = cut.map_or((first.text, ""), |cut| first.text.split_at(cut));
            (number, first.end(), Some(unit.to_owned()).filter(|unit| !unit.is_empty()))
        }
    };
    let value = decimal(number)?;
    let (word, end) = match glued {
        Some(unit) => (unit.to_lowercase(), end),
        None => {
            let next = rest.get(1)?;
            (next.text.to_lowercase(), next.end())
        }
    };
    if PERSONS.contains(&word.as_str()) {
        return (!value.contains('.')).then(|| Hit::new(What::Persons, value, (first.from, end)));
    }
    let (_, unit) = UNITS.iter().find(|(written, _)| *written == word)?;
    Some(Hit { unit: (*unit).to_owned(), ..Hit::new(What::Amount, value, (first.from, end)) })
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
        [head, thousands @ ..] if thousands.iter().all(|part| part.len() == 3) && head.len() <= 3 => {
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
