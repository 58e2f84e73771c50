//! Bodies, their sessions, and what stands on an agenda.

use serde::{Deserialize, Serialize};

use super::part::{self, Party, Uncertain};
use super::{Counsel, Known, are_of, is_of};
use crate::kind::basis::{Attributed, Basis, plain};
use crate::kind::date::{PartialDate, Period};
use crate::kind::fault::Faults;
use crate::kind::name::{self, Name};
use crate::kind::place::check_country;
use crate::stix::Id;

/// The highest number of a session, and of an item on an agenda.
const MOST_SESSIONS: u32 = 10_000;
const MOST_ITEMS: u16 = 200;

/// Forms of bodies.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BodyForm {
    /// A council of heads, with sessions.
    Council,
    /// A body that works for another one and reports to it.
    WorkingBody,
    /// An agency of a state.
    Agency,
    /// Another one.
    Other,
}

/// A body.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    /// Its names.
    pub names: Vec<Name>,
    /// A few words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// Its form.
    pub body_form: BodyForm,
    /// The body that it works for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_ref: Option<Id>,
    /// What it was charged with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mandate: Option<String>,
    /// Who belongs to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub member_parties: Vec<Party>,
    /// Who chairs it. Who chairs a meeting of it stands in the session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chair: Option<Uncertain<String>>,
    /// Who leads it, of an agency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<Uncertain<String>>,
    /// Its state, of an agency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// When it was founded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub founded: Option<PartialDate>,
    /// Remarks, each with who makes it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Attributed>,
    /// On what it rests.
    pub basis: Basis,
}

impl Counsel for Body {
    fn basis(&self) -> &Basis {
        &self.basis
    }

    fn check(&self, faults: &mut Faults) {
        name::check(faults, &self.names);
        for (path, text) in [("summary", &self.summary), ("mandate", &self.mandate)] {
            if let Some(text) = text {
                plain(faults, path, text);
            }
        }
        if let Some(parent) = &self.parent_ref {
            is_of(faults, "parent_ref", parent, &["body"]);
        }
        Party::check_all(faults, "member_parties", &self.member_parties);
        part::text(faults, "chair", self.chair.as_ref());
        part::text(faults, "head", self.head.as_ref());
        if let Some(country) = &self.country {
            check_country(faults, "country", country);
        }
        remarks(faults, &self.notes);
    }
}

/// Where a session stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SessionStatus {
    /// It is to come.
    Planned,
    /// Its agenda stands, and those who take part are invited.
    Convened,
    /// It was held.
    Held,
    /// Its journal was adopted.
    Closed,
    /// It will not take place.
    Cancelled,
    /// Others report that it was held; the record is made of what they say.
    Reported,
}

impl SessionStatus {
    /// The word in documents.
    pub fn name(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Convened => "convened",
            Self::Held => "held",
            Self::Closed => "closed",
            Self::Cancelled => "cancelled",
            Self::Reported => "reported",
        }
    }
}

/// As what somebody is invited.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InvitedAs {
    /// As a member.
    Member,
    /// As an observer, who has the clear part.
    Observer,
}

/// Somebody who is invited to a session.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invited {
    /// Who.
    pub party: Party,
    /// As what.
    pub standing: InvitedAs,
}

/// Something that happened around a session and was no part of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// What the source says of it.
    pub words: Attributed,
    /// When, where a source says it by the day, month or year.
    #[serde(default, skip_serializing_if = "Period::is_open")]
    pub during: Period,
}

/// A session of a body. The chair of the body, the chair of the meeting and who opened it are three roles.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    /// A heading.
    pub title: String,
    /// A few words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// The body that met.
    pub body_ref: Id,
    /// Its number among the sessions of the body. Stated, it is the key of the session together with the body.
    pub number: Uncertain<u32>,
    /// Where it stands.
    pub status: SessionStatus,
    /// When.
    pub during: Uncertain<Period>,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Uncertain<String>>,
    /// Who was the host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<Uncertain<Party>>,
    /// Who chaired the body then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chair_of_body: Option<Uncertain<String>>,
    /// Who chaired this meeting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chair_of_meeting: Option<Uncertain<String>>,
    /// Who opened it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened_by: Option<Uncertain<String>>,
    /// Who is invited.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub invited: Vec<Invited>,
    /// Which members took part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub members: Option<Uncertain<Vec<Party>>>,
    /// Who observed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observers: Option<Uncertain<Vec<Party>>>,
    /// Who spoke.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub speakers: Vec<String>,
    /// Messages that were sent to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub message_refs: Vec<Id>,
    /// The session before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predecessor_ref: Option<Id>,
    /// What happened around it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub related_events: Vec<Event>,
    /// What it is known from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub source_refs: Vec<Id>,
    /// Remarks, each with who makes it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Attributed>,
    /// On what it rests.
    pub basis: Basis,
}

