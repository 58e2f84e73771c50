//! What the rows of a reading become: records of a council. It adds no statement of its own; what the editor remarks
//! stands in the words of the editor.

use std::collections::HashSet;

use comity_model::kind::council::{
    AgendaItem, Body, BodyForm, Certainty, Claim, ClaimForm, ConflictSet, Document, DocumentType, Event,
    Known, Mark, Measure, MeasureStatus, Party, Programme, ProgrammeStatus, Provided, Quantity, Report,
    ReportStatus, Reported, Section, Session, SessionStatus, Sourced, Uncertain,
};
use comity_model::kind::{Assertion, Attributed, Basis, Bound, Collected, Kind, NameKind, Period, Statement};
use comity_model::neutral;
use comity_model::stix::Id;
use uuid::Uuid;

use super::parts::{date, difference, document, fact, flag, name, party, said, title, word, words};
use super::reading::{self, Reading, refused};
use crate::AppError;

/// Namespace of all ids that are made of the keys of a reading.
const NAMESPACE: Uuid = Uuid::from_u128(0x8fde_dc7a_e09d_4b3c_9b7a_2d57_588d_28c6);
/// What begins the note of a claim that only repeats another one, whose key follows.
const REPEATS: &str = "duplicate of ";
/// What the note of a claim says that was not made at the session.
const ELSEWHERE: [&str; 2] = ["not said at the session", "not at the session"];

/// A record to be.
pub(super) struct Row {
    pub(super) id: Id,
    /// Its key in the reading.
    pub(super) key: String,
    pub(super) kind: Kind,
    pub(super) language: Option<String>,
    /// Where in the reading it comes from.
    pub(super) place: String,
}

/// The id of what has this key.
pub(super) fn id_text(stix_type: &str, key: &str) -> String {
    format!("{stix_type}--{}", Uuid::new_v5(&NAMESPACE, format!("{stix_type}:{key}").as_bytes()))
}

fn id(word: &str, key: &str) -> Result<Id, AppError> {
    let text = id_text(&format!("comity-{word}"), key);
    Id::parse(&text).map_err(|error| AppError::Internal(format!("{text}: {error}")))
}

fn ids<'a>(word: &str, keys: impl IntoIterator<Item = &'a String>) -> Result<Vec<Id>, AppError> {
    keys.into_iter().map(|key| id(word, key)).collect()
}

/// Makes the records of a reading, in the order in which one names the other.
pub(super) fn rows(reading: &Reading, editor: &str) -> Result<Vec<Row>, AppError> {
    let keys = reading.claims.iter().map(|claim| claim.id.as_str()).collect();
    let mut sheet = Sheet { reading, editor, rows: Vec::new(), met: HashSet::new(), keys };
    for (at, agency) in reading.agencies.iter().enumerate() {
        sheet.agency(agency, &format!("agencies.[{at}]"))?;
    }
    for (at, session) in reading.sessions.iter().enumerate() {
        let place = format!("sessions.[{at}]");
        sheet.body(session, &place)?;
        sheet.session(session, &place)?;
        sheet.agenda(session, &place)?;
        sheet.measures(session, &place)?;
        sheet.programmes(session, &place)?;
    }
    for (at, source) in reading.sources.iter().enumerate() {
        sheet.source(source, &format!("sources.[{at}]"))?;
    }
    for (at, claim) in reading.claims.iter().enumerate() {
        sheet.claim(claim, &format!("claims.[{at}]"))?;
    }
    for (at, set) in reading.conflict_sets.iter().enumerate() {
        sheet.set(set, &format!("conflict_sets.[{at}]"))?;
    }
    Ok(sheet.rows)
}

/// The records made so far.
struct Sheet<'a> {
    reading: &'a Reading,
    editor: &'a str,
    rows: Vec<Row>,
    /// Ids of the records made so far.
    met: HashSet<String>,
    /// Keys of the claims of the reading.
    keys: HashSet<&'a str>,
}

