//! Writing records of the kinds: from their JSON form to an object, and in through the same door as every import.
//!
//! A refusal tells every fault with its rule and place, and nothing is stored.

pub mod file;
pub mod form;
pub mod rows;
pub mod statement;

use comity_model::kind::{Context, Fault, Governance, Kind, check_envelope};
use comity_model::stix::{Id, Level, Object, Registry, Timestamp, Validator};
use comity_model::{Handling, MemberId, Micros};
use serde::Serialize;
use serde_json::Value;

use crate::credential::Reader;
use crate::explain::{self, Sight};
use crate::force::{InForce, in_force};
use crate::import::{self, Input, Summary};
use crate::preview::{self, Got, Subject};
use crate::proposal::ProposalView;
use crate::stated;
use crate::{Actor, App, AppError, Role, council, kinds};
use statement::StatementText;

/// A record as somebody enters it.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// Collection: id, alias or title.
    pub collection: String,
    /// The record in its JSON form (`schema/kinds/kinds.json`).
    pub form: Value,
    /// What is stated beside it.
    pub statement: StatementText,
    /// Language of its texts as a tag of RFC 5646.
    pub language: Option<String>,
    /// Keep it back until somebody publishes it.
    pub draft: bool,
}

/// Who enters it.
#[derive(Clone, Copy, Debug)]
pub enum Author<'a> {
    /// A user of this node.
    Person(&'a Actor),
    /// A program with a key, in the name of the member that the key speaks for.
    Key(&'a Reader),
}

impl<'a> Author<'a> {
    /// The actor that stands in the ledger. What a key may do is read in the transaction of the write.
    pub(crate) fn actor(self) -> Actor {
        match self {
            Self::Person(actor) => actor.clone(),
            Self::Key(reader) => Actor {
                name: format!("key:{}", reader.credential),
                member: reader.member.clone(),
                roles: [Role::Analyst, Role::ReleaseOfficer].into(),
                inner: reader.inner.clone(),
            },
        }
    }

    /// The node as the author finds it.
    pub(crate) fn view(self, app: &App) -> Result<App, AppError> {
        match self {
            Self::Person(actor) => Ok(app.seen_by(actor)),
            Self::Key(reader) => reader.view(app),
        }
    }

    pub(crate) fn key(self) -> Option<&'a Reader> {
        match self {
            Self::Person(_) => None,
            Self::Key(reader) => Some(reader),
        }
    }
}

/// What became of a record that was entered.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Entry {
    /// It is stored.
    Written(Written),
    /// It is not, for these reasons; nothing was stored.
    Refused(Vec<Fault>),
}

/// A record that was stored.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Written {
    /// STIX id.
    pub id: String,
    /// Version as written.
    pub version: String,
    /// The word of its kind; the STIX type for an object that is of no kind.
    pub kind: String,
    /// Collection, as named.
    pub collection: String,
    /// `published`, `held` (a draft), `waiting` (for a second person) or `unchanged`.
    pub state: &'static str,
    /// What waits for a second person.
    pub proposals: Vec<ProposalView>,
    /// What did not hinder it and deserves a look.
    pub warnings: Vec<String>,
}

/// A record that would be stored, and who would see it.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Preview {
    /// The record in its JSON form, as it was understood.
    pub form: Value,
    /// What each other member would see of it.
    pub sights: Vec<Sight>,
    /// Why the author is asked for a reason: places and words that name a community as such.
    pub questions: Vec<String>,
}

/// Enters a record.
///
/// # Errors
/// [`AppError::Denied`] without the role (release officer; analyst for a draft) or the right of the key;
/// [`AppError::NotFound`] for an unknown collection; [`AppError::Invalid`] for a word that the agreement does not know.
/// What is wrong with the record itself is no error: it stands in the answer.
pub fn enter(app: &App, author: Author<'_>, draft: &Draft) -> Result<Entry, AppError> {
    let (actor, app) = (author.actor(), &author.view(app)?);
    let (_, made) = match make(app, &actor.member, draft)? {
        Ok(made) => made,
        Err(faults) => return Ok(Entry::Refused(faults)),
    };
    let input = Input { key: author.key(), ..made.input(draft) };
    write(app, &actor, &input, &made)
}

/// Enters a figure that was counted, with what it counted.
pub(crate) fn enter_counted(
    app: &App,
    author: Author<'_>,
    draft: &Draft,
    counting: &council::figure::Counting,
) -> Result<Entry, AppError> {
    let (actor, app) = (author.actor(), &author.view(app)?);
    let (_, made) = match make(app, &actor.member, draft)? {
        Ok(made) => made,
        Err(faults) => return Ok(Entry::Refused(faults)),
    };
    let input = Input { counting: Some(counting), ..made.input(draft) };
    write(app, &actor, &input, &made)
}

