//! What the demonstration plays: the agreement, the press reading and the exercise, all inside the binary.

use comity_app::compose::statement::StatementText;
use comity_app::model::Agreement;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::failure::Failure;

const AGREEMENT: &str = include_str!("../../../../demo/agreement.toml");
const EXERCISE: &str = include_str!("../../../../demo/exercise.json");
/// The press reading, as it was written.
pub const PRESS: &str = include_str!("../../../../demo/council.json");

/// The records that the report shows by name.
pub mod shown {
    /// An incident whose description is red and for member B.
    pub const PARTLY_RED: &str = "incident--";
    /// Name of that incident.
    pub const PARTLY_RED_NAME: &str = "EXERCISE Night crossing near Bexhara Pass";
    /// A record for the group border-cell only.
    pub const GROUP_ONLY_NAME: &str = "EXERCISE Plates seen at Bexhara Pass";
}

/// The exercise as written in `demo/exercise.json`.
#[derive(Deserialize)]
pub struct Exercise {
    /// What is published, in order.
    pub sets: Vec<Set>,
    /// What is restated afterwards.
    pub changes: Vec<Restated>,
}

/// Objects of one member under one statement of handling.
#[derive(Deserialize)]
pub struct Set {
    /// Who publishes.
    pub member: String,
    /// Alias of the collection.
    pub collection: String,
    /// What it is there to show.
    shows: String,
    /// What is stated beyond the markings in the bytes.
    pub handling: Statement,
    /// The objects, as they are.
    pub objects: Vec<Box<RawValue>>,
}

impl Set {
    /// Whether it holds what other records refer to: marking definitions, and the desk that publishes.
    pub fn is_frame(&self) -> bool {
        self.shows.starts_with("The frame") || self.shows.starts_with("The desk")
    }
}

/// A statement of handling, as written.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Statement {
    tlp: Option<String>,
    to: Vec<String>,
    groups: Vec<String>,
    exclude: Vec<String>,
    purposes: Vec<String>,
    embargo_until: Option<String>,
    end_at: Option<String>,
    personal_data: bool,
    category: Option<String>,
    /// Purpose of collection.
    pub purpose: Option<String>,
    /// Legal basis.
    pub legal_basis: Option<String>,
}

impl Statement {
    /// In the words of the command line.
    pub fn text(&self) -> StatementText {
        StatementText {
            tlp: self.tlp.clone(),
            to: self.to.clone(),
            groups: self.groups.clone(),
            exclude: self.exclude.clone(),
            purposes: self.purposes.clone(),
            embargo_until: self.embargo_until.clone(),
            end_at: self.end_at.clone(),
            personal: self.personal_data,
            category: self.category.clone(),
            ..StatementText::default()
        }
    }
}

/// A change of handling that comes later.
#[derive(Deserialize)]
pub struct Restated {
    /// Whose record it is.
    pub member: String,
    /// STIX id.
    pub record: String,
}

/// The agreement, without keys.
pub fn agreement() -> Result<Agreement, Failure> {
    Ok(Agreement::from_toml(AGREEMENT).map_err(comity_app::AppError::from)?)
}

/// The exercise.
pub fn exercise() -> Result<Exercise, Failure> {
    serde_json::from_str(EXERCISE)
        .map_err(|error| Failure::environment(format!("the exercise cannot be read; this program; {error}")))
}

/// A bundle of objects as they are.
pub fn bundle(objects: &[Box<RawValue>]) -> String {
    let joined: Vec<&str> = objects.iter().map(|object| object.get()).collect();
    format!(
        r#"{{"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000000","objects":[{}]}}"#,
        joined.join(",")
    )
}