impl Sheet<'_> {
    fn put(&mut self, word: &str, key: &str, place: &str, kind: Kind) -> Result<(), AppError> {
        let id = id(word, key)?;
        let language = self.reading.language.clone();
        if self.met.insert(id.as_str().to_owned()) {
            self.rows.push(Row { id, key: key.to_owned(), kind, language, place: place.to_owned() });
        }
        Ok(())
    }

    /// What the editor says. The reading calls what was read seeds, and names tests; a reader is told of source reports.
    fn remark(&self, text: &str) -> Attributed {
        let plain =
            text.replace("test case: ", "").replace("test case for ", "").replace("seed", "source report");
        said(&plain, self.editor)
    }

    fn remarks(&self, texts: &[Option<&String>]) -> Vec<Attributed> {
        texts.iter().flatten().map(|text| self.remark(text)).collect()
    }

    fn uncertain<S: Clone, T>(
        &self,
        place: &str,
        field: &reading::Uncertain<S>,
        make: impl FnOnce(S) -> Result<T, AppError>,
    ) -> Result<Uncertain<T>, AppError> {
        let basis = match field.basis.as_str() {
            "stated" => Known::Stated,
            "inferred" => Known::Inferred,
            "outside-seed" => Known::Elsewhere,
            "unknown" => Known::Unknown,
            other => return Err(refused(place, &format!("`{other}` says nothing about how it is known"))),
        };
        let value = field.value.clone().filter(|_| basis != Known::Unknown).map(make).transpose()?;
        Ok(Uncertain { value, basis, note: field.note.as_ref().map(|note| self.remark(note)) })
    }

    fn text(&self, place: &str, field: &reading::Uncertain<String>) -> Result<Uncertain<String>, AppError> {
        self.uncertain(place, field, Ok)
    }

    fn session_of(&self, key: &str) -> Option<&reading::Session> {
        self.reading.sessions.iter().find(|session| session.id == key)
    }

    /// Who published a source.
    fn publisher(&self, key: &str) -> String {
        let source = self.reading.sources.iter().find(|source| source.id == key);
        source.and_then(|source| source.publisher.value.clone()).unwrap_or_else(|| key.to_owned())
    }

    fn agency(&mut self, agency: &reading::Agency, place: &str) -> Result<(), AppError> {
        let head = agency.head_named.as_deref();
        // The list holds spellings of the head's name and of the agency's own.
        let is_head = |variant: &str| head.is_some_and(|head| comity_matching::name::matches(head, variant));
        let mut names = vec![name(&agency.name, NameKind::Primary)];
        let mut spelt = Vec::new();
        for variant in agency.name_variants.iter().filter(|variant| **variant != agency.name) {
            if is_head(variant) {
                spelt.push(variant.as_str());
            } else {
                names.push(name(variant, NameKind::Alias));
            }
        }
        let note = (spelt.len() > 1).then(|| self.remark(&format!("spelt {}", spelt.join(", "))));
        let basis = if head.is_some() { Known::Stated } else { Known::Unknown };
        let body = Body {
            names,
            summary: None,
            body_form: BodyForm::Agency,
            parent_ref: None,
            mandate: None,
            member_parties: Vec::new(),
            chair: None,
            head: Some(Uncertain { value: head.map(str::to_owned), basis, note }),
            country: agency.country.clone(),
            founded: None,
            notes: Vec::new(),
            basis: fact(),
        };
        self.put("body", &agency.id, place, Kind::Body(Box::new(body)))
    }

    fn body(&mut self, session: &reading::Session, place: &str) -> Result<(), AppError> {
        let body = Body {
            names: vec![name(&session.body, NameKind::Primary)],
            summary: None,
            body_form: BodyForm::Council,
            parent_ref: None,
            mandate: None,
            member_parties: Vec::new(),
            chair: None,
            head: None,
            country: None,
            founded: None,
            notes: Vec::new(),
            basis: fact(),
        };
        self.put("body", &session.body, place, Kind::Body(Box::new(body)))
    }

    fn session(&mut self, session: &reading::Session, place: &str) -> Result<(), AppError> {
        let mut messages = Vec::new();
        for (at, message) in session.messages.iter().enumerate() {
            let key = format!("{}:message-{}", session.id, at + 1);
            let document = self.message(session, message)?;
            self.put("document", &key, place, Kind::Document(Box::new(document)))?;
            messages.push(id("document", &key)?);
        }
        let editor = self.editor;
        let host = |text: String| Ok(party(&text, editor));
        let parties = |all: Vec<String>| Ok(all.iter().map(|one| party(one, editor)).collect::<Vec<_>>());
        let filled = |field: &reading::Uncertain<Vec<String>>| reading::Uncertain {
            value: field.value.clone().filter(|list| !list.is_empty()),
            ..field.clone()
        };
        let at = |field: &str| format!("{place}.{field}");
        let events = session.related_events.iter().map(|event| Event {
            words: said(&format!("{}; {}", event.event, event.when), &self.publisher(&event.source)),
            during: Period::default(),
        });
        let results = (!session.results_reported.is_empty())
            .then(|| self.remark(&format!("results reported: {}", session.results_reported.join(", "))));
        let made = Session {
            title: title(session, place)?,
            summary: None,
            body_ref: id("body", &session.body)?,
            number: self.uncertain(&at("number"), &session.number, Ok)?,
            status: SessionStatus::Reported,
            during: self.uncertain(&at("date"), &session.date, |text| {
                let day = date(&at("date"), &text)?;
                Ok(Period { from: Some(day), until: Some(day) })
            })?,
            place: Some(self.text(&at("place"), &session.place)?),
            host: Some(self.uncertain(&at("host_country"), &session.host_country, host)?),
            chair_of_body: Some(self.text(&at("chair_of_council"), &session.chair_of_council)?),
            chair_of_meeting: Some(self.text(&at("chair_of_meeting"), &session.chair_of_meeting)?),
            opened_by: session
                .opened_by
                .as_ref()
                .map(|field| self.text(&at("opened_by"), field))
                .transpose()?,
            invited: Vec::new(),
            members: Some(self.uncertain(&at("members_named"), &filled(&session.members_named), parties)?),
            observers: Some(self.uncertain(
                &at("observers_named"),
                &filled(&session.observers_named),
                parties,
            )?),
            speakers: session.speakers.clone(),
            message_refs: messages,
            predecessor_ref: None,
            related_events: events.collect(),
            source_refs: ids("document", &session.sources)?,
            notes: results.into_iter().collect(),
            basis: fact(),
        };
        self.put("session", &session.id, place, Kind::Session(Box::new(made)))
    }

    /// A message to a session: it belongs there, and is known from its own source alone.
    fn message(&self, session: &reading::Session, message: &reading::Message) -> Result<Document, AppError> {
        let publisher = self.publisher(&message.source);
        Ok(Document {
            session_ref: Some(id("session", &session.id)?),
            from_party: Some(Party { name: Some(said(&message.from, &publisher)), ..Party::default() }),
            source_refs: vec![id("document", &message.source)?],
            notes: vec![self.remark(&message.form)],
            ..document(format!("Message to {}", title(session, "sessions")?), DocumentType::Message)
        })
    }

    fn agenda(&mut self, session: &reading::Session, place: &str) -> Result<(), AppError> {
        for (at, topic) in session.agenda_topics.iter().enumerate() {
            let here = format!("{place}.agenda_topics.[{at}]");
            let number = u16::try_from(at + 1).map_err(|_| refused(&here, "there are too many items"))?;
            let first = topic.basis.split([' ', '\'']).next().unwrap_or_default();
            let item_basis = match first {
                "stated" => Known::Stated,
                // What stands in an author's commentary was not said to be on the agenda.
                "inferred" | "author" => Known::Inferred,
                other => {
                    return Err(refused(&here, &format!("`{other}` says nothing about how it is known")));
                }
            };
            let judges = !neutral::judging(&topic.topic).is_empty();
            let item = AgendaItem {
                title: if judges { format!("Agenda item {number}") } else { topic.topic.clone() },
                summary: None,
                session_ref: id("session", &session.id)?,
                position_number: number,
                words: Some(said(&topic.topic, self.editor)),
                item_basis,
                paper_refs: Vec::new(),
                notes: vec![self.remark(&topic.basis)],
                basis: fact(),
            };
            let key = format!("{}:item-{number}", session.id);
            self.put("agenda-item", &key, &here, Kind::AgendaItem(item))?;
        }
        Ok(())
    }

    /// What was intended, outlined or proposed. Nothing of it is adopted by being reported.
    fn measures(&mut self, session: &reading::Session, place: &str) -> Result<(), AppError> {
        let mut stated = Vec::new();
        for (at, decision) in session.decisions.iter().enumerate() {
            let here = format!("{place}.decisions.[{at}]");
            let status = match decision.status.as_str() {
                "intention" => MeasureStatus::Intention,
                "outlined" => MeasureStatus::Outlined,
                "proposed" => MeasureStatus::Proposed,
                other => {
                    let why = format!(
                        "a reading knows measures that are intended, proposed or outlined, not `{other}`"
                    );
                    return Err(refused(&here, &why));
                }
            };
            let words = said(&decision.text, &self.publisher(&decision.source));
            let source = match &decision.claim {
                Some(claim) => id("claim", claim)?,
                None => id("document", &decision.source)?,
            };
            stated.push((here, status, words, source));
        }
        for (at, key) in session.proposals.iter().enumerate() {
            let claim = self.reading.claims.iter().find(|claim| claim.id == *key);
            let words = claim.map(words).unwrap_or_else(|| said(key, self.editor));
            stated.push((
                format!("{place}.proposals.[{at}]"),
                MeasureStatus::Proposed,
                words,
                id("claim", key)?,
            ));
        }
        for (number, (here, status, words, source)) in (1..).zip(stated) {
            let measure = Measure {
                title: format!("Measure {number} of {}", title(session, place)?),
                summary: None,
                words,
                status,
                stated_in_ref: Some(source),
                decision_ref: None,
                programme_ref: None,
                session_ref: Some(id("session", &session.id)?),
                owner: None,
                due: None,
                evidence_refs: Vec::new(),
                done_on: None,
                notes: Vec::new(),
                basis: fact(),
            };
            let key = format!("{}:measure-{number}", session.id);
            self.put("measure", &key, &here, Kind::Measure(Box::new(measure)))?;
        }
        Ok(())
    }

    fn programmes(&mut self, session: &reading::Session, place: &str) -> Result<(), AppError> {
        for (at, programme) in session.programmes.iter().enumerate() {
            let here = format!("{place}.programmes.[{at}]");
            let publisher = session.sources.first().map(|key| self.publisher(key)).unwrap_or_default();
            let heading = match (programme.years.first(), programme.years.last()) {
                (Some(first), Some(last)) => format!("Programme {first} to {last}"),
                _ => return Err(refused(&here, "a programme has years")),
            };
            let made = Programme {
                title: heading.clone(),
                summary: None,
                words: Some(said(&programme.title, &publisher)),
                years: programme.years.clone(),
                status: ProgrammeStatus::Reported,
                decision_ref: None,
                body_ref: Some(id("body", &session.body)?),
                session_ref: Some(id("session", &session.id)?),
                rapporteur: Some(Party {
                    name: Some(said(&programme.rapporteur, &publisher)),
                    ..Party::default()
                }),
                measure_refs: Vec::new(),
                predecessor_ref: None,
                notes: Vec::new(),
                basis: fact(),
            };
            self.put("programme", &programme.id, &here, Kind::Programme(made))?;
            let report = Report {
                title: format!("Report on {} of {heading}", programme.reported_year),
                summary: None,
                programme_ref: id("programme", &programme.id)?,
                year: programme.reported_year,
                status: ReportStatus::Reported,
                // A reading tells of a report and holds none of its figures.
                provided: Provided::NotProvided,
                figure_refs: Vec::new(),
                claim_ref: Some(id("claim", &programme.report_claim)?),
                notes: Vec::new(),
                basis: fact(),
            };
            let key = format!("{}:{}", programme.id, programme.reported_year);
            self.put("report", &key, &here, Kind::Report(report))?;
        }
        Ok(())
    }

    fn source(&mut self, source: &reading::Source, place: &str) -> Result<(), AppError> {
        let at = |field: &str| format!("{place}.{field}");
        let session = self.session_of(&source.session_ref);
        let session = session.ok_or_else(|| refused(place, "it covers a session that is not there"))?;
        let publisher = self.publisher(&source.id);
        let mut sections = Vec::new();
        for (number, (part, next)) in
            (1_u16..).zip(source.parts.iter().zip(source.parts.iter().skip(1).map(Some).chain([None])))
        {
            // An update stands above the text that it brings up to date.
            let updates = next.filter(|_| part.role.starts_with("update")).map(|older| older.id.clone());
            let role = Some(part.role.clone());
            sections.push(Section { label: part.id.clone(), placed: number, role, stamped: None, updates });
        }
        let language = source.language.split(' ').next().unwrap_or_default().to_owned();
        let translated =
            (source.language != language).then(|| self.remark(&format!("language: {}", source.language)));
        let made = Document {
            session_ref: Some(id("session", &source.session_ref)?),
            author: Some(self.text(&at("author"), &source.author)?),
            publisher: Some(self.text(&at("publisher"), &source.publisher)?),
            published: Some(self.uncertain(&at("publication_date"), &source.publication_date, |text| {
                date(&at("publication_date"), &text)
            })?),
            file_name: Some(source.file.clone()),
            sha256: Some(source.sha256.clone()),
            cites: source.cites.clone(),
            sections,
            notes: translated.into_iter().collect(),
            ..document(
                format!("{publisher}: press report on {}", title(session, place)?),
                DocumentType::PressReport,
            )
        };
        self.put("document", &source.id, place, Kind::Document(Box::new(made)))
    }

    fn claim(&mut self, claim: &reading::Claim, place: &str) -> Result<(), AppError> {
        let note = claim.note.as_deref().unwrap_or_default();
        let repeats = note.strip_prefix(REPEATS);
        if let Some(key) = repeats.filter(|key| !self.keys.contains(key)) {
            return Err(refused(place, &format!("it repeats `{key}`, which the reading does not hold")));
        }
        let claim_form: ClaimForm = word(&format!("{place}.kind"), &claim.kind)?;
        let mut flags = Vec::new();
        for sensitivity in &claim.sensitivity {
            flags.push(flag(place, sensitivity)?);
            if sensitivity == "detention-treatment" && claim_form == ClaimForm::Allegation {
                flags.push(Mark::IllTreatmentAlleged);
            }
        }
        let judges = claim_form.needs_evidence() || claim_form == ClaimForm::Opinion;
        let statement = if judges { Statement::Assessment } else { Statement::Fact };
        let made = Claim {
            words: words(claim),
            speaker: claim.speaker.clone(),
            reported_as: match claim.reported_as.as_str() {
                "direct-speech" => Reported::Quotation,
                "paraphrase" => Reported::Paraphrase,
                other => return Err(refused(place, &format!("`{other}` is no way to report words"))),
            },
            claim_form,
            certainty: word::<Certainty>(&format!("{place}.certainty"), &claim.certainty)?,
            topic: claim.topic.clone(),
            quantity: claim.quantity.as_ref().map(|one| self.quantity(one, place)).transpose()?,
            session_ref: Some(id("session", &claim.session)?),
            at_session: ELSEWHERE.iter().any(|phrase| note.contains(phrase)).then_some(false),
            source: Some(Sourced { document_ref: id("document", &claim.source)?, place: None }),
            restates_ref: repeats.map(|key| id("claim", key)).transpose()?,
            contested_by_refs: ids("claim", &claim.contested_by)?,
            bears_on_refs: ids("claim", &claim.bears_on)?,
            flags,
            notes: self.remarks(&[claim.note.as_ref(), claim.editor_note.as_ref()]),
            basis: Basis {
                collected: Some(Collected::PublicSource),
                ..Basis::of(Assertion { statement, ..Assertion::FACT })
            },
        };
        self.put("claim", &claim.id, place, Kind::Claim(Box::new(made)))
    }

    fn quantity(&self, quantity: &reading::Quantity, place: &str) -> Result<Quantity, AppError> {
        let bound = match quantity.op.as_str() {
            "=" => Bound::Exactly,
            "~" => Bound::About,
            ">" => Bound::MoreThan,
            ">=" => Bound::AtLeast,
            "<" => Bound::LessThan,
            "<=" => Bound::AtMost,
            other => return Err(refused(place, &format!("`{other}` does not say how a number is meant"))),
        };
        Ok(Quantity {
            value: Some(quantity.value.to_string()),
            in_words: None,
            bound,
            unit: quantity.unit.clone(),
            scope: quantity.scope.clone(),
            period: Period::default(),
            period_words: quantity.period.as_ref().map(|text| self.remark(text)),
            counting_rule: None,
            contributors: Vec::new(),
        })
    }

    fn set(&mut self, set: &reading::ConflictSet, place: &str) -> Result<(), AppError> {
        let made = ConflictSet {
            title: set.question.clone(),
            summary: None,
            claim_refs: ids("claim", &set.claims)?,
            session_refs: ids("session", &set.sessions)?,
            difference: difference(&set.difference),
            shown: Some(self.remark(&set.view)),
            parties_without_statement: set.parties_without_statement.clone(),
            bears_on_refs: ids("claim", &set.bears_on)?,
            derived: Vec::new(),
            notes: vec![self.remark(&format!("kind of difference: {}", set.difference))],
            basis: fact(),
        };
        self.put("conflict-set", &set.id, place, Kind::ConflictSet(made))
    }
}
