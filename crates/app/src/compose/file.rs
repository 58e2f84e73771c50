//! A record in a file: TOML, or JSON, of its JSON form, with a table `statement` for what is stated beside it.

use comity_model::kind::Fault;
use comity_model::stix::{Limits, json};
use serde_json::{Map, Value};

use super::malformed;
use super::statement::StatementText;

/// Largest file with one record, in bytes.
pub const FILE_BYTES: usize = 1 << 20;

/// A record and what is stated beside it.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    /// The JSON form.
    pub form: Value,
    /// The table `statement`.
    pub statement: StatementText,
    /// The property `language`.
    pub language: Option<String>,
}

/// Reads a file. What begins with `{` is JSON, everything else TOML.
///
/// # Errors
/// Faults when it is neither, is too large, or its `statement` has a property that there is not.
pub fn read(text: &str) -> Result<Sheet, Vec<Fault>> {
    if text.len() > FILE_BYTES {
        return Err(vec![malformed("", format!("a record has at most {FILE_BYTES} bytes"))]);
    }
    let value = if text.trim_start().starts_with('{') { strict(text)? } else { from_toml(text)? };
    let Value::Object(mut map) = value else {
        return Err(vec![malformed("", "a record is one dictionary")]);
    };
    let statement = match map.remove("statement") {
        Some(stated) => {
            let read: Result<StatementText, _> = serde_json::from_value(stated);
            let read = read.map_err(|error| vec![malformed("statement", error.to_string())])?;
            read.limited().map_err(|error| vec![malformed("statement", error.to_string())])?
        }
        None => StatementText::default(),
    };
    let language = match map.remove("language") {
        Some(Value::String(tag)) => Some(tag),
        Some(_) => return Err(vec![malformed("language", "write a tag such as en")]),
        None => None,
    };
    Ok(Sheet { form: Value::Object(map), statement, language })
}

/// Reads strict JSON: no property twice, within the limits of objects.
///
/// # Errors
/// One fault when it is none.
pub fn strict(text: &str) -> Result<Value, Vec<Fault>> {
    let value = json::parse(text.as_bytes(), &Limits::default())
        .map_err(|error| vec![malformed("", error.to_string())])?;
    serde_json::to_value(&value).map_err(|error| vec![malformed("", error.to_string())])
}

fn from_toml(text: &str) -> Result<Value, Vec<Fault>> {
    let table: toml::Table =
        text.parse().map_err(|error: toml::de::Error| vec![malformed("", error.to_string())])?;
    Ok(plain(toml::Value::Table(table)))
}

/// TOML as JSON; a date becomes its text, because the forms write dates as text.
fn plain(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::String(text),
        toml::Value::Integer(number) => number.into(),
        toml::Value::Float(number) => number.into(),
        toml::Value::Boolean(is) => is.into(),
        toml::Value::Datetime(date) => Value::String(date.to_string()),
        toml::Value::Array(list) => list.into_iter().map(plain).collect(),
        toml::Value::Table(table) => {
            Value::Object(table.into_iter().map(|(key, value)| (key, plain(value))).collect::<Map<_, _>>())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn toml_and_json_say_the_same() {
        let toml = "kind = 'border-event'\ntitle = 'EXERCISE 1'\npersons = 6\n\
            [during]\nfrom = 2026-03-01\n[statement]\ntlp = 'green'\nbasis = 'treaty'\n";
        let json = r#"{"kind":"border-event","title":"EXERCISE 1","persons":6,"during":{"from":"2026-03-01"},
            "statement":{"tlp":"green","legal_basis":"treaty"}}"#;
        let (one, two) = (read(toml).unwrap(), read(json).unwrap());
        assert_eq!((one.form, one.statement), (two.form, two.statement));
    }

    #[test]
    fn a_property_said_twice_or_unknown_in_the_statement_is_refused() {
        assert!(read(r#"{"kind":"plan","kind":"group"}"#).is_err());
        assert!(read("kind = 'plan'\n[statement]\nwhim = 'x'").unwrap_err()[0].message.contains("whim"));
        assert!(read(&format!("title = '{}'", "x".repeat(FILE_BYTES))).is_err());
    }
}
