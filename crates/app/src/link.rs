//! Linking two records: a relation with its grounds, judged by what the ends really are.

use comity_model::Category;
use comity_model::kind::{Fault, Kind, RelationKind};
use comity_model::stix::Object;
use comity_store::Tx;
use comity_store::tables::record;
use serde_json::{Value, json};

use crate::compose::{Author, Draft, Entry, enter, malformed};
use crate::{Actor, App, AppError, subject};

/// A relation as somebody states it.
#[derive(Clone, Debug, Default)]
pub struct Link {
    /// The record that the sentence begins with.
    pub source: String,
    /// The other one.
    pub target: String,
    /// How they are related.
    pub word: String,
    /// The facts that show it.
    pub grounds: Option<String>,
    /// Since when, as exactly as it is known.
    pub from: Option<String>,
    /// Until when.
    pub until: Option<String>,
    /// A few words.
    pub summary: Option<String>,
    /// On what it rests (`basis` of the JSON form).
    pub basis: Value,
    /// Collection, statement, language, and whether it is a draft; its `form` is not read.
    pub draft: Draft,
}

/// One end of a relation.
struct End {
    id: String,
    personal: bool,
    category: Option<Category>,
}

/// Makes a relation between two records that are here.
///
/// # Errors
/// [`AppError::NotFound`] for an end that is not here; and as for [`enter`]. Ends that the kind of relation does not
/// allow, and missing grounds, stand in the answer.
pub fn run(app: &App, actor: &Actor, link: &Link) -> Result<Entry, AppError> {
    match draft(app, link)? {
        Ok(draft) => enter(app, Author::Person(actor), &draft),
        Err(faults) => Ok(Entry::Refused(faults)),
    }
}

/// The relation as a draft; whether it concerns a person, and the category, come from its ends.
///
/// # Errors
/// As for [`run`].
pub fn draft(app: &App, link: &Link) -> Result<Result<Draft, Vec<Fault>>, AppError> {
    let (source, target) = app.store().read("link.ends", |tx| {
        Ok::<_, AppError>((end(app, tx, &link.source)?, end(app, tx, &link.target)?))
    })?;
    let word: Result<RelationKind, _> = serde_json::from_value(json!(link.word));
    if let Err(error) = word {
        return Ok(Err(vec![malformed("relationship_type", error.to_string())]));
    }
    let personal = source.personal || target.personal;
    let mut form = json!({
        "kind": "relation", "relationship_type": link.word, "source_ref": source.id, "target_ref": target.id,
        "concerns_person": personal, "basis": link.basis,
    });
    if let Some(map) = form.as_object_mut() {
        for (key, text) in [("grounds", &link.grounds), ("summary", &link.summary)] {
            map.extend(text.as_ref().map(|text| (key.to_owned(), json!(text))));
        }
        let mut during = serde_json::Map::new();
        for (key, date) in [("from", &link.from), ("until", &link.until)] {
            during.extend(date.as_ref().map(|date| (key.to_owned(), json!(date))));
        }
        if !during.is_empty() {
            map.insert("during".to_owned(), Value::Object(during));
        }
    }
    let mut draft = Draft { form, ..link.draft.clone() };
    if draft.statement.category.is_none() {
        let category = source.category.or(target.category);
        draft.statement.category = category.filter(|_| personal).map(|category| category.name().to_owned());
    }
    Ok(Ok(draft))
}

fn end(app: &App, tx: &mut Tx<'_>, text: &str) -> Result<End, AppError> {
    let found = subject::newest(app, tx, text)?;
    let bytes = record::content(tx, &found.key, &[])?.unwrap_or_default();
    let object = Object::parse(&bytes, &app.limits().stix).ok();
    let class = object.as_ref().and_then(|object| object.value().get("identity_class")?.as_str());
    let kind = object.as_ref().and_then(|object| Kind::read(object).ok().flatten());
    let personal = match &kind {
        Some(kind) => kind.is_personal(),
        // Somebody's object of no kind, or what is left of one: a person unless it says that it is none.
        None => found.handling.personal || class == Some("individual") || object.is_none(),
    };
    let category = match &kind {
        Some(Kind::Subject(person)) => Some(person.category),
        _ => found.handling.category,
    };
    Ok(End { id: found.key.id, personal, category })
}
