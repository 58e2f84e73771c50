//! What can be said about a record, one field after the other: the flags of `comity new`, the questions of its guided
//! form, and where each answer goes in the JSON form.

use comity_app::compose::form::put;
use comity_app::model::kind::PartialDate;
use comity_app::stix::Id;
use serde_json::{Value, json};

/// How an answer is read.
#[derive(Clone, Copy, Debug)]
pub enum Take {
    /// A text as it stands.
    Text,
    /// A date as exactly as it is known.
    Date,
    /// One date for the beginning and the end of a period.
    Day,
    /// Two letters of a country.
    Country,
    /// A whole number.
    Count,
    /// One word of a list.
    Word(&'static [&'static str]),
    /// A STIX id.
    Id,
    /// A name, kept with the script that its letters are of, as a name of this kind.
    Name(&'static str),
    /// `VOCABULARY/VERSION/TERM`.
    Term,
    /// `LATITUDE,LONGITUDE`.
    Degrees,
    /// Several fields in one answer: `key=value; key=value`.
    Parts(&'static [Field]),
    /// A word of what is stated beside the record.
    Stated(&'static [&'static str]),
}

/// Whether a field has to be there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Need {
    /// It has.
    Always,
    /// One of the fields with this group has.
    OneOf(&'static str),
    /// It has not.
    Never,
}

/// One field.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its flag, and its key within several fields.
    pub flag: &'static str,
    /// Where it goes in the JSON form; `+` is one more entry of a list.
    pub path: &'static str,
    /// What stands for the value in the help.
    pub value: &'static str,
    /// How the answer is read.
    pub take: Take,
    /// Whether it has to be there.
    pub need: Need,
    /// What it is, in one line.
    pub help: &'static str,
}

impl Field {
    /// A field that need not be there.
    pub const fn new(
        flag: &'static str,
        path: &'static str,
        value: &'static str,
        take: Take,
        help: &'static str,
    ) -> Self {
        Self { flag, path, value, take, need: Need::Never, help }
    }

    /// The same, which has to be there.
    pub const fn needed(mut self) -> Self {
        self.need = Need::Always;
        self
    }

    /// The same, of a group of which one field has to be there.
    pub const fn one_of(mut self, group: &'static str) -> Self {
        self.need = Need::OneOf(group);
        self
    }

    /// Whether it can be said several times.
    pub fn is_many(&self) -> bool {
        self.path.contains('+') || matches!(self.take, Take::Name(_))
    }

    /// Puts an answer into a form.
    ///
    /// # Errors
    /// What is wrong with the answer, and how it is written.
    pub fn apply(&self, form: &mut Value, text: &str) -> Result<(), String> {
        let text = text.trim();
        if text.is_empty() {
            return Err("say something, or leave it out".to_owned());
        }
        match self.take {
            Take::Text => put(form, self.path, text.into()),
            Take::Date => put(form, self.path, date(text)?.into()),
            Take::Day => {
                let day = date(text)?;
                put(form, &format!("{}.from", self.path), day.clone().into())?;
                put(form, &format!("{}.until", self.path), day.into())
            }
            Take::Country => put(form, self.path, country(text)?.into()),
            Take::Count => {
                let number: u32 = text.parse().map_err(|_| format!("`{text}` is no whole number"))?;
                put(form, self.path, number.into())
            }
            Take::Word(words) | Take::Stated(words) => {
                if !words.is_empty() && !words.contains(&text) {
                    return Err(format!("`{text}` is none of: {}", words.join(", ")));
                }
                put(form, self.path, text.into())
            }
            Take::Id => {
                let id = Id::parse(text).map_err(|error| format!("`{text}` is no STIX id; {error}"))?;
                put(form, self.path, id.as_str().into())
            }
            Take::Name(kind) => {
                let name = json!({"value": text, "script": script(text), "name_kind": kind});
                put(form, self.path, name)
            }
            Take::Term => put(form, self.path, term(text)?),
            Take::Degrees => put(form, self.path, degrees(text)?),
            Take::Parts(fields) => put(form, self.path, parts(fields, text)?),
        }
    }
}

fn date(text: &str) -> Result<String, String> {
    let read: Result<PartialDate, _> = text.parse();
    read.map(|date| date.to_string()).map_err(|_| {
        format!("`{text}` is no date: write 2026, 2026-03 or 2026-03-01, as exactly as it is known")
    })
}

