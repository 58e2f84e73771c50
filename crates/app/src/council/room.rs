//! The lists of the council's work as people walk through them with a browser, a page at a time.
//!
//! A list is made of what one viewer finds and of nothing else. Where it goes on is named by the line before, so that
//! what comes in between moves no line to another page, and what is hidden moves none at all.

use std::collections::BTreeSet;

use comity_model::council::lineage;
use comity_model::kind::Kind;
use comity_model::kind::council::{Claim, Programme, Provided, Report, ReportStatus};
use comity_model::stix::{Digest, Id};
use serde::Serialize;

use super::card::{Around, BodyCard, ClaimCard, MeasureCard, Named, PartyView};
use super::decision::{self, DecisionLine};
use super::figure::{self, FigureLine};
use super::gather::{Gathering, Held, Listed, Place, claims, line, said};
use super::measure::{self, ProgrammeView};
use super::session::{self, SessionLine};
use super::{conflict, door};
use crate::force::in_force;
use crate::{Actor, App, AppError};

/// Lines on a page when no number is named, and at most.
const LINES_DEFAULT: usize = 50;
const LINES_MAX: usize = 200;
/// Hexadecimal digits of the name of a line.
const MARK_DIGITS: usize = 16;
/// Characters of a text by which a list is narrowed.
const WANTED_MAX: usize = 300;
/// Topics that a list of claims names.
const TOPICS_MAX: usize = 200;

/// Which part of a list.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Part {
    /// Go on behind the page that ended with this.
    pub after: Option<String>,
    /// At most so many lines.
    pub limit: Option<usize>,
}

/// A page of a list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Page<T> {
    /// Its lines.
    pub lines: Vec<T>,
    /// Where to go on; left out when nothing is left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// What is left out because there is too much of it, a sentence each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
}

/// Takes a page out of a whole list.
fn paged<T>(
    all: Vec<T>,
    part: &Part,
    place: impl Fn(&T) -> &Place,
) -> Result<(Vec<T>, Option<String>), AppError> {
    let most = part.limit.unwrap_or(LINES_DEFAULT).clamp(1, LINES_MAX);
    let skip = match &part.after {
        None => 0,
        Some(after) => all
            .iter()
            .position(|one| mark(place(one)) == *after)
            .ok_or_else(|| AppError::invalid("after", "the list no longer has that line: begin anew"))?
            .saturating_add(1),
    };
    let has_more = all.len() > skip.saturating_add(most);
    let lines: Vec<T> = all.into_iter().skip(skip).take(most).collect();
    let next = lines.last().filter(|_| has_more).map(|last| mark(place(last)));
    Ok((lines, next))
}

/// The name of a line: of whom it is and what it names, in whatever version.
fn mark(place: &Place) -> String {
    let named = format!("{}\n{}", place.id, place.origin);
    Digest::of(named.as_bytes()).to_string().chars().take(MARK_DIGITS).collect()
}

/// Refuses a text that no record has.
fn short<'a>(what: &str, text: Option<&'a str>) -> Result<Option<&'a str>, AppError> {
    match text {
        Some(text) if text.chars().count() > WANTED_MAX => {
            Err(AppError::invalid(what, format!("at most {WANTED_MAX} characters")))
        }
        other => Ok(other),
    }
}

/// The bodies that are here, each with how many sessions of it are.
///
/// # Errors
/// [`AppError::Denied`] to who may not read; [`AppError::Invalid`] for a place that no such list gave.
pub fn bodies(app: &App, actor: &Actor, part: &Part) -> Result<Page<BodyCard>, AppError> {
    actor.may_read()?;
    app.store().read("council.bodies", |tx| {
        let mut gathering = Gathering::new(app, tx)?;
        let all = gathering.all(tx, "body")?;
        let sessions = gathering.all(tx, "session")?;
        let of_body = |id: &str| {
            let ids = sessions.iter().filter_map(|held| match &held.kind {
                Kind::Session(session) if session.body_ref.as_str() == id => Some(held.place.id.as_str()),
                _ => None,
            });
            ids.collect::<BTreeSet<_>>().len()
        };
        let (held, next) = paged(all.iter().collect(), part, |held| &held.place)?;
        let lines = held.into_iter().filter_map(|held| match &held.kind {
            Kind::Body(body) => {
                let id = held.place.id.as_str();
                Some(BodyCard::of(held, body, of_body(id), door::alike(&all, id)))
            }
            _ => None,
        });
        Ok(Page { lines: lines.collect(), next, left_out: gathering.left_out() })
    })
}

