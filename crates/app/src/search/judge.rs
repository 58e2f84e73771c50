//! A query held against one record in memory: what the index is asked, what it cannot answer, and the place in the
//! original text that is shown.

use std::collections::BTreeSet;

use comity_matching::{Token, Use, name, terms, tokens};
use comity_model::kind::{Answer, NameKind, PartialDate};
use comity_store::tables::search::Wanted;
use serde::Serialize;

use super::matter::{Matter, Named};
use super::query::{Field, Part, Query, number};

/// Longest text that is shown of a hit, in characters.
const EXCERPT_CHARS: usize = 120;
/// Most names that are shown of a hit.
const NAMES_SHOWN: usize = 8;

/// The original text around what was found, cut and never altered.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Excerpt {
    /// A piece of one text of the record.
    pub text: String,
    /// Whether the text begins before it.
    pub goes_before: bool,
    /// Whether the text goes on behind it.
    pub goes_on: bool,
    /// Whose words they are, where the record gives the words of somebody.
    pub said_by: Option<String>,
}

/// A name that was found, as the record writes it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct MatchedName {
    /// The name in its script.
    pub name: String,
    /// Its script as four letters, where the record says.
    pub script: Option<String>,
    /// Whether the record calls it a former name.
    pub former: bool,
    /// From when it was in use, where the record says.
    pub from: Option<String>,
    /// Until when.
    pub until: Option<String>,
    /// Whether it was in use at the date that was asked for.
    pub in_use: Option<Answer>,
}

/// What the index is asked for. `of_origin` and `of_collection` give the ids that a value means; none when nothing does.
pub(crate) fn wanted(
    query: &Query,
    mut of_origin: impl FnMut(&str) -> Option<String>,
    mut of_collection: impl FnMut(&str) -> Option<String>,
) -> Wanted {
    let mut wanted = Wanted::default();
    for part in query.parts() {
        let asked =
            |text: &str| tokens(text, Use::Query).into_iter().map(|token| token.terms).collect::<Vec<_>>();
        match part {
            Part::Word(text) | Part::Phrase(text) => wanted.all.extend(asked(text)),
            Part::Without(text) if adjacent(text) => {}
            Part::Without(text) => wanted.none.push(asked(text)),
            Part::Select(field, values) => match field {
                Field::Name => wanted.names.extend(values.iter().map(|value| {
                    name::asked(value).into_iter().map(|keys| keys.into_iter().collect()).collect()
                })),
                Field::Kind | Field::Category | Field::Country | Field::Nationality => {
                    wanted.facets.push((field.word().to_owned(), values.clone()));
                }
                Field::Number => {
                    wanted
                        .facets
                        .push(("number".to_owned(), values.iter().map(|value| number(value)).collect()));
                }
                Field::Id => wanted.ids.extend(values.iter().cloned()),
                Field::Origin => {
                    wanted.origins.push(values.iter().filter_map(|one| of_origin(one)).collect())
                }
                Field::Collection => {
                    wanted.collections.push(values.iter().filter_map(|one| of_collection(one)).collect());
                }
                Field::From | Field::Until => {}
            },
        }
    }
    wanted.from = days(query, Field::From).max();
    wanted.until = days(query, Field::Until).min();
    wanted
}

/// The same without what may hold for a part of a record and not for all of it.
pub(crate) fn loosely(wanted: &Wanted) -> Wanted {
    Wanted { none: Vec::new(), facets: Vec::new(), from: None, until: None, ..wanted.clone() }
}

/// The days of the dates asked for: of `from:` the first, of `until:` the last.
fn days(query: &Query, field: Field) -> impl Iterator<Item = String> {
    let day = move |value: &String| {
        let date: PartialDate = value.parse().ok()?;
        Some(if field == Field::From { date.first() } else { date.last() }.to_string())
    };
    query.selected(field).flatten().filter_map(day)
}

/// Whether a text asks for several words in a row.
fn adjacent(text: &str) -> bool {
    tokens(text, Use::Query).len() > 1
}

/// Whether the index has not the last word: phrases are found by their words first.
pub(crate) fn needs_texts(query: &Query) -> bool {
    query
        .parts()
        .iter()
        .any(|part| matches!(part, Part::Phrase(text) | Part::Without(text) if adjacent(text)))
}

/// Whether the phrases of a query hold for a record whose words do.
pub(crate) fn phrases_hold(query: &Query, matter: &Matter) -> bool {
    query.parts().iter().all(|part| match part {
        Part::Phrase(text) if adjacent(text) => has_phrase(matter, text),
        Part::Without(text) if adjacent(text) => !has_phrase(matter, text),
        _ => true,
    })
}

/// Whether all of a query holds for a record, but for what is asked about its id, origin and collection.
pub(crate) fn holds(query: &Query, wanted: &Wanted, matter: &Matter) -> bool {
    let held = matter.terms();
    let has =
        |tokens: &[Vec<String>]| tokens.iter().all(|terms| terms.iter().any(|term| held.contains(term)));
    let facet = |field: &str, fits: &dyn Fn(&str) -> bool| {
        matter.facets.iter().any(|(of, value)| *of == field && fits(value))
    };
    has(&wanted.all)
        && !wanted.none.iter().any(|tokens| has(tokens))
        && names(query).all(|asked| matter.names.iter().any(|named| name::matches(asked, &named.value)))
        && wanted.facets.iter().all(|(field, any)| facet(field, &|value| any.iter().any(|one| one == value)))
        && wanted.from.as_ref().is_none_or(|day| facet("last", &|last| last >= day.as_str()))
        && wanted.until.as_ref().is_none_or(|day| facet("first", &|first| first <= day.as_str()))
        && phrases_hold(query, matter)
}