fn country(text: &str) -> Result<&str, String> {
    if text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Ok(text);
    }
    Err(format!("`{text}` is no country: write two capital letters of ISO 3166-1"))
}

fn term(text: &str) -> Result<Value, String> {
    let mut parts = text.splitn(3, '/');
    let read = (|| {
        let (vocabulary, version, term) = (parts.next()?, parts.next()?, parts.next()?);
        Some(json!({"vocabulary": vocabulary, "version": version.parse::<u32>().ok()?, "term": term}))
    })();
    read.ok_or_else(|| {
        format!("`{text}` is no term: write VOCABULARY/VERSION/TERM, such as border/1/crossing")
    })
}

fn degrees(text: &str) -> Result<Value, String> {
    let read = text.split_once(',').and_then(|(north, east)| {
        Some(json!({"latitude": north.trim().parse::<f64>().ok()?, "longitude": east.trim().parse::<f64>().ok()?}))
    });
    read.ok_or_else(|| {
        format!("`{text}` is no place on a map: write degrees north and east, such as 39.5,66.2")
    })
}

fn parts(fields: &[Field], text: &str) -> Result<Value, String> {
    let keys = || fields.iter().map(|field| field.flag).collect::<Vec<_>>().join(", ");
    let mut item = json!({});
    for part in text.split(';').filter(|part| !part.trim().is_empty()) {
        let (key, value) = part.split_once('=').ok_or_else(|| {
            format!("`{}` has no `=`: write key=value; key=value with {}", part.trim(), keys())
        })?;
        let field = fields
            .iter()
            .find(|field| field.flag == key.trim())
            .ok_or_else(|| format!("`{}` is not known here: use {}", key.trim(), keys()))?;
        field.apply(&mut item, value).map_err(|why| format!("{}: {why}", field.flag))?;
    }
    for field in fields.iter().filter(|field| field.need == Need::Always) {
        if comity_app::compose::form::get(&item, field.path).is_none() {
            return Err(format!("`{}` is missing: {}", field.flag, field.help));
        }
    }
    Ok(item)
}

/// The script of a name by its first letter that tells: Latin, Cyrillic, Arabic and a few more; else Zyyy.
pub fn script(text: &str) -> &'static str {
    text.chars().find_map(letter_script).unwrap_or("Zyyy")
}

fn letter_script(letter: char) -> Option<&'static str> {
    let of = match letter {
        'A'..='Z' | 'a'..='z' | '\u{C0}'..='\u{24F}' | '\u{1E00}'..='\u{1EFF}' => "Latn",
        '\u{400}'..='\u{52F}' | '\u{1C80}'..='\u{1C8F}' => "Cyrl",
        '\u{600}'..='\u{6FF}' | '\u{750}'..='\u{77F}' | '\u{8A0}'..='\u{8FF}' | '\u{FB50}'..='\u{FDFF}' => {
            "Arab"
        }
        '\u{370}'..='\u{3FF}' => "Grek",
        '\u{530}'..='\u{58F}' => "Armn",
        '\u{10A0}'..='\u{10FF}' => "Geor",
        '\u{590}'..='\u{5FF}' => "Hebr",
        '\u{4E00}'..='\u{9FFF}' => "Hani",
        _ => return None,
    };
    Some(of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_answer_is_told_with_how_it_is_written() {
        let mut form = Value::Null;
        let said = |take: Take, text: &str| {
            let field = Field::new("x", "x", "X", take, "x");
            field.apply(&mut Value::Null, text).unwrap_err()
        };
        assert!(said(Take::Date, "yesterday").contains("2026-03"));
        assert!(said(Take::Country, "Xa").contains("capital"));
        assert!(said(Take::Count, "-1").contains("number"));
        assert!(said(Take::Id, "x").contains("STIX id"));
        assert!(said(Take::Term, "a/b/c").contains("VOCABULARY"));
        assert!(said(Take::Degrees, "39").contains("degrees"));
        assert!(said(Take::Text, "  ").contains("leave it out"));
        Field::new("on", "during", "DATE", Take::Day, "x").apply(&mut form, "2026-03").unwrap();
        assert_eq!(form, json!({"during": {"from": "2026-03", "until": "2026-03"}}));
    }

    #[test]
    fn the_script_of_a_name_is_that_of_its_letters() {
        assert_eq!(["Аnna", "Anna", "محمد", "№ 5"].map(script), ["Cyrl", "Latn", "Arab", "Zyyy"]);
    }
}
