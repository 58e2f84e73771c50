//! The community's one document: members, standings, groups, purposes, legal bases, presets, approvals, clocks.
//!
//! It is written in TOML. Its digest is taken over a canonical form, so that comments and order do not matter and
//! peers can compare. It is the only source of these facts; each applied version is an epoch.

mod differences;
mod signing;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

pub use self::signing::{AgreementSignature, SIGNATURE_BYTES_MAX, Signing};
use crate::handling::is_state;
use crate::stix::{Digest, Tlp};
use crate::{Flag, HandlingCode, Iep, MemberId, ModelError, Pap, PublicKey, Purpose, ReleaseTable, Standing};

/// Largest agreement that is read, in bytes.
pub const AGREEMENT_BYTES_MAX: usize = 1 << 20;
const MEMBERS_MAX: usize = 1_000;

/// What an agreement may say about small counts.
const SMALL_CELLS: std::ops::RangeInclusive<u32> = 3..=20;

/// The whole agreement.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agreement {
    /// What the community calls itself.
    pub title: String,
    /// Version of the document, rising.
    pub version: u64,
    /// Whether this community exists for exercises and demonstrations only.
    #[serde(default)]
    pub exercise: bool,
    /// Who takes part.
    #[serde(default, rename = "member")]
    pub members: Vec<Member>,
    /// Groups that members can belong to, by name, with a title.
    #[serde(default)]
    pub groups: BTreeMap<String, String>,
    /// Purposes of exchange, by name.
    #[serde(default)]
    pub purposes: BTreeMap<String, Purpose>,
    /// Legal bases, by name, with a title.
    #[serde(default)]
    pub legal_bases: BTreeMap<String, String>,
    /// Named handlings for people to choose from.
    #[serde(default)]
    pub presets: BTreeMap<String, Preset>,
    /// The member that holds the chair: it is told who does not answer recalls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chair: Option<MemberId>,
    /// Below which number a count over personal data, or of persons, is told as "fewer than" it: 3 to 20, 5 when it is not
    /// said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub small_cell: Option<u32>,
    /// What needs a second person.
    #[serde(default)]
    pub two_person: BTreeSet<ApprovalRule>,
    /// Periods.
    #[serde(default)]
    pub clocks: Clocks,
    /// What each standing gets; local policies can be made from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<ReleaseTable>,
    /// Who signs the next version before it comes into force; nobody when it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signing: Option<Signing>,
    /// What classification marks of bodies mean here: at least which level.
    #[serde(default, rename = "classification", skip_serializing_if = "Vec::is_empty")]
    pub classifications: Vec<Classification>,
}

/// A classification mark of a body, and the level that a record with it has at least. The mark is kept as it is written
/// and never translated.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Classification {
    /// Whose mark it is: a member or another body.
    pub body: String,
    /// The mark as it is written there.
    pub mark: String,
    /// The level that it means here at least.
    pub tlp: Tlp,
    /// What else is to be heeded.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

impl Classification {
    /// Whether a text can be a mark: 1 to 200 bytes of plain text.
    pub fn is_mark(text: &str) -> bool {
        !text.trim().is_empty() && text.len() <= 200 && !text.chars().any(char::is_control)
    }
}

/// One member of the community.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// Its id; names are for display only.
    pub id: MemberId,
    /// Display name.
    pub name: String,
    /// What it is in the community.
    pub standing: Standing,
    /// The state to which it belongs (ISO 3166-1, two letters). What is blocked for any state does not go to a member
    /// whose state is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Whether it takes part now.
    #[serde(default = "yes")]
    pub active: bool,
    /// Groups it belongs to.
    #[serde(default)]
    pub groups: BTreeSet<String>,
    /// Whether its protection of personal data was found adequate.
    #[serde(default)]
    pub adequate: bool,
    /// Legal bases on which it may receive personal data.
    #[serde(default)]
    pub legal_bases: BTreeSet<String>,
    /// Its public keys; several while one replaces another.
    #[serde(default)]
    pub keys: Vec<PublicKey>,
    /// The member on whose node it lives, when it has none of its own: that member attests its records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hosted_by: Option<MemberId>,
}

