//! An object being put together from its attributes.

use std::collections::BTreeMap;

use comity_stix::{Map, Value};

use super::super::attribute::{Test, address_kind, expanded, hash_key, hash_path, observe, system_number};
use super::super::build::{Face, LIST_MAX, map, text, texts, time_in};
use super::super::event::Context;
use super::super::source::Node;
use super::super::talk;
use super::rows::{Row, Shape};

const ONE_ONLY: &str = "the STIX object has one such property, and another value stands there";

/// What is known of an object so far.
#[derive(Debug)]
pub(super) struct Draft<'v> {
    pub(super) seed: String,
    pub(super) face: Face,
    pub(super) shape: Option<&'static Shape>,
    pub(super) body: Map<'static>,
    /// Objects beside the main one.
    pub(super) extras: Vec<String>,
    /// Tests of the attributes that are marked for detection.
    pub(super) tests: Vec<Test>,
    /// Whether one of them is.
    pub(super) marked: bool,
    pub(super) done: Vec<Node<'v>>,
    pub(super) left: Vec<(Node<'v>, String)>,
    /// More values of the main object: each is an object of its own.
    names: Vec<String>,
    data: Map<'static>,
    protocols: Vec<String>,
    mail: Vec<(&'static str, String)>,
    displays: BTreeMap<&'static str, Vec<String>>,
    hosts: Vec<(&'static str, String)>,
    announced: Vec<String>,
    parent: Map<'static>,
    extension: Map<'static>,
    /// Properties of a message for which there are as many names as addresses.
    paired: Vec<&'static str>,
    unix: bool,
}

impl<'v> Draft<'v> {
    pub(super) fn new(
        seed: String,
        face: Face,
        shape: Option<&'static Shape>,
        attributes: &[Node<'v>],
    ) -> Self {
        let relations = || attributes.iter().filter_map(|node| node.text("object_relation"));
        let rows = || relations().filter_map(|relation| shape.and_then(|shape| shape.row(&relation)));
        let properties = ["from_ref", "to_refs", "cc_refs", "bcc_refs"];
        let count = |wanted: &dyn Fn(Row) -> bool| rows().filter(|row| wanted(*row)).count();
        let paired = properties.into_iter().filter(|property| {
            let addresses = count(
                &|row| matches!(row, Row::Ref(to, "email") | Row::Refs(to, "email") if to == *property),
            );
            addresses == count(&|row| matches!(row, Row::Display(to) if to == *property))
        });
        let is_unix = |node: &Node<'_>| {
            node.text("object_relation").as_deref() == Some("account-type")
                && node.text("value").as_deref() == Some("unix")
        };
        Self {
            seed,
            face,
            shape,
            body: Map::new(),
            extras: Vec::new(),
            tests: Vec::new(),
            marked: false,
            done: Vec::new(),
            left: Vec::new(),
            names: Vec::new(),
            data: Map::new(),
            protocols: Vec::new(),
            mail: Vec::new(),
            displays: BTreeMap::new(),
            hosts: Vec::new(),
            announced: Vec::new(),
            parent: Map::new(),
            extension: Map::new(),
            paired: paired.collect(),
            unix: attributes.iter().any(is_unix),
        }
    }

    fn kind(&self) -> &'static str {
        self.shape.map_or("", |shape| shape.kind)
    }

    /// Puts a value where its row says, and gives the tests that find it.
    pub(super) fn put(
        &mut self,
        cx: &mut Context<'_>,
        row: Row,
        kind: &str,
        value: &str,
    ) -> Result<Vec<Test>, String> {
        let main = self.kind();
        match row {
            Row::Text("value") if main == "domain-name" => {
                self.names.push(value.to_owned());
                Ok(vec![Test::text("domain-name:value", value)])
            }
            Row::Text("key") => {
                let key = expanded(value);
                self.set("key", text(key.clone()))?;
                Ok(vec![Test::text("windows-registry-key:key", &key)])
            }
            Row::Text(key) => {
                self.set(key, text(value)).map(|()| vec![Test::text(format!("{main}:{key}"), value)])
            }
            Row::Texts(key) => self.append(key, text(value)),
            Row::Whole(key) => self.whole(key, value),
            Row::Port(key) => {
                let port = value.parse::<u16>().map_err(|_| "it is no port number up to 65535".to_owned())?;
                self.set(key, Value::Integer(i64::from(port)))?;
                Ok(vec![Test::plain(format!("{main}:{key}"), port.to_string())])
            }
            Row::Flag(key) => match value.to_ascii_lowercase().as_str() {
                "true" | "1" => self.set(key, Value::Bool(true)).map(|()| Vec::new()),
                "false" | "0" => self.set(key, Value::Bool(false)).map(|()| Vec::new()),
                _ => Err("it is neither true nor false".to_owned()),
            },
            Row::Time(key) => {
                let time = time_in(value).ok_or("it is no time in UTC")?;
                self.set(key, text(time)).map(|()| Vec::new())
            }
            Row::Hash(name) => self.hash(name, value),
            Row::Sample => self.sample(value),
            Row::Ref("dst_ref", of) if kind.starts_with("ip-src") => self.refer(cx, "src_ref", of, value),
            Row::Ref(_, "email") | Row::Refs(_, "email") => self.address(row, value),
            Row::Ref(key, of) => self.refer(cx, key, of, value),
            Row::Refs(key, of) => {
                let id = self.single(cx, of, value)?;
                self.append(key, text(id))?;
                Ok(vec![Test::text(format!("{main}:{key}[*].value"), value)])
            }
            other => self.put_rare(cx, other, value),
        }
    }

    fn put_rare(&mut self, cx: &mut Context<'_>, row: Row, value: &str) -> Result<Vec<Test>, String> {
        match row {
            Row::Header(name) => self.header(name, value),
            Row::Display(key) => {
                if !self.paired.contains(&key) {
                    return Err("it cannot be told to which of the addresses it belongs".to_owned());
                }
                self.displays.entry(key).or_default().push(value.to_owned());
                Ok(Vec::new())
            }
            Row::Attached => self.attached(cx, value),
            Row::Data(key) => {
                fresh(&mut self.data, key, text(value))?;
                Ok(vec![Test::text(format!("windows-registry-key:values[*].{key}"), value)])
            }
            Row::Protocol => {
                let protocol = value.trim().to_ascii_lowercase();
                if !self.protocols.contains(&protocol) {
                    self.protocols.push(protocol);
                }
                Ok(Vec::new())
            }
            Row::Process(key) => self.process(cx, key, value),
            Row::ParentImage => {
                let id = self.single(cx, "filename", value)?;
                fresh(&mut self.parent, "image_ref", text(id))?;
                Ok(vec![Test::text("process:parent_ref.image_ref.name", value)])
            }
            Row::System => {
                let number = system_number(value)?;
                self.set("number", Value::Integer(number))?;
                Ok(vec![Test::plain("autonomous-system:number", number.to_string())])
            }
            Row::Announced => {
                let kind = address_kind(value)?;
                self.announced.push(value.to_owned());
                Ok(vec![Test::text(format!("{kind}:value"), value)])
            }
            Row::Host(key) => {
                let id = self.single(cx, "domain", value)?;
                self.hosts.push((key, id));
                Ok(vec![Test::text("domain-name:value", value)])
            }
            Row::Unix(key) => self.unix(key, value),
            Row::Code(source) => self.code(source, value),
            Row::Link => {
                let link = map([("source_name", text("url")), ("url", text(value))]);
                self.append("external_references", Value::Object(link))
            }
            Row::Pe(key) => self.pe(key, value),
            _ => Err("the STIX object has no property for it".to_owned()),
        }
    }

    fn set(&mut self, key: &'static str, value: Value<'static>) -> Result<(), String> {
        fresh(&mut self.body, key, value)
    }

    fn append(&mut self, key: &'static str, value: Value<'static>) -> Result<Vec<Test>, String> {
        match self.body.get_mut(key) {
            Some(Value::Array(list)) => {
                if list.len() >= LIST_MAX {
                    return Err(format!("`{key}` has {LIST_MAX} members already"));
                }
                if !list.contains(&value) {
                    list.push(value);
                }
            }
            Some(_) => return Err(ONE_ONLY.to_owned()),
            None => {
                self.body.insert(key, Value::Array(vec![value]));
            }
        }
        Ok(Vec::new())
    }

    fn whole(&mut self, key: &'static str, value: &str) -> Result<Vec<Test>, String> {
        let number =
            value.trim().parse::<u32>().map_err(|_| "it is no whole number of 32 bits".to_owned())?;
        self.set(key, Value::Integer(i64::from(number)))?;
        Ok(vec![Test::plain(format!("{}:{key}", self.kind()), number.to_string())])
    }

    fn hash(&mut self, name: &str, value: &str) -> Result<Vec<Test>, String> {
        let key = hash_key(name).ok_or("STIX has no name for this kind of hash")?;
        let mut all = match self.body.get("hashes") {
            Some(Value::Object(held)) => held.clone(),
            _ => Map::new(),
        };
        fresh(&mut all, key, text(value))?;
        self.body.insert("hashes", Value::Object(all));
        Ok(vec![Test::text(hash_path(self.kind(), key), value)])
    }

    fn sample(&mut self, value: &str) -> Result<Vec<Test>, String> {
        let (name, digest) = value.split_once('|').ok_or("it has no `|` between name and hash")?;
        self.set("name", text(name))?;
        let mut tests = self.hash("md5", digest)?;
        tests.insert(0, Test::text("file:name", name));
        Ok(tests)
    }

    /// An object of one value beside the main one.
    fn single(&self, cx: &mut Context<'_>, kind: &str, value: &str) -> Result<String, String> {
        let seed = format!("{}{kind}{value}", self.seed);
        let made = observe(cx.out, self.face, &seed, kind, value).ok_or("STIX has no type for it")??;
        made.refs.into_iter().next().ok_or_else(|| "STIX has no object for it".to_owned())
    }

    fn refer(
        &mut self,
        cx: &mut Context<'_>,
        key: &'static str,
        kind: &str,
        value: &str,
    ) -> Result<Vec<Test>, String> {
        let id = self.single(cx, kind, value)?;
        self.set(key, text(id.clone()))?;
        self.extras.push(id);
        let inner = match kind {
            "directory" => "path",
            "filename" => "name",
            _ => "value",
        };
        Ok(vec![Test::text(format!("{}:{key}.{inner}", self.kind()), value)])
    }

    fn address(&mut self, row: Row, value: &str) -> Result<Vec<Test>, String> {
        let (key, step) = match row {
            Row::Ref(key, _) => (key, ""),
            Row::Refs(key, _) => (key, "[*]"),
            _ => return Err(ONE_ONLY.to_owned()),
        };
        if step.is_empty() && self.mail.iter().any(|(held, _)| *held == key) {
            return Err(ONE_ONLY.to_owned());
        }
        self.mail.push((key, value.to_owned()));
        Ok(vec![Test::text(format!("email-message:{key}{step}.value"), value)])
    }

    fn header(&mut self, name: &'static str, value: &str) -> Result<Vec<Test>, String> {
        let mut all = match self.body.get("additional_header_fields") {
            Some(Value::Object(held)) => held.clone(),
            _ => Map::new(),
        };
        fresh(&mut all, name, texts([value]))?;
        self.body.insert("additional_header_fields", Value::Object(all));
        Ok(vec![Test::text(format!("email-message:additional_header_fields.'{name}'[*]"), value)])
    }

    fn attached(&mut self, cx: &mut Context<'_>, value: &str) -> Result<Vec<Test>, String> {
        let id = self.single(cx, "filename", value)?;
        let part = map([
            ("body_raw_ref", text(id.clone())),
            ("content_disposition", text(format!("attachment; filename='{value}'"))),
        ]);
        self.append("body_multipart", Value::Object(part))?;
        self.extras.push(id);
        Ok(vec![Test::text("email-message:body_multipart[*].body_raw_ref.name", value)])
    }

    fn process(&mut self, cx: &mut Context<'_>, key: &'static str, value: &str) -> Result<Vec<Test>, String> {
        let pid = value.parse::<u32>().map_err(|_| "it is no number of a process".to_owned())?;
        let pid = Value::Integer(i64::from(pid));
        if key == "parent_ref" {
            fresh(&mut self.parent, "pid", pid)?;
            return Ok(vec![Test::plain("process:parent_ref.pid", value)]);
        }
        let id = cx.out.sco("process", self.face, &[&self.seed, key, value], map([("pid", pid)]))?;
        self.append(key, text(id.clone()))?;
        self.extras.push(id);
        Ok(vec![Test::plain(format!("process:{key}[*].pid"), value)])
    }

    fn unix(&mut self, key: &'static str, value: &str) -> Result<Vec<Test>, String> {
        if !self.unix {
            return Err("STIX has a property for it only on Unix accounts".to_owned());
        }
        match (key, self.extension.get_mut(key)) {
            ("groups", Some(Value::Array(list))) => list.push(text(value)),
            ("groups", _) => {
                self.extension.insert(key, texts([value]));
            }
            ("gid", _) => {
                let gid = value.parse::<u32>().map_err(|_| "it is no number of a group".to_owned())?;
                fresh(&mut self.extension, key, Value::Integer(i64::from(gid)))?;
            }
            _ => fresh(&mut self.extension, key, text(value))?,
        }
        Ok(Vec::new())
    }

    fn code(&mut self, source: &'static str, value: &str) -> Result<Vec<Test>, String> {
        if source == "cve" {
            for (key, value) in talk::vulnerability(value) {
                match (key.as_ref(), value) {
                    ("name", value) => self.set("name", value)?,
                    (_, Value::Array(items)) => {
                        for item in items {
                            self.append("external_references", item)?;
                        }
                    }
                    _ => {}
                }
            }
            return Ok(Vec::new());
        }
        let number = value.trim().trim_start_matches("CAPEC-");
        let link = map([("source_name", text("capec")), ("external_id", text(format!("CAPEC-{number}")))]);
        self.append("external_references", Value::Object(link))
    }

    fn pe(&mut self, key: &'static str, value: &str) -> Result<Vec<Test>, String> {
        let held = match key {
            "time_date_stamp" => text(time_in(value).ok_or("it is no time in UTC")?),
            "number_of_sections" => {
                let number = value.parse::<u32>().map_err(|_| "it is no whole number".to_owned())?;
                Value::Integer(i64::from(number))
            }
            _ => text(value),
        };
        fresh(&mut self.extension, key, held)?;
        let path = format!("file:extensions.'windows-pebinary-ext'.{key}");
        Ok(if key == "imphash" { vec![Test::text(path, value)] } else { Vec::new() })
    }

    /// Makes the main object and what stands beside it: the identifiers, the main one first.
    pub(super) fn make(&mut self, cx: &mut Context<'_>) -> Result<Vec<String>, String> {
        let kind = self.kind();
        self.beside(cx)?;
        for (key, value) in self.shape.map_or(&[][..], |shape| shape.fixed) {
            self.body.insert(*key, text(*value));
        }
        let body = std::mem::take(&mut self.body);
        let mut refs = Vec::new();
        let seed = self.seed.clone();
        for name in std::mem::take(&mut self.names) {
            let mut one = body.clone();
            one.insert("value", text(name));
            refs.push(cx.out.sco(kind, self.face, &[&seed], one)?);
        }
        let only_fixed = self.shape.is_none_or(|shape| body.len() <= shape.fixed.len());
        if kind == "domain-name" {
            let ends = body.get("resolves_to_refs").and_then(Value::as_array).unwrap_or_default();
            refs.extend(ends.iter().filter_map(Value::as_str).map(str::to_owned));
        } else if !only_fixed {
            refs.push(cx.out.sco(kind, self.face, &[&seed], body)?);
        }
        let system = refs.first().cloned();
        for value in std::mem::take(&mut self.announced) {
            let mut net = map([("value", text(value.clone()))]);
            if let Some(system) = &system {
                net.insert("belongs_to_refs", texts([system.clone()]));
            }
            self.extras.push(cx.out.sco(address_kind(&value)?, self.face, &[], net)?);
        }
        refs.append(&mut self.extras);
        let mut seen = std::collections::BTreeSet::new();
        refs.retain(|id| seen.insert(id.clone()));
        Ok(refs)
    }

    /// The properties that several attributes make together.
    fn beside(&mut self, cx: &mut Context<'_>) -> Result<(), String> {
        match self.kind() {
            "email-message" => {
                self.addresses(cx)?;
                if !self.body.is_empty() {
                    let parts = self.body.contains_key("body_multipart");
                    self.body.insert("is_multipart", Value::Bool(parts));
                }
            }
            "network-traffic" => self.network(),
            "windows-registry-key" if !self.data.is_empty() => {
                let values = Value::Array(vec![Value::Object(std::mem::take(&mut self.data))]);
                self.body.insert("values", values);
            }
            "process" if !self.parent.is_empty() => {
                let parent = std::mem::take(&mut self.parent);
                self.extras.extend(parent.get("image_ref").and_then(Value::as_str).map(str::to_owned));
                let id = cx.out.sco("process", self.face, &[&self.seed, "parent"], parent)?;
                self.body.insert("parent_ref", text(id.clone()));
                self.extras.push(id);
            }
            "file" if self.extension.len() == 1 && self.extension.contains_key("pe_type") => {
                self.extension = Map::new();
                let is_type = |node: &Node<'_>| node.text("object_relation").as_deref() == Some("type");
                let why = "the extension of STIX for executables needs more than the type";
                let (types, others) = std::mem::take(&mut self.done).into_iter().partition(is_type);
                self.done = others;
                self.left.extend(Vec::into_iter(types).map(|node| (node, why.to_owned())));
            }
            "user-account" | "file" if !self.extension.is_empty() => {
                let name = if self.kind() == "file" { "windows-pebinary-ext" } else { "unix-account-ext" };
                let one = Value::Object(std::mem::take(&mut self.extension));
                self.body.insert("extensions", Value::Object(map([(name, one)])));
            }
            "software" if !self.body.contains_key("name") => {
                if let Some(cpe) = self.body.get("cpe").cloned() {
                    self.body.insert("name", cpe);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn addresses(&mut self, cx: &mut Context<'_>) -> Result<(), String> {
        let mut displays = std::mem::take(&mut self.displays);
        displays.values_mut().for_each(|names| names.reverse());
        for (key, value) in std::mem::take(&mut self.mail) {
            let mut one = map([("value", text(value))]);
            if let Some(name) = displays.get_mut(key).and_then(Vec::pop) {
                one.insert("display_name", text(name));
            }
            let id = cx.out.sco("email-addr", self.face, &[], one)?;
            if key == "from_ref" {
                self.set(key, text(id.clone()))?;
            } else {
                self.append(key, text(id.clone()))?;
            }
            self.extras.push(id);
        }
        Ok(())
    }

    fn network(&mut self) {
        for (key, id) in std::mem::take(&mut self.hosts) {
            if !self.body.contains_key(key) {
                self.body.insert(key, text(id.clone()));
            }
            self.extras.push(id);
        }
        let has_end = self.body.contains_key("src_ref") || self.body.contains_key("dst_ref");
        if !has_end && self.protocols.is_empty() {
            return;
        }
        if self.protocols.is_empty() {
            let ends = ["src_ref", "dst_ref"].iter().filter_map(|key| self.body.get(key)?.as_str());
            let six = ends.clone().any(|id| id.starts_with("ipv6-addr"));
            let four = ends.clone().any(|id| id.starts_with("ipv4-addr"));
            let known = if six {
                "ipv6"
            } else if four {
                "ipv4"
            } else {
                "tcp"
            };
            self.protocols.push(known.to_owned());
        }
        self.body.insert("protocols", texts(std::mem::take(&mut self.protocols)));
    }
}

/// Puts a value under a key that is free, or holds the same.
fn fresh(body: &mut Map<'static>, key: &'static str, value: Value<'static>) -> Result<(), String> {
    match body.get(key) {
        Some(held) if *held == value => Ok(()),
        Some(_) => Err(ONE_ONLY.to_owned()),
        None => {
            body.insert(key, value);
            Ok(())
        }
    }
}