/// Names that are asked for.
pub(crate) fn names(query: &Query) -> impl Iterator<Item = &str> {
    query.selected(Field::Name).flatten().map(String::as_str)
}

/// Whether the words of a phrase stand next to each other in one of the texts. Where an identifier stands behind its
/// parts, it is passed over.
fn has_phrase(matter: &Matter, phrase: &str) -> bool {
    let asked = tokens(phrase, Use::Query);
    matter.texts.iter().any(|text| {
        let found = tokens(&text.text, Use::Index);
        let meets =
            |token: &Token, wanted: &Token| token.terms.iter().any(|term| wanted.terms.contains(term));
        (0..found.len()).any(|start| {
            let mut rest = found.iter().skip(start);
            asked.iter().enumerate().all(|(at, wanted)| {
                rest.by_ref()
                    .find(|token| at == 0 || meets(token, wanted) || !is_whole(token))
                    .is_some_and(|token| meets(token, wanted))
            })
        })
    })
}

/// Whether a token is an identifier made of several words.
fn is_whole(token: &Token) -> bool {
    token.text.chars().any(|c| {
        matches!(c, '.' | '-' | '_' | '@' | ':' | '/' | '\\' | '+' | '=' | '&' | '?' | '#' | '%' | '~')
    })
}

/// The piece of the original text in which a word of the query stands; none when no word is asked for.
pub(crate) fn excerpt(query: &Query, matter: &Matter) -> Option<Excerpt> {
    let asked: BTreeSet<String> = query
        .parts()
        .iter()
        .filter_map(|part| match part {
            Part::Word(text) | Part::Phrase(text) => Some(terms(text, Use::Query)),
            _ => None,
        })
        .flatten()
        .collect();
    if asked.is_empty() {
        return None;
    }
    matter.texts.iter().find_map(|one| {
        let text = &one.text;
        let found = runs(text).find(|(start, end)| {
            let run = text.get(*start..*end).unwrap_or_default();
            terms(run, Use::Index).iter().any(|term| asked.contains(term))
        })?;
        Some(Excerpt { said_by: one.said_by.clone(), ..around(text, found) })
    })
}

/// The runs of a text between blanks: first byte and the byte behind.
fn runs(text: &str) -> impl DoubleEndedIterator<Item = (usize, usize)> {
    text.split_whitespace().map(|run| {
        // `split_whitespace` gives slices of the text.
        let start = (run.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
        (start, start.saturating_add(run.len()))
    })
}

/// The text around a run, whole runs as far as they fit, by turns behind and before; a run that is too long is cut.
fn around(text: &str, (start, end): (usize, usize)) -> Excerpt {
    let before: Vec<usize> = runs(text).map(|(from, _)| from).take_while(|from| *from < start).collect();
    let mut before = before.into_iter().rev();
    let mut behind = runs(text).map(|(_, to)| to).skip_while(|to| *to <= end);
    let length =
        |from: usize, to: usize| text.get(from..to).map_or(usize::MAX, |piece| piece.chars().count());
    let (mut from, mut to) = (start, end);
    let (mut grows_on, mut grows_back) = (true, true);
    while grows_on || grows_back {
        grows_on = grows_on
            && behind.next().is_some_and(|next| {
                let fits = length(from, next) <= EXCERPT_CHARS;
                to = if fits { next } else { to };
                fits
            });
        grows_back = grows_back
            && before.next().is_some_and(|next| {
                let fits = length(next, to) <= EXCERPT_CHARS;
                from = if fits { next } else { from };
                fits
            });
    }
    let piece = text.get(from..to).unwrap_or_default();
    let shown: String = piece.chars().take(EXCERPT_CHARS).collect();
    Excerpt {
        goes_before: text.get(..from).is_some_and(|rest| !rest.trim().is_empty()),
        goes_on: shown.len() < piece.len() || text.get(to..).is_some_and(|rest| !rest.trim().is_empty()),
        text: shown,
        said_by: None,
    }
}

/// The names of a record that the query asks for, each as it stands there; none when for one that is asked for every
/// name was out of use at the date. A name whose time the record does not say may have been in use.
pub(crate) fn matched_names(
    query: &Query,
    matter: &Matter,
    at: Option<&PartialDate>,
) -> Option<Vec<MatchedName>> {
    let mut shown: Vec<MatchedName> = Vec::new();
    for asked in names(query) {
        let mut found = false;
        for named in matter.names.iter().filter(|named| name::matches(asked, &named.value)) {
            let in_use = at.and_then(|date| named.stated.as_ref().map(|stated| stated.in_use(date)));
            if in_use == Some(Answer::No) {
                continue;
            }
            found = true;
            let name = matched(named, in_use);
            if shown.len() < NAMES_SHOWN && !shown.contains(&name) {
                shown.push(name);
            }
        }
        if !found {
            return None;
        }
    }
    Some(shown)
}

fn matched(named: &Named, in_use: Option<Answer>) -> MatchedName {
    let stated = named.stated.as_ref();
    let date = |date: Option<PartialDate>| date.map(|date| date.to_string());
    MatchedName {
        name: named.value.clone(),
        script: stated.map(|stated| stated.script.clone()),
        former: stated.is_some_and(|stated| stated.name_kind == NameKind::Former),
        from: date(stated.and_then(|stated| stated.valid.from)),
        until: date(stated.and_then(|stated| stated.valid.until)),
        in_use,
    }
}