impl Counsel for Session {
    fn basis(&self) -> &Basis {
        &self.basis
    }

    fn check(&self, faults: &mut Faults) {
        heading(faults, &self.title, self.summary.as_ref());
        is_of(faults, "body_ref", &self.body_ref, &["body"]);
        self.number.check(faults, "number", |faults, path, number| {
            if !(1..=MOST_SESSIONS).contains(number) {
                let message = format!("sessions are numbered from 1 to {MOST_SESSIONS}");
                faults.add("form", "session-number", path, message);
            }
        });
        self.during.check(faults, "during", |faults, path, period| {
            if period.is_open() {
                faults.add("form", "empty", path, "say when it was, or that this is unknown");
            }
            period.check(faults, path);
        });
        for (path, field) in [
            ("place", &self.place),
            ("chair_of_body", &self.chair_of_body),
            ("chair_of_meeting", &self.chair_of_meeting),
            ("opened_by", &self.opened_by),
        ] {
            part::text(faults, path, field.as_ref());
        }
        if let Some(host) = &self.host {
            host.check(faults, "host", |faults, path, host| host.check(faults, path));
        }
        for (path, field) in [("members", &self.members), ("observers", &self.observers)] {
            let Some(field) = field else { continue };
            field.check(faults, path, |faults, path, parties| {
                if parties.is_empty() {
                    faults.add("form", "empty", path, "name them, or say that they are unknown");
                }
                Party::check_all(faults, path, parties);
            });
        }
        faults.each("invited", &self.invited, |faults, path, one| {
            one.party.check(faults, &format!("{path}.party"));
        });
        faults.each("speakers", &self.speakers, |faults, path, speaker| plain(faults, path, speaker));
        are_of(faults, "message_refs", &self.message_refs, &["document"]);
        if let Some(before) = &self.predecessor_ref {
            is_of(faults, "predecessor_ref", before, &["session"]);
        }
        faults.each("related_events", &self.related_events, |faults, path, event| {
            event.words.check(faults, &format!("{path}.words"));
            event.during.check(faults, &format!("{path}.during"));
        });
        are_of(faults, "source_refs", &self.source_refs, &["document"]);
        remarks(faults, &self.notes);
    }
}

/// What stands on the agenda of a session.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgendaItem {
    /// A heading; where the topic judges, it says no more than the place on the agenda.
    pub title: String,
    /// A few words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// The session.
    pub session_ref: Id,
    /// Its place on the agenda, from 1.
    pub position_number: u16,
    /// The topic in the words of whoever names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<Attributed>,
    /// How it is known that this stood on the agenda.
    pub item_basis: Known,
    /// Papers on it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paper_refs: Vec<Id>,
    /// Remarks, each with who makes it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Attributed>,
    /// On what it rests.
    pub basis: Basis,
}

impl Counsel for AgendaItem {
    fn basis(&self) -> &Basis {
        &self.basis
    }

    fn check(&self, faults: &mut Faults) {
        heading(faults, &self.title, self.summary.as_ref());
        is_of(faults, "session_ref", &self.session_ref, &["session"]);
        if !(1..=MOST_ITEMS).contains(&self.position_number) {
            let message = format!("items are numbered from 1 to {MOST_ITEMS}");
            faults.add("form", "item-number", "position_number", message);
        }
        if let Some(words) = &self.words {
            words.check(faults, "words");
        }
        if self.item_basis == Known::Unknown {
            let message = "say how it is known that this stood on the agenda: stated, inferred or elsewhere";
            faults.add("form", "item-basis", "item_basis", message);
        }
        are_of(faults, "paper_refs", &self.paper_refs, &["document"]);
        remarks(faults, &self.notes);
    }
}

/// Heading and summary of ours.
pub(super) fn heading(faults: &mut Faults, title: &str, summary: Option<&String>) {
    plain(faults, "title", title);
    if let Some(summary) = summary {
        plain(faults, "summary", summary);
    }
}

/// Remarks of whoever is named.
pub(super) fn remarks(faults: &mut Faults, notes: &[Attributed]) {
    faults.each("notes", notes, |faults, path, note| note.check(faults, path));
}
