//! Tags and distribution: what becomes a marking, what a label, and what is only reported.

use comity_stix::Tlp;

use super::build::{Face, LIST_MAX};
use super::source::{Account, Node};

/// How a tag of the exchange policy that names a level starts; `white` of its taxonomy is clear.
const IEP_LEVEL: &str = "iep2-policy:tlp=";

/// The tags of a part: its release, and its labels.
#[derive(Debug, Default)]
pub(super) struct Tags {
    pub(super) face: Face,
    pub(super) labels: Vec<String>,
}

/// Reads tags and distribution of a part. Labels are only taken when there is an object to carry them.
pub(super) fn tags(account: &mut Account, node: &Node<'_>, carries_labels: bool, outer: Face) -> Tags {
    let levels = node.list("Tag").into_iter().filter_map(|tag| level(&tag.text("name")?));
    let strictest = levels.max().max(outer.tlp);
    let mut found = Tags { face: outer, labels: Vec::new() };
    for tag in node.list("Tag") {
        let Some(name) = tag.text("name") else { continue };
        let lower = name.trim().to_ascii_lowercase();
        if lower.starts_with("tlp:") || lower.starts_with(IEP_LEVEL) {
            release(account, &tag, &name, strictest, &mut found.face);
        } else if lower.starts_with("pap:") {
            account.leave(&tag, name, "STIX has no permissible actions: state them at import with --pap");
        } else if lower.starts_with("iep2-policy:") || lower.starts_with("iep2-reference:") {
            // STIX has no place for it, and to drop a limit would loosen it.
            found.face.closed = true;
            account.leave(
                &tag,
                name,
                "an exchange policy: state it at import with --iep; until then nobody else gets it",
            );
        } else if lower.starts_with("workflow:") {
            account.leave(&tag, name, "it steers the work inside one MISP");
        } else if tag.flag("local") {
            account.leave(&tag, name, "a local tag stays in its MISP");
        } else if found.labels.len() >= LIST_MAX {
            account.leave(&tag, name, "more tags than are taken of one part");
        } else if carries_labels {
            account.take(&tag, &["name"]);
            if !found.labels.contains(&name) {
                found.labels.push(name);
            }
        } else {
            account.leave(&tag, name, "observables and relationships of the result carry no labels");
        }
    }
    found.face.closed |= closed(account, node);
    found
}

/// The level that a tag names, if it names one.
fn level(name: &str) -> Option<Tlp> {
    let lower = name.trim().to_ascii_lowercase();
    if let Some(word) = lower.strip_prefix(IEP_LEVEL) {
        return word.trim_matches('"').parse().ok();
    }
    let (first, word) = name.split_once(':')?;
    if first.trim().eq_ignore_ascii_case("tlp") { word.trim().parse().ok() } else { None }
}

/// A TLP tag. One that is not known is taken for the strictest, since nobody can say whom it excludes.
fn release(account: &mut Account, tag: &Node<'_>, name: &str, strictest: Option<Tlp>, face: &mut Face) {
    match level(name) {
        Some(level) if strictest > Some(level) => {
            account.leave(tag, name, "a stricter TLP tag of this part or of the event holds");
            face.tlp = face.tlp.max(strictest);
        }
        Some(level) => {
            account.take(tag, &["name"]);
            face.tlp = face.tlp.max(Some(level));
        }
        None => {
            account.leave(tag, name, "it is no level of TLP 1 or 2.0; the part is handled as TLP:RED");
            face.tlp = Some(Tlp::Red);
        }
    }
}

/// Whether the distribution keeps the part where it is; every distribution but "inherit" is reported.
fn closed(account: &mut Account, node: &Node<'_>) -> bool {
    let Some(level) = node.text("distribution") else { return false };
    let Some(place) = node.get("distribution") else { return false };
    let (what, closed) = match level.as_str() {
        "0" => ("your organisation only", true),
        "1" => ("this community only", false),
        "2" => ("connected communities", false),
        "3" => ("all communities", false),
        "4" => ("a sharing group", true),
        "5" => return false,
        _ => ("an unknown distribution", true),
    };
    let why = match (level.as_str(), closed) {
        ("4", _) => {
            "distribution 4: state a handling at import; the members of the sharing group are named with --to"
        }
        ("0", _) => "distribution 0: state a handling at import; until then nobody else gets it",
        (_, true) => {
            "this distribution is not known: state a handling at import; until then nobody else gets it"
        }
        _ => "it is no marking and never widens one: TLP tags, or what is stated at import, decide",
    };
    account.leave(&place, format!("distribution {level}: {what}"), why);
    if let Some(group) = node.get("SharingGroup") {
        let name = group.text("name").unwrap_or_default();
        account.leave(&group, format!("sharing group {name}"), "name its members at import with --to");
    }
    closed
}
