//! Galaxies: knowledge about actors, malware, tools and techniques that an event is tagged with.
//!
//! A cluster becomes an object of the event's author under an identifier of its own: the identifier of the cluster in
//! MISP is often that of the object in ATT&CK, for which only MITRE speaks.

use comity_stix::{Map, Value};

use super::build::{Face, derived, map, text, texts};
use super::event::Context;
use super::source::{Node, short};

/// Kinds of galaxies with a plain counterpart.
const KINDS: [(&str, &str); 22] = [
    ("mitre-attack-pattern", "attack-pattern"),
    ("mitre-enterprise-attack-attack-pattern", "attack-pattern"),
    ("mitre-mobile-attack-attack-pattern", "attack-pattern"),
    ("mitre-ics-techniques", "attack-pattern"),
    ("mitre-malware", "malware"),
    ("mitre-enterprise-attack-malware", "malware"),
    ("mitre-mobile-attack-malware", "malware"),
    ("ransomware", "malware"),
    ("rat", "malware"),
    ("banker", "malware"),
    ("stealer", "malware"),
    ("botnet", "malware"),
    ("malpedia", "malware"),
    ("android", "malware"),
    ("mitre-tool", "tool"),
    ("mitre-enterprise-attack-tool", "tool"),
    ("mitre-intrusion-set", "intrusion-set"),
    ("mitre-enterprise-attack-intrusion-set", "intrusion-set"),
    ("threat-actor", "threat-actor"),
    ("mitre-course-of-action", "course-of-action"),
    ("mitre-enterprise-attack-course-of-action", "course-of-action"),
    ("branded-vulnerability", "vulnerability"),
];

/// Takes the galaxies of a part; `about` is its main object.
pub(super) fn galaxies(cx: &mut Context<'_>, node: &Node<'_>, about: Option<&str>, face: Face) {
    for galaxy in node.list("Galaxy") {
        let kind = galaxy.text("type").unwrap_or_default();
        let known = KINDS.iter().find(|(name, _)| *name == kind).map(|(_, kind)| *kind);
        let Some(known) = known else {
            let why = "this kind of galaxy has no plain counterpart in STIX";
            cx.account.leave(&galaxy, short(&format!("galaxy {kind}")), why);
            continue;
        };
        let mut all = true;
        for cluster in galaxy.list("GalaxyCluster") {
            if let Err(why) = one(cx, &cluster, known, about, face) {
                let what = short(&cluster.text("value").unwrap_or_default());
                cx.account.leave(&cluster, what, why);
                all = false;
            }
        }
        if all {
            cx.account.take(&galaxy, &["type"]);
        }
        for key in ["name", "description", "uuid"] {
            if let Some(place) = galaxy.get(key) {
                let what = short(&galaxy.text(key).unwrap_or_default());
                cx.account.leave(&place, what, "it describes the galaxy, not the event");
            }
        }
    }
}

fn one(
    cx: &mut Context<'_>,
    node: &Node<'_>,
    kind: &str,
    about: Option<&str>,
    face: Face,
) -> Result<(), String> {
    let value = node.text("value").ok_or("it has no name")?;
    let uuid = node.text("uuid").unwrap_or_default();
    let meta = node.get("meta");
    let code = meta.as_ref().and_then(|meta| first(&meta.get("external_id")?));
    let name = match &code {
        Some(code) => value.strip_suffix(&format!(" - {code}")).unwrap_or(&value),
        None => &value,
    };
    let mut body = map([("name", text(name))]);
    if kind == "malware" {
        body.insert("is_family", Value::Bool(true));
    }
    if let Some(description) = node.text("description") {
        body.insert("description", text(description));
        cx.account.take(node, &["description"]);
    }
    if let Some(meta) = &meta {
        aliases(cx, meta, kind, &mut body);
    }
    let sources = sources(cx, node, meta.as_ref(), code.as_deref(), kind);
    body.insert("external_references", Value::Array(sources));
    let id = derived(kind, &[&cx.uuid, &uuid, &value]);
    let at = cx.at.clone();
    let id = cx.sdo(&id, &at, face, body)?;
    cx.account.take(node, &["value", "uuid", "type"]);
    if let Some(about) = about {
        let verb = relation(about, kind);
        cx.relate(about, verb, &id, face)?;
    }
    Ok(())
}

/// The one word of a list, or the text itself.
fn first(node: &Node<'_>) -> Option<String> {
    match node.value.as_array() {
        Some([one]) => super::source::scalar(one),
        Some(_) => None,
        None => super::source::scalar(node.value),
    }
}

/// The texts of a list; none when one of its members is no text, so that the list is left as a whole.
fn words(meta: &Node<'_>, key: &str) -> Vec<String> {
    let all: Option<Vec<String>> =
        meta.list(key).iter().map(|node| super::source::scalar(node.value)).collect();
    all.unwrap_or_default()
}

fn aliases(cx: &mut Context<'_>, meta: &Node<'_>, kind: &str, body: &mut Map<'static>) {
    const NAMED: [&str; 5] = ["malware", "tool", "threat-actor", "intrusion-set", "attack-pattern"];
    let names = words(meta, "synonyms");
    if !names.is_empty() && NAMED.contains(&kind) {
        body.insert("aliases", texts(names));
        cx.account.take(meta, &["synonyms"]);
    }
}

/// Where the cluster comes from: its identifier in MISP, its code in ATT&CK or as a CVE, and its references.
fn sources(
    cx: &mut Context<'_>,
    node: &Node<'_>,
    meta: Option<&Node<'_>>,
    code: Option<&str>,
    kind: &str,
) -> Vec<Value<'static>> {
    let galaxy = node.text("type").unwrap_or_default();
    let uuid = node.text("uuid").unwrap_or_default();
    let value = node.text("value").unwrap_or_default();
    let named = format!("misp-galaxy:{galaxy}=\"{value}\"");
    let mut all = vec![map([
        ("source_name", text("misp-galaxy")),
        ("external_id", text(if uuid.is_empty() { value } else { uuid })),
        ("description", text(named)),
    ])];
    let Some(meta) = meta else { return all.into_iter().map(Value::Object).collect() };
    if let Some(code) = code {
        let source = if galaxy.starts_with("mitre-") { "mitre-attack" } else { "misp-galaxy" };
        all.push(map([("source_name", text(source)), ("external_id", text(code))]));
        cx.account.take(meta, &["external_id"]);
    }
    if kind == "vulnerability" {
        for alias in words(meta, "aliases") {
            all.push(map([("source_name", text("cve")), ("external_id", text(alias))]));
            cx.account.take(meta, &["aliases"]);
        }
    }
    for url in words(meta, "refs") {
        all.push(map([("source_name", text("url")), ("url", text(url))]));
        cx.account.take(meta, &["refs"]);
    }
    all.into_iter().map(Value::Object).collect()
}

/// What an object of an event is to a cluster it is tagged with.
fn relation(about: &str, kind: &str) -> &'static str {
    const INDICATED: [&str; 5] = ["attack-pattern", "intrusion-set", "malware", "threat-actor", "tool"];
    if about.starts_with("indicator--") && INDICATED.contains(&kind) { "indicates" } else { "related-to" }
}
