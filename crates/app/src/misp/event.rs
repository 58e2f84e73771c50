//! The event as a whole, and its attributes.

use std::collections::BTreeMap;

use comity_stix::{Map, Value};

use super::attribute::{self, Mapped, pattern};
use super::build::{Face, Out, derived, id_for, map, text, texts, time_in, time_of};
use super::source::{Account, Node, short};
use super::tag::{Tags, tags};
use super::{galaxy, object, talk};

/// The conversion of one event.
pub(super) struct Context<'o> {
    pub(super) out: &'o mut Out,
    pub(super) account: &'o mut Account,
    /// Identifier of the event in MISP.
    pub(super) uuid: String,
    /// Its time, for parts that have none.
    pub(super) at: String,
    /// The identity of the organisation that made it.
    pub(super) author: Option<String>,
    /// What is known about its release.
    pub(super) face: Face,
    /// The identifier that the report or grouping will have.
    pub(super) whole: Option<String>,
    /// The main object of each part, by the part's identifier in MISP.
    pub(super) main: BTreeMap<String, String>,
    refs: Vec<String>,
    links: Vec<Value<'static>>,
}

impl Context<'_> {
    /// Takes a domain object or a relationship of this event.
    pub(super) fn sdo(
        &mut self,
        id: &str,
        at: &str,
        face: Face,
        body: Map<'static>,
    ) -> Result<String, String> {
        let id = self.out.sdo(id, at, self.author.as_deref(), face, body)?;
        self.refer(&id);
        Ok(id)
    }

    /// The report will name this object.
    pub(super) fn refer(&mut self, id: &str) {
        self.refs.push(id.to_owned());
    }

    /// The time of a part: its own, else that of the event.
    pub(super) fn time(&mut self, node: &Node<'_>) -> String {
        let Some(written) = node.text("timestamp") else { return self.at.clone() };
        match time_of(&written) {
            Some(at) => {
                self.account.take(node, &["timestamp"]);
                at
            }
            None => {
                if let Some(place) = node.get("timestamp") {
                    let why = "it is no time in seconds since 1970; the time of the event is used";
                    self.account.leave(&place, short(&written), why);
                }
                self.at.clone()
            }
        }
    }

    /// What a part says about its release and itself, together with the event.
    pub(super) fn tags(&mut self, node: &Node<'_>, carries_labels: bool) -> Tags {
        tags(self.account, node, carries_labels, self.face)
    }

    /// A relationship between two objects of the result.
    pub(super) fn relate(&mut self, from: &str, kind: &str, to: &str, face: Face) -> Result<String, String> {
        let id = derived("relationship", &[from, kind, to]);
        let body =
            map([("relationship_type", text(kind)), ("source_ref", text(from)), ("target_ref", text(to))]);
        let at = self.at.clone();
        self.sdo(&id, &at, face, body)
    }
}

/// Converts one event.
pub(super) fn convert(out: &mut Out, account: &mut Account, event: &Node<'_>) {
    let Some(at) = time_of_event(event) else {
        account.leave(event, "event", "it has no time: neither a timestamp nor a date that can be read");
        return;
    };
    let uuid = event.text("uuid").unwrap_or_default();
    let found = tags(account, event, true, Face::default());
    let kind = if event.flag("published") { "report" } else { "grouping" };
    let whole = event.get("info").map(|_| id_for(kind, Some(&uuid), &[&uuid]));
    let mut cx = Context {
        out,
        account,
        uuid,
        at,
        author: None,
        face: found.face,
        whole,
        main: BTreeMap::new(),
        refs: Vec::new(),
        links: Vec::new(),
    };
    author(&mut cx, event);
    for node in event.list("Attribute") {
        one(&mut cx, &node);
    }
    for node in event.list("Object") {
        object::convert(&mut cx, &node);
    }
    let face = cx.face;
    galaxy::galaxies(&mut cx, event, None, face);
    for node in event.list("Object") {
        talk::references(&mut cx, &node);
    }
    talk::reports(&mut cx, event);
    let about = cx.whole.clone();
    talk::opinions(&mut cx, event, about.as_deref(), face);
    talk::sightings(&mut cx, event);
    left(&mut cx, event);
    whole_of(&mut cx, event, found.labels);
}