/// A named handling for people to choose from.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preset {
    /// What it is for.
    #[serde(default)]
    pub title: String,
    /// Level.
    #[serde(default)]
    pub tlp: Option<Tlp>,
    /// Need-to-know groups.
    #[serde(default)]
    pub groups: BTreeSet<String>,
    /// Purposes.
    #[serde(default)]
    pub purposes: BTreeSet<String>,
    /// Consent to onward transfer.
    #[serde(default)]
    pub onward: bool,
    /// Handling code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<HandlingCode>,
    /// Permissible actions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pap: Option<Pap>,
    /// Circumstances that call for more care.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub flags: BTreeSet<Flag>,
    /// Information Exchange Policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iep: Option<Iep>,
}

/// A release that the agreement can make subject to a second person.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ApprovalRule {
    /// Publishing at TLP:RED.
    Red,
    /// Publishing personal data.
    PersonalData,
    /// Applying another version of the agreement.
    Agreement,
    /// Bringing other local policies or invariants into force.
    Policies,
    /// Publishing what is the first record of its originator to reach an observer.
    FirstToObserver,
}

/// Periods of the community.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clocks {
    /// How long a key to the exchange lives, in days.
    #[serde(default = "key_days")]
    pub key_days: u32,
    /// After how long personal data is reviewed, in days, when the record does not say.
    #[serde(default = "review_days")]
    pub review_days: u32,
    /// How long personal data that came without purpose or legal basis is held, in days.
    #[serde(default = "triage_days")]
    pub triage_days: u32,
    /// How long after its review date a record is erased, in days; until then somebody can still keep it.
    #[serde(default = "erase_days")]
    pub erase_days: u32,
    /// How long before its review date a record is listed as due, in days.
    #[serde(default = "warn_days")]
    pub warn_days: u32,
    /// How long a record stays once its purpose is achieved, in days.
    #[serde(default = "purpose_days")]
    pub purpose_days: u32,
    /// How long after a delivery the receipt of the member is expected, in hours; a day when it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt_hours: Option<u32>,
}

impl Clocks {
    /// How long after a delivery the receipt of the member is expected, in hours.
    #[must_use]
    pub fn receipt_hours(&self) -> u32 {
        self.receipt_hours.unwrap_or(24)
    }
}

impl Default for Clocks {
    fn default() -> Self {
        Self {
            key_days: key_days(),
            review_days: review_days(),
            triage_days: triage_days(),
            erase_days: erase_days(),
            warn_days: warn_days(),
            purpose_days: purpose_days(),
            receipt_hours: None,
        }
    }
}

fn yes() -> bool {
    true
}

fn key_days() -> u32 {
    365
}

fn review_days() -> u32 {
    1_095
}

fn triage_days() -> u32 {
    180
}

fn erase_days() -> u32 {
    30
}

fn warn_days() -> u32 {
    120
}

fn purpose_days() -> u32 {
    15
}

impl Agreement {
    /// Reads and checks an agreement.
    ///
    /// # Errors
    /// [`ModelError::Agreement`] with the line, when it is too large, is no TOML, has unknown fields, names a
    /// member twice, or uses a group, purpose or legal basis that it does not define.
    pub fn from_toml(text: &str) -> Result<Self, ModelError> {
        if text.len() > AGREEMENT_BYTES_MAX {
            return Err(ModelError::Agreement(format!("larger than {AGREEMENT_BYTES_MAX} bytes")));
        }
        let agreement: Self =
            toml::from_str(text).map_err(|error| ModelError::Agreement(error.to_string()))?;
        agreement.check()?;
        Ok(agreement)
    }

    /// The document as TOML.
    ///
    /// # Errors
    /// [`ModelError::Agreement`] when a value cannot be written as TOML.
    pub fn to_toml(&self) -> Result<String, ModelError> {
        toml::to_string_pretty(self).map_err(|error| ModelError::Agreement(error.to_string()))
    }

    /// SHA-256 of the canonical form: what peers compare.
    ///
    /// # Errors
    /// [`ModelError::Canonical`] when a number is beyond 2^53.
    pub fn digest(&self) -> Result<Digest, ModelError> {
        let mut sorted = self.clone();
        sorted.members.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(Digest::of(&crate::envelope::canonical_json(&sorted)?))
    }

    /// The member with this id.
    pub fn member(&self, id: &MemberId) -> Option<&Member> {
        self.members.iter().find(|member| &member.id == id)
    }

    /// The one member with this id or display name; none when it is unknown or the name is not unique.
    pub fn find(&self, id_or_name: &str) -> Option<&Member> {
        let mut found = self
            .members
            .iter()
            .filter(|member| member.id.as_str() == id_or_name || member.name == id_or_name);
        let first = found.next()?;
        if found.next().is_some() { None } else { Some(first) }
    }