/// The sessions that are here, the latest first; those of one body when `body` names it.
///
/// # Errors
/// As for [`bodies`], and [`AppError::NotFound`] for an unknown body.
pub fn sessions(
    app: &App,
    actor: &Actor,
    body: Option<&str>,
    part: &Part,
) -> Result<Page<SessionLine>, AppError> {
    let Listed { lines, left_out } = session::list(app, actor, short("body", body)?)?;
    let (lines, next) = paged(lines, part, |line| &line.place)?;
    Ok(Page { lines, next, left_out })
}

/// Which claims are listed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Wanted<'a> {
    /// Those on one topic.
    pub topic: Option<&'a str>,
    /// Those of one session: its id.
    pub session: Option<&'a str>,
}

/// A page of claims, and the topics that there are.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ClaimPage {
    /// The page.
    #[serde(flatten)]
    pub page: Page<ClaimCard>,
    /// What the claims that are here are about, each once.
    pub topics: Vec<String>,
}

/// The claims that are here.
///
/// # Errors
/// As for [`bodies`].
pub fn all_claims(app: &App, actor: &Actor, wanted: &Wanted<'_>, part: &Part) -> Result<ClaimPage, AppError> {
    actor.may_read()?;
    let (topic, of) = (short("topic", wanted.topic)?, short("session", wanted.session)?);
    app.store().read("council.claims", |tx| {
        let mut gathering = Gathering::new(app, tx)?;
        let all = gathering.all(tx, "claim")?;
        let every = claims(&all);
        let topics: BTreeSet<&str> = every.iter().map(|(_, claim)| claim.topic.as_str()).collect();
        let is_wanted = |(_, claim): &(&Held, &Claim)| {
            topic.is_none_or(|topic| claim.topic.eq_ignore_ascii_case(topic))
                && of.is_none_or(|of| claim.session_ref.as_ref().is_some_and(|id| id.as_str() == of))
        };
        let found: Vec<_> = every.iter().copied().filter(is_wanted).collect();
        let (found, next) = paged(found, part, |(held, _)| &held.place)?;
        let around = Around::of(&mut gathering, tx, &found)?;
        let lines = found.iter().map(|(held, claim)| around.card(held, claim)).collect();
        let topics = topics.into_iter().take(TOPICS_MAX).map(str::to_owned).collect();
        Ok(ClaimPage { page: Page { lines, next, left_out: gathering.left_out() }, topics })
    })
}

/// A source, and how many claims on a topic go back to it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct RootLine {
    /// Whose voice it is.
    pub voice: String,
    /// How many claims.
    pub claims: usize,
    /// Whether the claim that is looked at is one of them.
    pub is_this: bool,
}

/// A claim, and where it comes from.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ClaimView {
    /// The claim.
    #[serde(flatten)]
    pub card: ClaimCard,
    /// The other claims that go back to the same source: one source, however often it is told.
    pub one_source: Vec<Named>,
    /// What the claims on its topic go back to.
    pub roots: Vec<RootLine>,
    /// The sets in which it is set beside others.
    pub sets: Vec<Named>,
    /// What is left out because there is too much of it, a sentence each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
}

/// One claim: by its id, or the number under which it came.
///
/// # Errors
/// [`AppError::Denied`] to who may not read; [`AppError::NotFound`] when there is none; [`AppError::Conflict`] when several
/// are meant.
pub fn claim(app: &App, actor: &Actor, text: &str) -> Result<ClaimView, AppError> {
    actor.may_read()?;
    app.store().read("council.claim", |tx| {
        let mut gathering = Gathering::new(app, tx)?;
        let held = gathering.one(tx, text, &["claim"])?;
        let Kind::Claim(own) = &held.kind else {
            return Err(AppError::Internal("a claim is a claim".into()));
        };
        let all = gathering.all(tx, "claim")?;
        let mut every = claims(&all);
        // The roots are those of the topic, and the claim that is asked for is always among them.
        every.retain(|(other, claim)| {
            claim.topic == own.topic && (other.place.id != held.place.id || other.origin == held.origin)
        });
        let id = held.place.id.as_str();
        let mut one_source = Vec::new();
        let mut roots = Vec::new();
        for root in lineage::roots(&said(&every)) {
            let is_this = root.claims.iter().any(|one| one == id);
            if is_this {
                one_source = root.claims.iter().filter(|one| *one != id).cloned().collect();
            }
            roots.push(RootLine { voice: root.voice, claims: root.claims.len(), is_this });
        }
        let sets = gathering.all(tx, "conflict-set")?;
        let sets = sets.iter().filter_map(|one| match &one.kind {
            Kind::ConflictSet(set) if set.claim_refs.iter().any(|claim| claim.as_str() == id) => {
                Some(Named {
                    id: one.place.id.clone(),
                    title: Some(set.title.clone()),
                    key: one.place.key.clone(),
                })
            }
            _ => None,
        });
        let sets = sets.collect();
        let around = Around::of(&mut gathering, tx, &[(&held, own.as_ref())])?;
        let others: Vec<&str> = one_source.iter().map(String::as_str).collect();
        let told = Around::named(&mut gathering, tx, &others)?;
        Ok(ClaimView {
            card: around.card(&held, own),
            one_source: others.iter().map(|id| told.name(id)).collect(),
            roots,
            sets,
            left_out: gathering.left_out(),
        })
    })
}