fn time_of_event(event: &Node<'_>) -> Option<String> {
    let date = || {
        let written = event.text("date")?;
        time_in(&written).map(|time| time.replace('Z', ".000Z"))
    };
    let own = event.text("timestamp").and_then(|written| time_of(&written)).or_else(date);
    own.or_else(|| event.list("Attribute").iter().find_map(|node| time_of(&node.text("timestamp")?)))
}

/// The organisation that made the event. MISP gives it no time: the fixed one keeps it the same in every event.
fn author(cx: &mut Context<'_>, event: &Node<'_>) {
    if let Some(owner) = event.get("Org") {
        let name = owner.text("name").unwrap_or_default();
        cx.account.leave(&owner, short(&name), "it owns the copy in that MISP; the author is Orgc");
    }
    let Some(node) = event.get("Orgc") else { return };
    let Some(name) = node.text("name") else { return };
    let uuid = node.text("uuid");
    let id = id_for("identity", uuid.as_deref(), &[&name]);
    let body = map([("name", text(name.clone())), ("identity_class", text("organization"))]);
    match cx.out.sdo(&id, "1970-01-01T00:00:00.000Z", None, cx.face, body) {
        Ok(id) => {
            cx.account.take(&node, &["name", "uuid"]);
            cx.author = Some(id.clone());
            cx.refer(&id);
        }
        Err(why) => cx.account.leave(&node, short(&name), why),
    }
}

/// What stays behind as a whole, whatever it holds.
fn left(cx: &mut Context<'_>, event: &Node<'_>) {
    const PARTS: [(&str, &str); 5] = [
        ("RelatedEvent", "MISP's own correlation; the other event says what it says itself"),
        ("Relationship", "relationships between analyst data have no place of their own in STIX"),
        ("CryptographicKey", "signatures of MISP events do not cover the STIX objects"),
        ("ThreatLevel", "the label misp:threat_level_id says it"),
        ("User", "a person of that MISP"),
    ];
    for (key, why) in PARTS {
        if let Some(node) = event.get(key) {
            cx.account.leave(&node, key, why);
        }
    }
    proposals(cx, event);
    if let Some(node) = event.get("extends_uuid") {
        let what = node.value.as_str().unwrap_or_default();
        cx.account.leave(&node, what, "that the event extends another has no place in a report");
    }
}

/// Proposals of others to a part: they are not yet what its author says.
pub(super) fn proposals(cx: &mut Context<'_>, node: &Node<'_>) {
    for proposal in node.list("ShadowAttribute") {
        let what = described(&proposal);
        cx.account.leave(&proposal, what, "a proposal: its author has not accepted it yet");
    }
}