/// What would become of a record if it were entered by a user of this node; nothing is stored. The error inside is the
/// list of faults.
///
/// # Errors
/// As for [`enter`].
pub fn preview(app: &App, draft: &Draft) -> Result<Result<Preview, Vec<Fault>>, AppError> {
    let (kind, made) = match make(app, app.member(), draft)? {
        Ok(made) => made,
        Err(faults) => return Ok(Err(faults)),
    };
    match explain::preview(app, &made.input(draft), &made.bytes) {
        Ok(sights) => {
            let form = serde_json::to_value(&kind).unwrap_or_default();
            let questions = kind.questions().into_iter().map(|(path, asked)| asked_about(&path, &asked));
            Ok(Ok(Preview { form, sights, questions: questions.collect() }))
        }
        Err(AppError::Invalid(why)) => Ok(Err(why.into_iter().map(|one| refused(one.reason)).collect())),
        Err(error) => Err(error),
    }
}

/// What one member would get of a record if it were entered by a user of this node; nothing is stored. The error inside
/// is the list of faults.
///
/// # Errors
/// As for [`enter`]; [`AppError::NotFound`] for an unknown member.
pub fn got(app: &App, draft: &Draft, member: &str) -> Result<Result<Vec<Got>, Vec<Fault>>, AppError> {
    match make(app, app.member(), draft)? {
        Ok((_, made)) => {
            let input = made.input(draft);
            preview::got(app, Subject::Document(&input, &made.bytes), member).map(Ok)
        }
        Err(faults) => Ok(Err(faults)),
    }
}

pub(crate) fn asked_about(path: &str, question: &comity_model::neutral::Question) -> String {
    let words: Vec<&str> = question.notices.iter().map(|notice| notice.word.as_str()).collect();
    format!("{path}: {} ({})", question.text, words.join(", "))
}

/// A record made into an object, with what is stated beside it.
pub(crate) struct Made {
    pub(crate) kind: String,
    pub(crate) id: String,
    pub(crate) version: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) stated: Said,
}

/// A statement with its names resolved by the agreement in force.
pub(crate) struct Said {
    pub(crate) release: comity_model::Stated,
    pub(crate) purpose: Option<String>,
    pub(crate) legal_basis: Option<String>,
    pub(crate) review_at: Option<Micros>,
    pub(crate) decision_until: Option<Micros>,
    pub(crate) grading: Option<comity_model::Grading>,
    pub(crate) priority: Option<comity_model::Priority>,
    pub(crate) classified: Option<String>,
    pub(crate) reason: Option<String>,
}

impl Said {
    /// Reads a statement.
    pub(crate) fn read(app: &App, text: &StatementText) -> Result<Self, AppError> {
        Ok(Self {
            release: stated::resolve(app, text)?,
            purpose: text.purpose.clone(),
            legal_basis: text.legal_basis.clone(),
            review_at: statement::instant("review_at", text.review_at.as_deref())?,
            decision_until: statement::instant("decision_until", text.decision_until.as_deref())?,
            grading: text.grading()?,
            priority: None,
            classified: None,
            reason: text.reason.clone(),
        })
    }

    /// What the door is told.
    pub(crate) fn input<'a>(&self, collection: &'a str, draft: bool) -> Input<'a> {
        Input {
            collection,
            name: "record",
            stated: self.release.clone(),
            purpose: self.purpose.clone(),
            legal_basis: self.legal_basis.clone(),
            review_at: self.review_at,
            decision_until: self.decision_until,
            grading: self.grading.clone(),
            priority: self.priority,
            classified: self.classified.clone(),
            reason: self.reason.clone(),
            draft,
            ..Input::default()
        }
    }
}

impl Made {
    fn input<'a>(&self, draft: &'a Draft) -> Input<'a> {
        self.stated.input(&draft.collection, draft.draft)
    }
}

/// Makes the object of a draft with a new id.
fn make(app: &App, member: &MemberId, draft: &Draft) -> Result<Result<(Kind, Made), Vec<Fault>>, AppError> {
    let text = draft.form.to_string();
    let kind = match Kind::from_json(&text) {
        Ok(kind) => kind,
        Err(faults) => return Ok(Err(faults)),
    };
    let stated = Said::read(app, &draft.statement)?;
    let mut faults = kind.check();
    faults.extend(judge(app, member, &kind, &stated)?);
    if !faults.is_empty() {
        return Ok(Err(faults));
    }
    let id = format!("{}--{}", kind.stix_type(), app.random_uuid());
    let now = Timestamp::from_micros(app.now().0);
    let context = Context {
        id: Id::parse(&id).map_err(|error| AppError::Internal(error.to_string()))?,
        created: now.clone(),
        modified: now.clone(),
        created_by: member.clone(),
        // Clients that know no envelope learn the level from the object.
        markings: stated.release.tlp.iter().filter_map(|tlp| Id::parse(tlp.marking_id()).ok()).collect(),
        language: draft.language.clone(),
    };
    let object = match kind.write(&context) {
        Ok(object) => object,
        Err(faults) => return Ok(Err(faults)),
    };
    let bytes = serde_json::to_vec(&object).map_err(|error| AppError::Internal(error.to_string()))?;
    let word = kind.word().to_owned();
    Ok(Ok((kind, Made { kind: word, id, version: now.as_str().to_owned(), bytes, stated })))
}