/// A line on the list of what claims differ on.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ConflictLine {
    /// The record.
    #[serde(flatten)]
    pub place: Place,
    /// The question.
    pub question: String,
    /// What they differ in.
    pub difference: &'static str,
    /// How many claims.
    pub claims: usize,
    /// How many voices they are of.
    pub voices: usize,
    /// How many sources they go back to.
    pub roots: usize,
    /// The largest number divided by the smallest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ratio: Option<String>,
    /// How many sessions, where the question is about roles.
    pub sessions: usize,
    /// How many views and dissents of members there are.
    pub positions: usize,
}

/// What claims differ on.
///
/// # Errors
/// As for [`bodies`].
pub fn conflicts(app: &App, actor: &Actor, part: &Part) -> Result<Page<ConflictLine>, AppError> {
    let Listed { lines, left_out } = conflict::list(app, actor)?;
    let (lines, next) = paged(lines, part, |view| &view.place)?;
    let lines = lines.into_iter().map(|view| ConflictLine {
        claims: view.claims.len(),
        sessions: view.sessions.len(),
        positions: view.positions.len(),
        question: view.question,
        difference: view.difference,
        voices: view.voices,
        roots: view.roots,
        ratio: view.ratio,
        place: view.place,
    });
    Ok(Page { lines: lines.collect(), next, left_out })
}

/// The decisions that are here, those with the nearest deadline first.
///
/// # Errors
/// As for [`bodies`].
pub fn decisions(app: &App, actor: &Actor, part: &Part) -> Result<Page<DecisionLine>, AppError> {
    let Listed { lines, left_out } = decision::list(app, actor)?;
    let (lines, next) = paged(lines, part, |line| &line.place)?;
    Ok(Page { lines, next, left_out })
}

/// The figures that are here.
///
/// # Errors
/// As for [`bodies`].
pub fn figures(app: &App, actor: &Actor, part: &Part) -> Result<Page<FigureLine>, AppError> {
    let Listed { lines, left_out } = figure::list(app, actor, false)?;
    let (lines, next) = paged(lines, part, |line| &line.place)?;
    Ok(Page { lines, next, left_out })
}

/// The joint measures that somebody states, those of one session when `session` is its id.
///
/// # Errors
/// As for [`bodies`].
pub fn measures(
    app: &App,
    actor: &Actor,
    session: Option<&str>,
    part: &Part,
) -> Result<Page<MeasureCard>, AppError> {
    actor.may_read()?;
    let of = short("session", session)?;
    app.store().read("council.measures", |tx| {
        let mut gathering = Gathering::new(app, tx)?;
        let all = gathering.all(tx, "measure")?;
        let found = all.iter().filter_map(|held| match &held.kind {
            Kind::Measure(measure) => Some((held, measure)),
            _ => None,
        });
        let found: Vec<_> = found
            .filter(|(_, one)| {
                of.is_none_or(|of| one.session_ref.as_ref().is_some_and(|id| id.as_str() == of))
            })
            .collect();
        let (found, next) = paged(found, part, |(held, _)| &held.place)?;
        let ids = found.iter().flat_map(|(_, one)| one.stated_in_ref.iter().chain(&one.session_ref));
        let ids: Vec<&str> = ids.map(Id::as_str).collect();
        let around = Around::named(&mut gathering, tx, &ids)?;
        let force = in_force(app, tx)?;
        let mut lines = Vec::new();
        for (held, one) in found {
            let view = measure::view(app, tx, &force, &mut gathering, held, one)?;
            lines.push(MeasureCard::of(held, one, view, &around));
        }
        Ok(Page { lines, next, left_out: gathering.left_out() })
    })
}