/// The report of a published event, the grouping of another.
fn whole_of(cx: &mut Context<'_>, event: &Node<'_>, mut labels: Vec<String>) {
    let Some(id) = cx.whole.clone() else {
        if !labels.is_empty() {
            cx.account.note(
                event,
                labels.join(", "),
                "tags of attributes without an event have no report to label",
            );
        }
        return;
    };
    for key in ["date", "threat_level_id", "analysis"] {
        if let Some(value) = event.text(key) {
            labels.push(format!("misp:{key}=\"{value}\""));
            cx.account.take(event, &[key]);
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    let refs: Vec<String> = cx.refs.iter().filter(|id| seen.insert((*id).clone())).cloned().collect();
    let mut body =
        map([("name", text(event.text("info").unwrap_or_default())), ("object_refs", texts(refs))]);
    if !labels.is_empty() {
        body.insert("labels", texts(labels));
    }
    if !cx.links.is_empty() {
        body.insert("external_references", Value::Array(cx.links.clone()));
    }
    let at = cx.time(event);
    if id.starts_with("report--") {
        let published = event.text("publish_timestamp").and_then(|text| time_of(&text));
        if published.is_some() {
            cx.account.take(event, &["publish_timestamp"]);
        }
        body.insert("published", text(published.unwrap_or_else(|| at.clone())));
    } else {
        body.insert("context", text("unspecified"));
    }
    let author = cx.author.clone();
    match cx.out.sdo(&id, &at, author.as_deref(), cx.face, body) {
        Ok(_) => cx.account.take(event, &["info", "uuid", "published"]),
        Err(why) => cx.account.note(event, "event", why),
    }
}

/// Type, category and identifier of an attribute: what a reader finds it by.
pub(super) fn described(node: &Node<'_>) -> String {
    let parts = ["type", "category", "uuid"].map(|key| node.text(key).unwrap_or_default());
    short(&parts.join(" / "))
}

/// The `data` of a part: an attachment or a sample.
pub(super) fn attachment(cx: &mut Context<'_>, node: &Node<'_>) {
    if let Some(data) = node.get("data") {
        let size = data.value.as_str().map_or(0, str::len);
        let what = format!("attachment, {size} bytes of base64");
        cx.account.leave(&data, what, "attachments and samples are never decoded or kept");
    }
}

/// Why an attribute cannot be looked at, if so.
pub(super) fn unreadable(node: &Node<'_>) -> Option<&'static str> {
    if node.value.as_object().is_none() {
        Some("it is no dictionary")
    } else if node.flag("deleted") {
        Some("it was deleted in MISP")
    } else if node.text("type").is_none() || node.text("value").is_none() {
        Some("it has no type or no value")
    } else {
        None
    }
}

/// An attribute that stands alone.
fn one(cx: &mut Context<'_>, node: &Node<'_>) {
    if let Some(why) = unreadable(node) {
        let what = described(node);
        return cx.account.leave(node, what, why);
    }
    let kind = node.text("type").unwrap_or_default();
    let value = node.text("value").unwrap_or_default();
    let tags = cx.tags(node, true);
    let at = cx.time(node);
    attachment(cx, node);
    proposals(cx, node);
    let seed = node.text("uuid").unwrap_or_else(|| format!("{}{}", cx.uuid, node.path));
    let made = match talk::plain(cx, node, &kind, &value, &tags, &at) {
        Some(made) => made,
        None if kind == "link" && !node.flag("to_ids") => link(cx, node, value),
        None => {
            let kind = if kind == "link" { "url" } else { kind.as_str() };
            match attribute::observe(cx.out, tags.face, &seed, kind, &value) {
                None => Err(no_place(kind).to_owned()),
                Some(Err(why)) => Err(why),
                Some(Ok(mapped)) => observed(cx, node, &value, mapped, &tags, &at).map(Some),
            }
        }
    };
    match made {
        Err(why) => {
            let what = described(node);
            cx.account.leave(node, what, why);
        }
        Ok(None) => cx.account.take(node, &["type", "value", "to_ids"]),
        Ok(Some(id)) => {
            cx.account.take(node, &["type", "value", "to_ids", "category"]);
            if let Some(uuid) = node.text("uuid") {
                cx.main.insert(uuid, id.clone());
                cx.account.take(node, &["uuid"]);
            }
            remark(cx, node, &id, tags.face, &at);
            galaxy::galaxies(cx, node, Some(&id), tags.face);
            talk::opinions(cx, node, Some(&id), tags.face);
            talk::seen(cx, node, &id, tags.face);
        }
    }
}

/// A comment: the description of what has one, a note about what has none.
fn remark(cx: &mut Context<'_>, node: &Node<'_>, id: &str, face: Face, at: &str) {
    let Some(comment) = node.text("comment") else { return };
    if !id.starts_with("observed-data--") {
        cx.account.take(node, &["comment"]);
        return;
    }
    let body = map([("content", text(comment)), ("object_refs", texts([id]))]);
    let note = derived("note", &[id, "comment"]);
    match cx.sdo(&note, at, face, body) {
        Ok(_) => cx.account.take(node, &["comment"]),
        Err(why) => {
            if let Some(place) = node.get("comment") {
                cx.account.leave(&place, "comment", why);
            }
        }
    }
}

/// A link without `to_ids` is where to read more about the event.
fn link(cx: &mut Context<'_>, node: &Node<'_>, value: String) -> Result<Option<String>, String> {
    if cx.whole.is_none() {
        return Err("there is no event whose report could refer to it".to_owned());
    }
    let mut body = map([("source_name", text("MISP link")), ("url", text(value))]);
    if let Some(comment) = node.text("comment") {
        body.insert("description", text(comment));
        cx.account.take(node, &["comment"]);
    }
    cx.links.push(Value::Object(body));
    Ok(None)
}

/// Why a type of attribute stays behind.
pub(super) fn no_place(kind: &str) -> &'static str {
    const PERSONAL: [&str; 26] = [
        "first-name",
        "middle-name",
        "last-name",
        "full-name",
        "date-of-birth",
        "place-of-birth",
        "gender",
        "passport-number",
        "passport-country",
        "passport-expiration",
        "redress-number",
        "nationality",
        "visa-number",
        "issue-date-of-the-visa",
        "primary-residence",
        "country-of-residence",
        "special-service-request",
        "frequent-flyer-number",
        "travel-details",
        "payment-details",
        "place-port-of-original-embarkation",
        "phone-number",
        "identity-card-number",
        "whois-registrant-name",
        "whois-registrant-phone",
        "passenger-name-record-locator-number",
    ];
    if PERSONAL.contains(&kind) {
        "it is personal data: enter it by hand, with a purpose and a legal basis"
    } else {
        "STIX has no type for it"
    }
}

/// The labels that keep what MISP says about an attribute.
pub(super) fn labels(node: &Node<'_>, keys: &[&str], tags: &Tags) -> Value<'static> {
    let own = keys.iter().filter_map(|key| node.text(key).map(|value| format!("misp:{key}=\"{value}\"")));
    texts(own.chain(tags.labels.iter().cloned()))
}

/// The indicator of what is marked for detection; the observation of what is not.
fn observed(
    cx: &mut Context<'_>,
    node: &Node<'_>,
    value: &str,
    mapped: Mapped,
    tags: &Tags,
    at: &str,
) -> Result<String, String> {
    let uuid = node.text("uuid");
    let labels = labels(node, &["type", "category"], tags);
    for id in &mapped.refs {
        cx.refer(id);
    }
    if node.flag("to_ids") {
        let pattern = pattern(&mapped.tests).ok_or("its value makes no valid pattern")?;
        let mut body = map([
            ("name", text(value)),
            ("pattern", text(pattern)),
            ("pattern_type", text("stix")),
            ("valid_from", text(at)),
            ("labels", labels),
        ]);
        if let Some(comment) = node.text("comment") {
            body.insert("description", text(comment));
        }
        let id = id_for("indicator", uuid.as_deref(), &[&cx.uuid, &node.path]);
        return cx.sdo(&id, at, tags.face, body);
    }
    let id = id_for("observed-data", uuid.as_deref(), &[&cx.uuid, &node.path]);
    let body = observation(cx, node, mapped.refs, labels, at)?;
    cx.sdo(&id, at, tags.face, body)
}

/// The properties of an observation. When it was made is the time of the attribute, unless MISP says it.
pub(super) fn observation(
    cx: &mut Context<'_>,
    node: &Node<'_>,
    refs: Vec<String>,
    labels: Value<'static>,
    at: &str,
) -> Result<Map<'static>, String> {
    if refs.is_empty() {
        return Err("without to_ids it would be an observation, and STIX has no object for it".to_owned());
    }
    let mut time = |key: &str| {
        let read = node.text(key).and_then(|written| time_in(&written));
        if read.is_some() {
            cx.account.take(node, &[key]);
        }
        read
    };
    let (first, last) = (time("first_seen"), time("last_seen"));
    let first_seen = first.clone().or_else(|| last.clone()).unwrap_or_else(|| at.to_owned());
    let last_seen = last.or(first).unwrap_or_else(|| at.to_owned());
    Ok(map([
        ("first_observed", text(first_seen)),
        ("last_observed", text(last_seen)),
        ("number_observed", Value::Integer(1)),
        ("object_refs", texts(refs)),
        ("labels", labels),
    ]))
}
