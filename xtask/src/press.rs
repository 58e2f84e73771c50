//! Press reading: makes the demo's STIX bundle out of the council reading (sources, sessions, claims, conflict sets).
//!
//! Ids are name-based and times are fixed, so the same reading always gives the same bytes. Every field of the
//! reading is named here: one that is unknown stops the generation, so nothing is lost in silence. It does not
//! read the press reports themselves and adds no statement of its own.

mod reading;

use anyhow::Context;
use reading::{Agency, Claim, ConflictSet, Programme, Reading, Session, Source};
use serde::{Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};
use std::collections::BTreeSet;
use std::path::Path;
use uuid::Uuid;

/// Namespace of all name-based ids of the demo's press reading.
const NAMESPACE: Uuid = Uuid::from_u128(0x8fde_dc7a_e09d_4b3c_9b7a_2d57_588d_28c6);
/// Time of the first edition, and `created` of every generated object: the reading has no times of its own.
const CREATED_AT: &str = "2026-01-01T00:00:00.000Z";
/// Time of this edition: raise it when the reading changes after readers have got the bundle.
const MODIFIED_AT: &str = CREATED_AT;
/// Name of the JSON Schema of our kinds (`demo/council.schema.json`).
const SCHEMA: &str = "urn:comity:schema:council:1.0.0";
const TLP_CLEAR: &str = "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487";
/// The published TLP 2.0 object, as it is.
const TLP_CLEAR_OBJECT: &str = r#"{"type":"marking-definition","spec_version":"2.1","id":"marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487","created":"2022-10-01T00:00:00.000Z","name":"TLP:CLEAR","extensions":{"extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d":{"extension_type":"property-extension","tlp_2_0":"clear"}}}"#;

/// Writes the bundle made of the reading at `sessions` to `out`.
///
/// # Errors
/// When the reading cannot be read, is not in the expected form, or `out` cannot be written.
pub fn run(sessions: &Path, out: &Path) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(sessions)
        .with_context(|| format!("cannot read the council reading at {}", sessions.display()))?;
    std::fs::write(out, generate(&text)?).with_context(|| format!("cannot write {}", out.display()))
}

/// Makes the bundle: one STIX 2.1 bundle as text, one object a line.
///
/// # Errors
/// When the reading is no JSON of the expected form, or refers to a source, session or claim that it does not hold.
pub fn generate(sessions_json: &str) -> anyhow::Result<String> {
    let reading: Reading =
        serde_json::from_str(sessions_json).context("the council reading is not in the expected form")?;
    reading.check()?;
    let mut sheet = Sheet { lines: vec![TLP_CLEAR_OBJECT.to_owned()], ids: BTreeSet::new() };
    sheet.put_frame()?;
    reading.sources.iter().try_for_each(|source| sheet.put_publisher(source))?;
    reading.agencies.iter().try_for_each(|agency| sheet.put_agency(agency))?;
    for session in &reading.sessions {
        sheet.put_place(session)?;
        sheet.put_body(session)?;
    }
    reading.sessions.iter().try_for_each(|session| sheet.put_session(session))?;
    for session in &reading.sessions {
        session.programmes.iter().try_for_each(|programme| sheet.put_programme(programme, session))?;
    }
    reading.sources.iter().try_for_each(|source| sheet.put_report(source, &reading))?;
    for claim in &reading.claims {
        sheet.put_claim(claim)?;
    }
    reading.conflict_sets.iter().try_for_each(|set| sheet.put_conflict_set(set, &reading.claims))?;
    reading.claims.iter().try_for_each(|claim| sheet.put_duplicate(claim))?;
    let bundle = Uuid::new_v5(&NAMESPACE, b"bundle:press");
    let objects = sheet.lines.join(",\n");
    Ok(format!("{{\"type\":\"bundle\",\"id\":\"bundle--{bundle}\",\"objects\":[\n{objects}\n]}}\n"))
}

