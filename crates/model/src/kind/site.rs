//! Training sites and channels: what is run for a purpose, with or without anybody known.

use serde::{Deserialize, Serialize};

use super::basis::{Basis, Citation, plain};
use super::date::Period;
use super::fault::Faults;
use super::place::Place;
use crate::neutral;

/// A place where persons are trained.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainingSite {
    /// A heading.
    pub title: String,
    /// What is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// Where.
    pub place: Place,
    /// When it was used.
    #[serde(default, skip_serializing_if = "Period::is_open")]
    pub active: Period,
    /// What is trained, as terms of a vocabulary.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub activities: Vec<Citation>,
    /// How many persons it holds at a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity: Option<u32>,
    /// On what it rests.
    pub basis: Basis,
}

impl TrainingSite {
    pub(super) fn check(&self, faults: &mut Faults) {
        described(faults, &self.title, self.summary.as_deref());
        self.place.check(faults, "place");
        self.active.check(faults, "active");
        faults.each("activities", &self.activities, |faults, path, activity| activity.check(faults, path));
    }
}

/// Forms of channels: publications and accounts, nothing else.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChannelForm {
    /// Journal, leaflet or book.
    Periodical,
    /// Radio or television.
    Broadcast,
    /// Website.
    Website,
    /// Account on a social network.
    SocialAccount,
    /// Channel or closed group of a messenger.
    MessengerChannel,
    /// Place for files on a network.
    FileStore,
}

/// A publication or account that spreads calls to violence. A place where people gather, such as a place of worship or
/// a school, is none, and nothing said there makes it one.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Channel {
    /// Its own title or a heading.
    pub title: String,
    /// What it spreads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// Its form.
    pub form: ChannelForm,
    /// Where it is found: addresses and handles; at least one.
    pub locators: Vec<String>,
    /// Its languages as tags of RFC 5646.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<String>,
    /// When it was active.
    #[serde(default, skip_serializing_if = "Period::is_open")]
    pub active: Period,
    /// On what it rests.
    pub basis: Basis,
}

impl Channel {
    pub(super) fn check(&self, faults: &mut Faults) {
        described(faults, &self.title, self.summary.as_deref());
        refuse_place(faults, "title", &self.title);
        if self.locators.is_empty() {
            faults.add(
                "B1",
                "channel-without-locator",
                "locators",
                "say where the publication or account is found",
            );
        }
        faults.each("locators", &self.locators, |faults, path, locator| {
            faults.filled(path, locator);
            if locator.contains(char::is_whitespace) {
                let message = "a locator is an address, handle or number without spaces; a place is none";
                faults.add("B1", "channel-locator", path, message);
            }
        });
        self.active.check(faults, "active");
    }
}

/// Refuses words for a place of worship or a school.
pub(super) fn refuse_place(faults: &mut Faults, path: &str, text: &str) {
    if let Some(notice) = neutral::gathering_places(text).first() {
        let message = format!(
            "{:?} is a place of worship or a school, and no such place is a channel; record the publication or account",
            notice.word
        );
        faults.add("B1", "channel-is-a-place", path, message);
    }
}

fn described(faults: &mut Faults, title: &str, summary: Option<&str>) {
    plain(faults, "title", title);
    if let Some(summary) = summary {
        plain(faults, "summary", summary);
    }
}