/// Every fault of what is stated beside a record, so that a refusal names all of them at once.
pub(crate) fn judge(
    app: &App,
    member: &MemberId,
    kind: &Kind,
    stated: &Said,
) -> Result<Vec<Fault>, AppError> {
    let force = app.store().read("compose.force", |tx| in_force(app, tx))?;
    let mut handling = Handling::unmarked(member.clone());
    handling.personal = stated.release.personal;
    handling.category = stated.release.category;
    handling.flags.clone_from(&stated.release.flags);
    kinds::complete(&mut handling, kind, app.now());
    let review = i64::from(force.agreement.clocks.review_days).saturating_mul(86_400);
    let governance = Governance {
        handling: &handling,
        purpose: stated.purpose.as_deref(),
        legal_basis: stated.legal_basis.as_deref(),
        review_at: stated.review_at.or_else(|| Some(app.now().plus_seconds(review))),
        decision_until: stated.decision_until,
    };
    let mut faults = check_envelope(kind, &governance, app.now());
    faults.extend(unknown_words(&force, stated));
    Ok(faults)
}

fn unknown_words(force: &InForce, stated: &Said) -> Vec<Fault> {
    let (purposes, bases) = (force.agreement.purposes.keys(), force.agreement.legal_bases.keys());
    let words: [(_, _, _, Vec<&str>); 2] = [
        ("purpose", "purpose-unknown", &stated.purpose, purposes.map(String::as_str).collect()),
        ("legal_basis", "legal-basis-unknown", &stated.legal_basis, bases.map(String::as_str).collect()),
    ];
    let mut faults = Vec::new();
    for (path, code, word, all) in words {
        if let Some(word) = word.as_ref().filter(|word| !all.contains(&word.as_str())) {
            let message = format!("the agreement has no `{word}`: it has {}", all.join(", "));
            faults.push(Fault { code, path: path.to_owned(), message, rule: "A1" });
        }
    }
    faults
}

/// Brings a made object in and says what became of it.
pub(crate) fn write(app: &App, actor: &Actor, input: &Input<'_>, made: &Made) -> Result<Entry, AppError> {
    let summary = import::run(app, actor, input, &made.bytes, &mut |_| {})?;
    let warnings = warnings(app, &made.bytes);
    Ok(entry(summary, input, made, warnings))
}

fn entry(summary: Summary, input: &Input<'_>, made: &Made, warnings: Vec<String>) -> Entry {
    if !summary.rejected.is_empty() {
        return Entry::Refused(summary.rejected.into_iter().map(|one| refused(one.reason)).collect());
    }
    let state = match (summary.held, summary.accepted) {
        (0, 0) => "unchanged",
        (0, _) => "published",
        _ if summary.proposals.is_empty() => "held",
        _ => "waiting",
    };
    Entry::Written(Written {
        id: made.id.clone(),
        version: made.version.clone(),
        kind: made.kind.clone(),
        collection: input.collection.to_owned(),
        state,
        proposals: summary.proposals,
        warnings,
    })
}

/// What the rules of the standard say about the object that stops nobody.
fn warnings(app: &App, bytes: &[u8]) -> Vec<String> {
    let Ok(object) = Object::parse(bytes, &app.limits().stix) else { return Vec::new() };
    let registry = Registry::standard();
    let findings = Validator::new(&registry).least(Level::Warning).object(&object);
    let mut told: Vec<String> = findings.iter().map(|finding| finding.message.clone()).collect();
    if let (Some(id), Ok(Some(kind))) = (object.id(), Kind::read(&object)) {
        told.extend(council::door::warnings(app, &kind, id.as_str()));
    }
    told
}

/// A refusal of the door, which comes as one text.
pub(crate) fn refused(reason: String) -> Fault {
    Fault { code: "refused", path: String::new(), message: reason, rule: "form" }
}

/// The fault of an input that is no record at all.
pub(crate) fn malformed(path: &str, message: impl Into<String>) -> Fault {
    Fault { code: "form", path: path.to_owned(), message: message.into(), rule: "form" }
}