/// The properties of one object in the order in which they are written. Null and empty lists are left out, as
/// STIX 2.1 knows neither (lists: 2.12).
#[derive(Default)]
struct Fields(Vec<(&'static str, Box<RawValue>)>);

impl Fields {
    fn with(mut self, name: &'static str, value: impl Serialize) -> anyhow::Result<Self> {
        let value = to_raw_value(&value)?;
        if !matches!(value.get(), "null" | "[]") {
            self.0.push((name, value));
        }
        Ok(self)
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// The objects made so far, each as one line; an id is written once.
struct Sheet {
    lines: Vec<String>,
    ids: BTreeSet<String>,
}

impl Sheet {
    /// Adds an object: the common properties, those given, the key in the reading, and our extension.
    fn put(
        &mut self,
        kind: &str,
        key: &str,
        fields: Fields,
        extension: Option<Fields>,
    ) -> anyhow::Result<()> {
        let own_id = id(kind, key);
        if !self.ids.insert(own_id.clone()) {
            return Ok(());
        }
        let mut all = Fields::default()
            .with("type", kind)?
            .with("spec_version", "2.1")?
            .with("id", own_id)?
            .with("created_by_ref", editor())?
            .with("created", CREATED_AT)?
            .with("modified", MODIFIED_AT)?
            .with("object_marking_refs", [TLP_CLEAR])?;
        all.0.extend(fields.0);
        if let Some(extension) = extension {
            let id = id("extension-definition", "council");
            let entry =
                RawValue::from_string(format!("{{\"{id}\":{}}}", serde_json::to_string(&extension)?))?;
            all = all.with("extensions", entry)?;
        }
        self.lines.push(serde_json::to_string(&all)?);
        Ok(())
    }

    /// Adds an object of one of our own kinds.
    fn put_own(&mut self, kind: &str, key: &str, fields: Fields) -> anyhow::Result<()> {
        let fields = fields.with("external_references", [external(key)?])?;
        self.put(kind, key, fields, Some(Fields::default().with("extension_type", "new-sdo")?))
    }

    fn put_frame(&mut self) -> anyhow::Result<()> {
        let editor = Fields::default()
            .with("name", "Demo editor")?
            .with("description", "Wrote these records from public press reports. Speakers and publishers are data in them, never authors.")?
            .with("identity_class", "group")?;
        self.put("identity", "demo-editor", editor, None)?;
        let extension = Fields::default()
            .with("name", "Council records")?
            .with("description", "Sessions of a council, claims made at them or about them, conflict sets, programmes, and the council's body; source and agency properties.")?
            .with("schema", SCHEMA)?
            .with("version", "1.0.0")?
            .with("extension_types", ["new-sdo", "property-extension"])?;
        self.put("extension-definition", "council", extension, None)
    }

    fn put_publisher(&mut self, source: &Source) -> anyhow::Result<()> {
        let name = source.publisher.known()?;
        let fields = Fields::default()
            .with("name", &name)?
            .with("description", "Publisher of a press report that was read.")?
            .with("identity_class", "organization")?;
        self.put("identity", &format!("publisher:{name}"), fields, None)
    }

    fn put_agency(&mut self, agency: &Agency) -> anyhow::Result<()> {
        let fields = Fields::default()
            .with("name", &agency.name)?
            .with("description", "Named in the press reports that were read. It has no part in this demo.")?
            .with("identity_class", "organization")?
            .with("external_references", [external(&agency.id)?])?;
        let extension = property_extension()?
            .with("country", &agency.country)?
            .with("head_named", &agency.head_named)?
            .with("name_variants", &agency.name_variants)?;
        self.put("identity", &format!("agency:{}", agency.id), fields, Some(extension))
    }

    fn put_place(&mut self, session: &Session) -> anyhow::Result<()> {
        let place = session.place.known()?;
        let fields = Fields::default()
            .with("name", &place)?
            .with("country", session.host_country.known()?)?
            .with("city", place.split(',').next())?;
        self.put("location", &place, fields, None)
    }

    fn put_body(&mut self, session: &Session) -> anyhow::Result<()> {
        let fields = Fields::default().with("name", &session.body)?;
        let extension = Fields::default().with("extension_type", "new-sdo")?;
        self.put("council-body", &session.body, fields, Some(extension))
    }

    fn put_session(&mut self, session: &Session) -> anyhow::Result<()> {
        let messages = session.messages.iter().map(|message| {
            let fields = Fields::default().with("from", &message.from)?.with("form", &message.form)?;
            fields.with("source_ref", id("report", &message.source))
        });
        let events = session.related_events.iter().map(|event| {
            let fields = Fields::default().with("event", &event.event)?.with("when", &event.when)?;
            fields.with("source_ref", id("report", &event.source))
        });
        let decisions = session.decisions.iter().map(|decision| {
            let fields = Fields::default().with("text", &decision.text)?.with("status", &decision.status)?;
            let fields = fields.with("source_ref", id("report", &decision.source))?;
            fields.with("claim_ref", decision.claim.as_ref().map(|claim| id("council-claim", claim)))
        });
        let programmes = session.programmes.iter().map(|programme| id("council-programme", &programme.id));
        let fields = Fields::default()
            .with("name", session.title()?)?
            .with("body_ref", id("council-body", &session.body))?
            .with("number", &session.number)?
            .with("date", &session.date)?
            .with("place", &session.place)?
            .with("place_ref", id("location", &session.place.known()?))?
            .with("host_country", &session.host_country)?
            .with("chair_of_council", &session.chair_of_council)?
            .with("chair_of_meeting", &session.chair_of_meeting)?
            .with("opened_by", &session.opened_by)?
            .with("members_named", session.members_named.filled())?
            .with("observers_named", session.observers_named.filled())?
            .with("speakers", &session.speakers)?
            .with("messages", messages.collect::<anyhow::Result<Vec<_>>>()?)?
            .with("related_events", events.collect::<anyhow::Result<Vec<_>>>()?)?
            .with("agenda_topics", &session.agenda_topics)?
            .with("decisions", decisions.collect::<anyhow::Result<Vec<_>>>()?)?
            .with("proposal_refs", ids("council-claim", &session.proposals))?
            .with("result_refs", ids("council-claim", &session.results_reported))?
            .with("programme_refs", programmes.collect::<Vec<_>>())?
            .with("source_refs", ids("report", &session.sources))?
            .with("claim_refs", ids("council-claim", &session.claims))?;
        self.put_own("council-session", &session.id, fields)
    }

    fn put_programme(&mut self, programme: &Programme, session: &Session) -> anyhow::Result<()> {
        let fields = Fields::default()
            .with("name", &programme.title)?
            .with("years", &programme.years)?
            .with("reported_year", programme.reported_year)?
            .with("rapporteur", &programme.rapporteur)?
            .with("report_claim_ref", id("council-claim", &programme.report_claim))?
            .with("session_ref", id("council-session", &session.id))?;
        self.put_own("council-programme", &programme.id, fields)
    }

    fn put_report(&mut self, source: &Source, reading: &Reading) -> anyhow::Result<()> {
        let publisher = source.publisher.known()?;
        let session = reading.sessions.iter().find(|session| session.id == source.session_ref);
        let title = session.context("a source covers a session that the reading does not hold")?.title()?;
        let claims = reading.claims.iter().filter(|claim| claim.source == source.id);
        let mut objects = vec![id("council-session", &source.session_ref)];
        objects.extend(claims.map(|claim| id("council-claim", &claim.id)));
        let reference = external(&source.id)?
            .with("description", format!("Text read: {}", source.file))?
            .with("hashes", Fields::default().with("SHA-256", &source.sha256)?)?;
        let fields = Fields::default()
            .with("name", format!("{publisher}: press report on {title}"))?
            .with("description", "What this press report says, in the editor's own words; `published` is the date of these records, `publication_date` that of the press report.")?
            .with("published", CREATED_AT)?
            .with("object_refs", objects)?
            .with("external_references", [reference])?;
        let extension = property_extension()?
            .with("publisher", &source.publisher)?
            .with("publisher_ref", id("identity", &format!("publisher:{publisher}")))?
            .with("author", &source.author)?
            .with("publication_date", &source.publication_date)?
            .with("cites", &source.cites)?
            .with("language", &source.language)?
            .with("parts", &source.parts)?;
        self.put("report", &source.id, fields, Some(extension))
    }

    fn put_claim(&mut self, claim: &Claim) -> anyhow::Result<()> {
        let fields = Fields::default()
            .with("name", format!("{}: {}", claim.attribution_chain.join(" via "), claim.statement))?
            .with("statement", &claim.statement)?
            .with("speaker", &claim.speaker)?
            .with("attribution_chain", &claim.attribution_chain)?
            .with("reported_as", &claim.reported_as)?
            .with("certainty", &claim.certainty)?
            .with("claim_kind", &claim.kind)?
            .with("topic", &claim.topic)?
            .with("quantity", &claim.quantity)?
            .with("sensitivity", &claim.sensitivity)?
            .with("contested_by_refs", ids("council-claim", &claim.contested_by))?
            .with("bears_on_refs", ids("council-claim", &claim.bears_on))?
            .with("note", &claim.note)?
            .with("editor_note", &claim.editor_note)?
            .with("source_ref", id("report", &claim.source))?
            .with("session_ref", id("council-session", &claim.session))?;
        self.put_own("council-claim", &claim.id, fields)
    }

    /// Adds a conflict set. It is contested only when one of its claims is contested by another of them.
    fn put_conflict_set(&mut self, set: &ConflictSet, claims: &[Claim]) -> anyhow::Result<()> {
        let members = claims.iter().filter(|claim| set.claims.contains(&claim.id));
        let contested =
            members.into_iter().any(|claim| claim.contested_by.iter().any(|by| set.claims.contains(by)));
        let fields = Fields::default()
            .with("name", &set.question)?
            .with("question", &set.question)?
            .with("claim_refs", ids("council-claim", &set.claims))?
            .with("session_refs", ids("council-session", &set.sessions))?
            .with("difference", &set.difference)?
            .with("contested", contested)?
            .with("view", &set.view)?
            .with("parties_without_statement", &set.parties_without_statement)?
            .with("bears_on_refs", ids("council-claim", &set.bears_on))?;
        self.put_own("council-conflict-set", &set.id, fields)
    }

    /// Adds the relationship that keeps one statement in two outlets from being counted as two.
    fn put_duplicate(&mut self, claim: &Claim) -> anyhow::Result<()> {
        let Some(first) = claim.note.as_ref().and_then(|note| note.0.strip_prefix("duplicate of ")) else {
            return Ok(());
        };
        let fields = Fields::default()
            .with("relationship_type", "duplicate-of")?
            .with("source_ref", id("council-claim", &claim.id))?
            .with("target_ref", id("council-claim", first))?;
        self.put("relationship", &format!("{}:duplicate-of:{first}", claim.id), fields, None)
    }
}

fn id(kind: &str, key: &str) -> String {
    format!("{kind}--{}", Uuid::new_v5(&NAMESPACE, format!("{kind}:{key}").as_bytes()))
}

fn ids(kind: &str, keys: &[String]) -> Vec<String> {
    keys.iter().map(|key| id(kind, key)).collect()
}

fn editor() -> String {
    id("identity", "demo-editor")
}

fn external(key: &str) -> anyhow::Result<Fields> {
    Fields::default().with("source_name", "Demo press reading")?.with("external_id", key)
}

fn property_extension() -> anyhow::Result<Fields> {
    Fields::default().with("extension_type", "property-extension")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    const COMMITTED: &str = include_str!("../../demo/press.json");

    fn objects() -> Vec<Value> {
        let bundle: Value = serde_json::from_str(COMMITTED).unwrap();
        bundle["objects"].as_array().unwrap().clone()
    }

    fn of_kind(kind: &str) -> Vec<Value> {
        objects().into_iter().filter(|object| object["type"] == kind).collect()
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the tests find the shared data by this variable")]
    fn committed_bundle_is_what_the_reading_gives() {
        let Ok(shared) = std::env::var("COMITY_SHARED") else {
            assert!(std::env::var("CI").is_err(), "COMITY_SHARED is not set");
            println!("COMITY_SHARED is not set: the press reading is not compared with its source");
            return;
        };
        let reading = Path::new(&shared).join("data/council/sessions.json");
        let text = std::fs::read_to_string(&reading).unwrap();
        assert!(generate(&text).unwrap() == COMMITTED, "demo/press.json is old: run `cargo xtask press`");
    }

    #[test]
    fn bundle_holds_the_whole_reading() {
        for (kind, count) in [
            ("report", 5),
            ("council-body", 1),
            ("council-session", 4),
            ("council-programme", 1),
            ("council-claim", 52),
            ("council-conflict-set", 8),
            ("location", 4),
            ("identity", 9),
        ] {
            assert_eq!(of_kind(kind).len(), count, "{kind}");
        }
        assert_eq!(of_kind("council-claim").iter().filter(|claim| claim["quantity"].is_object()).count(), 15);
    }

    #[test]
    fn every_object_is_clear_and_by_the_editor() {
        for object in objects().iter().filter(|object| object["id"] != TLP_CLEAR) {
            assert_eq!(object["created_by_ref"], editor().as_str(), "{}", object["id"]);
            assert_eq!(object["object_marking_refs"], serde_json::json!([TLP_CLEAR]), "{}", object["id"]);
        }
    }

    #[test]
    fn references_lead_to_objects_of_the_bundle() {
        let known: BTreeSet<String> =
            objects().iter().map(|object| object["id"].as_str().unwrap().to_owned()).collect();
        assert_eq!(known.len(), objects().len(), "an id stands twice");
        for line in COMMITTED.lines() {
            for text in
                line.split('"').filter(|text| text.split_once("--").is_some_and(|(_, id)| id.len() == 36))
            {
                let published = text == "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d";
                assert!(published || text.starts_with("bundle--") || known.contains(text), "{text}");
            }
        }
    }

    #[test]
    fn a_claim_is_never_shown_without_its_voice() {
        for claim in of_kind("council-claim") {
            let voice = claim["attribution_chain"][0].as_str().unwrap();
            assert!(claim["name"].as_str().unwrap().starts_with(voice), "{}", claim["name"]);
        }
    }

    #[test]
    fn one_voice_is_no_contest() {
        let attribution = of_kind("council-conflict-set")
            .into_iter()
            .find(|set| set["parties_without_statement"].is_array())
            .unwrap();
        assert_eq!(attribution["contested"], false);
        let contested = of_kind("council-conflict-set").iter().filter(|set| set["contested"] == true).count();
        assert_eq!(contested, 4);
    }

    #[test]
    fn an_unknown_field_or_key_stops_the_generation() {
        let empty = r#"{"sources":[],"agencies":[],"sessions":[],"claims":[],"conflict_sets":[]}"#;
        assert!(generate(empty).is_ok());
        let set = r#"{"id":"k","question":"q","claims":["c-none"],"type":"t","view":"v"}"#;
        let dangling = empty.replace(r#""conflict_sets":[]"#, &format!(r#""conflict_sets":[{set}]"#));
        assert!(generate(&dangling).unwrap_err().to_string().contains("c-none"));
        let extra = dangling.replace(r#""view":"v""#, r#""view":"v","new":1"#);
        assert!(generate(&extra).is_err());
    }
}