    /// The level that a record with this classification mark has at least: the strictest, where several bodies use one
    /// mark. None when no body here uses it.
    pub fn level_of(&self, mark: &str) -> Option<Tlp> {
        self.classifications.iter().filter(|known| known.mark == mark).map(|known| known.tlp).max()
    }

    /// The display name of a member, or its id when the agreement does not know it.
    pub fn name_of<'a>(&'a self, id: &'a MemberId) -> &'a str {
        self.member(id).map_or(id.as_str(), |member| member.name.as_str())
    }

    /// Below which number a count over personal data, or of persons, is not told exactly.
    #[must_use]
    pub fn small_cell(&self) -> u32 {
        self.small_cell.unwrap_or(5)
    }

    fn check(&self) -> Result<(), ModelError> {
        let fault = |text: String| Err(ModelError::Agreement(text));
        if self.members.len() > MEMBERS_MAX {
            return fault(format!("more than {MEMBERS_MAX} members"));
        }
        if let Some(chair) = self.chair.as_ref().filter(|chair| self.member(chair).is_none()) {
            return fault(format!("the chair {chair} is no member"));
        }
        if let Some(cell) = self.small_cell.filter(|cell| !SMALL_CELLS.contains(cell)) {
            return fault(format!(
                "small_cell is {cell}: write {} to {}",
                SMALL_CELLS.start(),
                SMALL_CELLS.end()
            ));
        }
        let mut ids = BTreeSet::new();
        for member in &self.members {
            if !ids.insert(&member.id) {
                return fault(format!("member {} stands twice", member.id));
            }
            if member.name.trim().is_empty() || member.name.len() > 200 {
                return fault(format!("member {} needs a name of 1 to 200 bytes", member.id));
            }
            if let Some(state) = member.state.as_ref().filter(|state| !is_state(state)) {
                return fault(format!(
                    "member {} has state {state:?}: write two capital letters of ISO 3166-1",
                    member.name
                ));
            }
            if let Some(group) = member.groups.iter().find(|group| !self.groups.contains_key(*group)) {
                return fault(format!("member {} is in group `{group}`, which is not defined", member.name));
            }
            if let Some(host) = &member.hosted_by {
                if !member.keys.is_empty() {
                    return fault(format!("member {} has keys of its own and is hosted too", member.name));
                }
                if host == &member.id || self.member(host).is_none_or(|host| host.hosted_by.is_some()) {
                    return fault(format!(
                        "member {} is hosted by {host}, which has no node here",
                        member.name
                    ));
                }
            }
            if let Some(basis) =
                member.legal_bases.iter().find(|basis| !self.legal_bases.contains_key(*basis))
            {
                return fault(format!(
                    "member {} has legal basis `{basis}`, which is not defined",
                    member.name
                ));
            }
        }
        if let Some(text) = self.signing.as_ref().and_then(|signing| signing.fault(self)) {
            return fault(text);
        }
        if self.classifications.len() > MEMBERS_MAX {
            return fault(format!("more than {MEMBERS_MAX} classification marks"));
        }
        for known in &self.classifications {
            if !Classification::is_mark(&known.mark) || !Classification::is_mark(&known.body) {
                return fault(format!("classification mark `{}` needs a body and a mark", known.mark));
            }
        }
        if let Some(text) = self.release.as_ref().and_then(|table| table.fault(&self.groups)) {
            return fault(text);
        }
        for (name, preset) in &self.presets {
            if let Some(group) = preset.groups.iter().find(|group| !self.groups.contains_key(*group)) {
                return fault(format!("preset `{name}` uses group `{group}`, which is not defined"));
            }
            if let Some(purpose) =
                preset.purposes.iter().find(|purpose| !self.purposes.contains_key(*purpose))
            {
                return fault(format!("preset `{name}` uses purpose `{purpose}`, which is not defined"));
            }
            if let Some(Err(error)) = preset.iep.clone().map(Iep::checked) {
                return fault(format!("preset `{name}`: {error}"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"
title = "EXERCISE community"
version = 1
two_person = ["red"]
[groups]
council = "All full members"
[purposes]
border-security = "Security of borders"
[legal_bases]
[presets.council-only]
title = "The council"
tlp = "amber"
groups = ["council"]
[[member]]
id = "identity--00000000-0000-4000-8000-000000000001"
name = "EXERCISE one"
standing = "member"
groups = ["council"]
[[member]]
id = "identity--00000000-0000-4000-8000-000000000002"
name = "EXERCISE two"
standing = "observer"
"#;

    #[test]
    fn a_clock_that_is_not_set_leaves_the_digest_as_it_was() {
        let agreement = Agreement::from_toml(TEXT).unwrap();
        let text = serde_json::to_string(&agreement).unwrap();
        assert!(!text.contains("receipt_hours"), "{text}");
        assert_eq!(agreement.clocks.receipt_hours(), 24);
        let set = Agreement::from_toml(&format!("{TEXT}[clocks]\nreceipt_hours = 6\n")).unwrap();
        assert_eq!(set.clocks.receipt_hours(), 6);
        assert_ne!(set.digest().unwrap(), agreement.digest().unwrap());
        assert_eq!(Agreement::from_toml(&set.to_toml().unwrap()).unwrap(), set);
    }

    #[test]
    fn comments_and_order_do_not_change_the_digest() {
        let agreement = Agreement::from_toml(TEXT).unwrap();
        let mut turned = agreement.clone();
        turned.members.reverse();
        assert_eq!(agreement.digest().unwrap(), turned.digest().unwrap());
        let written = Agreement::from_toml(&agreement.to_toml().unwrap()).unwrap();
        assert_eq!(written, agreement);
        assert!(agreement.differences(&written).is_empty());
    }

    #[test]
    fn what_is_not_defined_cannot_be_used() {
        for (from, to) in [
            (r#"groups = ["council"]"#, r#"groups = ["other"]"#),
            ("standing = \"observer\"", "standing = \"guest\""),
            ("0002", "0001"),
            ("version = 1", "version = 1\nsecret = true"),
        ] {
            assert!(Agreement::from_toml(&TEXT.replace(from, to)).is_err(), "{from} -> {to}");
        }
    }

    #[test]
    fn differences_name_the_member_and_the_change() {
        let old = Agreement::from_toml(TEXT).unwrap();
        let new = Agreement::from_toml(&TEXT.replace("\"observer\"", "\"partner\"")).unwrap();
        assert_eq!(old.differences(&new), ["~ member EXERCISE two: standing observer -> partner"]);
    }

    #[test]
    fn d9_a_purpose_is_a_title_or_says_how_far_records_are_acted_upon() {
        let old = Agreement::from_toml(TEXT).unwrap();
        let title = r#"border-security = "Security of borders""#;
        let with = |value: &str| TEXT.replace(title, &format!("border-security = {value}"));
        let same = Agreement::from_toml(&with(r#"{ title = "Security of borders", use = "look" }"#)).unwrap();
        assert_eq!(same.digest().unwrap(), old.digest().unwrap(), "to look is what a title alone means");
        let table = r#"{ title = "Security of borders", use = "external-indirect", court = true }"#;
        let new = Agreement::from_toml(&with(table)).unwrap();
        let purpose = &new.purposes["border-security"];
        assert_eq!((purpose.usage, purpose.court), (crate::Use::ExternalIndirect, true));
        assert_eq!(Agreement::from_toml(&new.to_toml().unwrap()).unwrap(), new);
        assert_eq!(
            old.differences(&new),
            [
                r#"~ purpose border-security: "Security of borders" -> "Security of borders, use external-indirect, may come before a court""#
            ]
        );
        for wrong in [r#"{ title = "x", use = "shoot" }"#, r#"{ title = "x", uses = "look" }"#, "3"] {
            assert!(Agreement::from_toml(&with(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn h2_a_member_belongs_to_a_state_or_to_none_that_is_said() {
        let with = |state: &str| {
            TEXT.replace("standing = \"observer\"", &format!("standing = \"observer\"\nstate = \"{state}\""))
        };
        let old = Agreement::from_toml(TEXT).unwrap();
        let new = Agreement::from_toml(&with("QX")).unwrap();
        assert_eq!(old.differences(&new), ["~ member EXERCISE two: state none -> QX"]);
        assert!(!old.to_toml().unwrap().contains("state"), "an agreement without states keeps its digest");
        assert!(Agreement::from_toml(&with("Qx")).is_err());
    }

    #[test]
    fn d2_a_preset_can_state_code_pap_flags_and_an_iep() {
        let more = r#"
code = "H2"
pap = "amber"
flags = ["originator-control"]
[presets.council-only.iep]
id = "1"
name = "EXERCISE policy"
iep_version = 2.0
permitted_actions = "contact-for-instruction"
"#;
        let text = TEXT.replace(
            "tlp = \"amber\"\ngroups = [\"council\"]\n",
            &format!("tlp = \"amber\"\ngroups = [\"council\"]{more}"),
        );
        let agreement = Agreement::from_toml(&text).unwrap();
        let preset = &agreement.presets["council-only"];
        assert_eq!((preset.code, preset.pap), (Some(HandlingCode::H2), Some(Pap::Amber)));
        assert!(preset.iep.is_some() && preset.flags.contains(&Flag::OriginatorControl));
        assert_eq!(Agreement::from_toml(&agreement.to_toml().unwrap()).unwrap(), agreement);
        assert!(Agreement::from_toml(&text.replace("contact-for-instruction", "ask")).is_err());
    }

    #[test]
    fn a_hosted_member_names_a_member_with_a_node() {
        let hosted = |host: &str| {
            TEXT.replace("standing = \"observer\"", &format!("standing = \"observer\"\nhosted_by = \"identity--00000000-0000-4000-8000-00000000000{host}\""))
        };
        assert!(Agreement::from_toml(&hosted("1")).is_ok());
        assert!(Agreement::from_toml(&hosted("2")).is_err(), "itself");
        assert!(Agreement::from_toml(&hosted("3")).is_err(), "unknown");
    }

    #[test]
    fn what_a_table_of_release_leaves_out_stays_as_it_is_without_one_and_what_a_guard_denies_cannot_stand_in_it()
     {
        let with = |table: &str| Agreement::from_toml(&format!("{TEXT}\n[release]\n{table}\n"));
        let table = with("observer = [\"clear\"]\ngroups.council = [\"amber\"]").unwrap().release.unwrap();
        let standard = ReleaseTable::default();
        assert_eq!(
            (table.observer.len(), table.member, table.forward),
            (1, standard.member, standard.forward)
        );
        for (wrong, word) in [
            ("observer = [\"amber\"]", "TLP:GREEN"),
            ("forward = [\"amber+strict\"]", "TLP:AMBER"),
            ("partner = [\"red\"]", "TLP:AMBER+STRICT"),
            ("groups.other = [\"green\"]", "not defined"),
            ("guest = [\"green\"]", "unknown field"),
        ] {
            let refused = with(wrong).unwrap_err().to_string();
            assert!(refused.contains(word), "{wrong}: {refused}");
        }
        let before = Agreement::from_toml(TEXT).unwrap();
        assert!(
            !before.to_toml().unwrap().contains("release"),
            "an agreement without a table keeps its digest"
        );
        let after = with("partner = []").unwrap();
        assert_eq!(Agreement::from_toml(&after.to_toml().unwrap()).unwrap(), after);
        let told = before.differences(&after).concat();
        assert!(told.starts_with("release table none -> member [TLP:CLEAR, "), "{told}");
        assert!(told.contains("partner [], forward"), "{told}");
    }

    #[test]
    fn a_name_used_twice_names_nobody() {
        let agreement = Agreement::from_toml(&TEXT.replace("EXERCISE two", "EXERCISE one")).unwrap();
        assert!(agreement.find("EXERCISE one").is_none());
        assert!(agreement.find("identity--00000000-0000-4000-8000-000000000001").is_some());
    }

    #[test]
    fn b7_a_mark_means_the_strictest_level_that_anybody_agreed_on_and_a_change_of_it_is_told() {
        let mark = |body: &str, tlp: &str| {
            format!(
                "\n[[classification]]\nbody = \"{body}\"\nmark = \"EXERCISE RESTRICTED\"\ntlp = \"{tlp}\"\n"
            )
        };
        let before = Agreement::from_toml(TEXT).unwrap();
        let text = format!("{TEXT}{}{}", mark("EXERCISE one", "green"), mark("EXERCISE two", "amber+strict"));
        let agreement = Agreement::from_toml(&text).unwrap();
        assert_eq!(agreement.level_of("EXERCISE RESTRICTED"), Some(Tlp::AmberStrict));
        assert_eq!(agreement.level_of("EXERCISE SECRET"), None);
        assert_eq!(
            before.differences(&agreement)[1],
            "+ classification `EXERCISE RESTRICTED` of EXERCISE two: at least TLP:AMBER+STRICT"
        );
        assert_eq!(Agreement::from_toml(&agreement.to_toml().unwrap()).unwrap(), agreement);
        assert!(Agreement::from_toml(&format!("{TEXT}{}", mark(" ", "green"))).is_err());
        assert!(
            !before.to_toml().unwrap().contains("classification"),
            "an agreement without marks keeps its digest"
        );
    }
}