/// A report on one year of a programme.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ReportLine {
    /// The record.
    #[serde(flatten)]
    pub place: Place,
    /// Its heading.
    pub title: String,
    /// The year.
    pub year: i16,
    /// How far it is.
    pub status: ReportStatus,
    /// Whether it gives figures.
    pub provided: Provided,
    /// How many figures it names.
    pub figures: usize,
    /// The claim that it was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claim: Option<Named>,
}

/// A programme of several years.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ProgrammeCard {
    /// The record.
    #[serde(flatten)]
    pub place: Place,
    /// Its heading.
    pub title: String,
    /// What it is called, by whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
    /// Its years.
    pub years: Vec<i16>,
    /// How far it is, as far as that can be followed here.
    pub status: &'static str,
    /// What its originator states and this node does not follow, with the reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stated: Option<String>,
    /// The decision that adopted it, by its number; else by its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<String>,
    /// The body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<Named>,
    /// The session that heard of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<Named>,
    /// Who reports on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rapporteur: Option<PartyView>,
    /// Its measures.
    pub measures: Vec<Named>,
    /// Its reports, year by year.
    pub reports: Vec<ReportLine>,
    /// Remarks, each with who makes it.
    pub notes: Vec<String>,
}

/// The programmes that are here, each with its reports.
///
/// # Errors
/// As for [`bodies`].
pub fn programmes(app: &App, actor: &Actor, part: &Part) -> Result<Page<ProgrammeCard>, AppError> {
    actor.may_read()?;
    app.store().read("council.programmes", |tx| {
        let mut gathering = Gathering::new(app, tx)?;
        let all = gathering.all(tx, "programme")?;
        let reports = gathering.all(tx, "report")?;
        let measures = gathering.all(tx, "measure")?;
        let force = in_force(app, tx)?;
        let (held, next) = paged(all.iter().collect(), part, |held: &&Held| &held.place)?;
        let mut lines = Vec::new();
        for held in held {
            let Kind::Programme(programme) = &held.kind else { continue };
            let of: Vec<(&Held, &Report)> = reports
                .iter()
                .filter_map(|one| match &one.kind {
                    Kind::Report(report) if report.programme_ref.as_str() == held.place.id => {
                        Some((one, report))
                    }
                    _ => None,
                })
                .collect();
            let named =
                programme.body_ref.iter().chain(&programme.session_ref).chain(&programme.measure_refs);
            let named = named.chain(of.iter().filter_map(|(_, report)| report.claim_ref.as_ref()));
            let ids: Vec<&str> = named.map(Id::as_str).collect();
            let around = Around::named(&mut gathering, tx, &ids)?;
            let view = measure::programme(app, tx, &force, (&mut gathering, &measures), held, programme)?;
            lines.push(programme_card(held, programme, view, &of, &around));
        }
        Ok(Page { lines, next, left_out: gathering.left_out() })
    })
}

fn programme_card(
    held: &Held,
    programme: &Programme,
    view: ProgrammeView,
    reports: &[(&Held, &Report)],
    around: &Around,
) -> ProgrammeCard {
    let named = |id: &Id| around.name(id.as_str());
    let mut lines: Vec<ReportLine> = reports
        .iter()
        .map(|(held, report)| ReportLine {
            title: report.title.clone(),
            year: report.year,
            status: report.status,
            provided: report.provided,
            figures: report.figure_refs.len(),
            claim: report.claim_ref.as_ref().map(named),
            place: held.place.clone(),
        })
        .collect();
    lines.sort_by(|one, other| (one.year, &one.place.id).cmp(&(other.year, &other.place.id)));
    ProgrammeCard {
        title: programme.title.clone(),
        words: programme.words.as_ref().map(line),
        years: programme.years.clone(),
        status: view.status,
        stated: view.stated,
        decision: view.decision,
        body: programme.body_ref.as_ref().map(named),
        session: programme.session_ref.as_ref().map(named),
        rapporteur: programme.rapporteur.as_ref().map(PartyView::from),
        measures: programme.measure_refs.iter().map(named).collect(),
        reports: lines,
        notes: programme.notes.iter().map(line).collect(),
        place: held.place.clone(),
    }
}
