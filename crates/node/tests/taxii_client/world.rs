//! A node with all the records, and a key for each of two members.

use std::collections::BTreeMap;
use std::path::Path;

use comity_stix::{Limits, canonical, parse};
use serde_json::Value;

use crate::client::Client;
use crate::records::{Case, DRAFT, Group, WITHDRAWN, groups};
use crate::stage::{Node, SOUTH, Server, WEST};

/// The one collection with the records.
pub const REPORTS: &str = "Reports";
/// A collection that only South has a key to; it stays empty.
pub const EMPTY: &str = "South only";

/// What is said about who sees what: (id, version, member) to `whole`, `part` or `nothing`.
pub type Views = BTreeMap<(String, String, String), String>;

/// A key as the client needs it.
pub struct Key {
    pub id: String,
    user: String,
    pub secret: String,
}

impl Key {
    /// Issues a key.
    pub fn make(node: &Node, member: &str, options: &[&str]) -> Self {
        let key = node.json(&[&["key", "add", "--member", member], options].concat());
        let text = |name: &str| key[name].as_str().unwrap().to_owned();
        Self { id: text("id"), user: text("user"), secret: text("secret") }
    }

    /// The foreign client with this key.
    pub fn client<'a>(&'a self, python: &'a Path, server: &'a Server) -> Client<'a> {
        Client { python, server, user: &self.user, secret: &self.secret }
    }
}

/// The node.
pub struct World {
    pub node: Node,
    pub groups: Vec<Group>,
    pub south: Key,
    pub west: Key,
}

impl World {
    /// The node with its keys; nothing is imported yet.
    pub fn make() -> Self {
        let node = Node::make("EXERCISE North desk", None);
        node.agree(|agreement| {
            let bases: toml::Table = "treaty-4 = 'Treaty, article 4'".parse().unwrap();
            agreement.insert("legal_bases".to_owned(), bases.into());
            let members = agreement["member"].as_array_mut().unwrap();
            let south = members.iter_mut().find(|member| member["name"].as_str() == Some(SOUTH)).unwrap();
            let south = south.as_table_mut().unwrap();
            south.insert("adequate".to_owned(), true.into());
            south.insert("legal_bases".to_owned(), vec!["treaty-4"].into());
        });
        node.ok(&["collection", "add", REPORTS, "--description", "EXERCISE records"]);
        node.ok(&["collection", "add", EMPTY]);
        node.ok(&["collection", "add", "For nobody"]);
        let south = ["--collection", REPORTS, "--collection", EMPTY];
        let context = ["--purpose", "border-security", "--basis", "treaty-4"];
        let south = Key::make(&node, SOUTH, &[&south[..], &context].concat());
        let west = Key::make(&node, WEST, &["--collection", REPORTS]);
        Self { node, groups: groups(), south, west }
    }

    /// The node with all records in it; `before` sees each group before its import.
    pub fn filled(before: impl Fn(&Self, &Group)) -> Self {
        let world = Self::make();
        for group in &world.groups {
            before(&world, group);
            world.import(group);
        }
        world.node.ok(&["withdraw", WITHDRAWN, "--reason", "EXERCISE over"]);
        world
    }

    fn import(&self, group: &Group) {
        let file = self.file(group);
        let summary =
            self.node.json(&[&["import", &file, "--collection", REPORTS], &group.options[..]].concat());
        let taken = if group.options.contains(&DRAFT) { "held" } else { "accepted" };
        assert_eq!(summary[taken], group.cases.len(), "{summary}");
    }

    fn file(&self, group: &Group) -> String {
        let objects: Vec<&str> = group.cases.iter().map(|case| case.text.as_str()).collect();
        let bundle = format!(
            r#"{{"type":"bundle","id":"bundle--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f7000","objects":[{}]}}"#,
            objects.join(",")
        );
        self.node.file("bundle.json", bundle.as_bytes())
    }

    /// Every record in the order of import.
    pub fn cases(&self) -> impl Iterator<Item = &Case> {
        self.groups.iter().flat_map(|group| &group.cases)
    }

    /// What the list made by hand says about these records.
    pub fn by_hand<'a>(cases: impl Iterator<Item = &'a Case>) -> Views {
        let view = |case: &Case, member: &str| {
            ((case.id(), case.version(), member.to_owned()), case.word(member).to_owned())
        };
        cases.flat_map(|case| [view(case, SOUTH), view(case, WEST)]).collect()
    }

    /// What `who-sees` says about records that are not imported yet.
    pub fn preview(&self, group: &Group) -> Views {
        let file = self.file(group);
        views(&self.node.json(&[&["who-sees", &file, "--collection", REPORTS], &group.options[..]].concat()))
    }

    /// What `who-sees` says about every record.
    pub fn promises(&self) -> Views {
        let ask = |case: &Case| self.node.json(&["who-sees", &format!("{}@{}", case.id(), case.version())]);
        self.cases().flat_map(|case| views(&ask(case))).collect()
    }

    /// The key of a member.
    pub fn key(&self, member: &str) -> &Key {
        if member == SOUTH { &self.south } else { &self.west }
    }

    /// Every version that a member sees, in canonical form, in the order of import.
    pub fn versions_for(&self, member: &str) -> Vec<String> {
        self.cases().filter_map(|case| case.received_by(member)).map(canon).collect()
    }

    /// The newest visible version of each object that a member sees, likewise.
    pub fn objects_for(&self, member: &str) -> Vec<String> {
        let seen: Vec<&Case> = self.cases().filter(|case| case.received_by(member).is_some()).collect();
        let newest = |case: &Case| {
            !seen.iter().any(|other| other.id() == case.id() && other.version() > case.version())
        };
        let kept = seen.iter().filter(|case| newest(case));
        kept.filter_map(|case| case.received_by(member)).map(canon).collect()
    }
}

fn views(answer: &Value) -> Views {
    let text = |sight: &Value, name: &str| sight[name].as_str().unwrap().to_owned();
    let sights = answer.as_array().unwrap().iter();
    sights
        .map(|sight| {
            ((text(sight, "id"), text(sight, "version"), text(sight, "member")), text(sight, "view"))
        })
        .collect()
}

/// The canonical form (RFC 8785) of a JSON text.
pub fn canon(text: &str) -> String {
    let value = parse(text.as_bytes(), &Limits::default()).unwrap();
    String::from_utf8(canonical(&value).unwrap()).unwrap()
}

/// The canonical forms of what a client got.
pub fn canons(objects: &[Value]) -> Vec<String> {
    objects.iter().map(|object| canon(&object.to_string())).collect()
}

/// Holds what a member got against what it should get, object by object.
pub fn assert_same(member: &str, got: &[String], expected: &[String]) {
    for (at, (got, expected)) in got.iter().zip(expected).enumerate() {
        assert_eq!(got, expected, "{member}: object {at}");
    }
    assert_eq!(got.len(), expected.len(), "{member}: the number of objects");
}

/// Holds what is said about who sees what against the list made by hand, entry by entry.
pub fn assert_agree(said: &Views, by_hand: &Views) {
    for (entry, view) in by_hand {
        assert_eq!(said.get(entry), Some(view), "{entry:?}");
    }
    assert_eq!(said.len(), by_hand.len(), "more is said than the list holds");
}
