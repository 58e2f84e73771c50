//! Some forty invented records under mixed handling, and by hand what each of two members sees of them.
//!
//! South is a full member of the group `council`, and its key states a purpose and a legal basis. West is an observer
//! in no group, and its key states nothing.

use serde_json::Value;

use crate::stage::{SOUTH, WEST};

/// What a member sees of a record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Sees {
    Whole,
    /// This much of it, as JSON.
    Part(String),
    Nothing,
}
use Sees::{Nothing, Part, Whole};

/// One record and what South and West see of it.
pub struct Case {
    pub text: String,
    pub south: Sees,
    pub west: Sees,
}

/// Records that are imported together with the same options.
pub struct Group {
    pub options: Vec<&'static str>,
    pub cases: Vec<Case>,
}

impl Case {
    pub fn property(&self, name: &str) -> Option<String> {
        let object: Value = serde_json::from_str(&self.text).unwrap();
        object.get(name).and_then(Value::as_str).map(str::to_owned)
    }

    pub fn id(&self) -> String {
        self.property("id").unwrap()
    }

    /// The version as the node names it: an object without `created` counts from the epoch.
    pub fn version(&self) -> String {
        let written = self.property("modified").or_else(|| self.property("created"));
        written.unwrap_or_else(|| "1970-01-01T00:00:00.000000Z".to_owned())
    }

    /// What a member gets, as JSON; none when it gets nothing.
    pub fn received_by(&self, member: &str) -> Option<&str> {
        match if member == SOUTH { &self.south } else { &self.west } {
            Whole => Some(&self.text),
            Part(text) => Some(text),
            Nothing => None,
        }
    }

    /// The word that `who-sees` uses.
    pub fn word(&self, member: &str) -> &'static str {
        match if member == SOUTH { &self.south } else { &self.west } {
            Whole => "whole",
            Part(_) => "part",
            Nothing => "nothing",
        }
    }
}

const GREEN: &str = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb";
const AMBER: &str = "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421";
const STRICT: &str = "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003";
const RED: &str = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1";
const OLD_WHITE: &str = "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9";
const OLD_GREEN: &str = "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da";
const OLD_AMBER: &str = "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82";
const OLD_RED: &str = "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed";
/// A statement, imported among the records.
const STATEMENT: &str = "marking-definition--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f9003";
/// A marking that nobody here knows.
const FOREIGN: &str = "marking-definition--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f9999";
/// The id of the note that exists in three versions.
pub const VERSIONED: &str = "note--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f8000";
/// The id of the note that the test withdraws after its import.
pub const WITHDRAWN: &str = "note--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f8100";
/// The id of the note that is not published.
pub const DRAFT_ID: &str = "note--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0047";
/// The options of that group whose records are not published.
pub const DRAFT: &str = "--draft";

fn id(kind: &str, number: u16) -> String {
    format!("{kind}--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f{number:04}")
}

fn markings(refs: &[&str]) -> String {
    if refs.is_empty() {
        String::new()
    } else {
        format!(r#","object_marking_refs":["{}"]"#, refs.join(r#"",""#))
    }
}

fn note(number: u16, refs: &[&str]) -> String {
    note_version(&id("note", number), "2026-01-01T00:00:00.000Z", refs)
}

fn note_version(id: &str, modified: &str, refs: &[&str]) -> String {
    let (about, markings) = (self::id("identity", 9001), markings(refs));
    format!(
        r#"{{"type":"note","spec_version":"2.1","id":"{id}","created":"2026-01-01T00:00:00.000Z","modified":"{modified}","abstract":"EXERCISE note","content":"EXERCISE Übung учение","object_refs":["{about}"]{markings}}}"#
    )
}

fn indicator(number: u16, refs: &[&str]) -> String {
    let (id, markings) = (id("indicator", number), markings(refs));
    format!(
        r#"{{"type":"indicator","spec_version":"2.1","id":"{id}","created":"2026-01-02T00:00:00.000Z","modified":"2026-01-02T00:00:00.000Z","name":"EXERCISE indicator","pattern":"[ipv4-addr:value = '192.0.2.{}']","pattern_type":"stix","valid_from":"2026-01-02T00:00:00Z"{markings}}}"#,
        number % 250
    )
}

/// A green report with more inside; `granular` are its granular markings.
fn report(number: u16, more: &str, granular: &str) -> String {
    let (id, about) = (id("report", number), self::id("identity", 9001));
    let granular =
        if granular.is_empty() { String::new() } else { format!(r#","granular_markings":[{granular}]"#) };
    format!(
        r#"{{"type":"report","spec_version":"2.1","id":"{id}","created":"2026-01-03T00:00:00.000Z","modified":"2026-01-03T00:00:00.000Z","name":"EXERCISE report","published":"2026-01-03T00:00:00Z"{more},"object_refs":["{about}"],"object_marking_refs":["{GREEN}"]{granular}}}"#
    )
}

fn part(marking: &str, selectors: &str) -> String {
    format!(r#"{{"marking_ref":"{marking}","selectors":[{selectors}]}}"#)
}

fn both(text: String) -> Case {
    Case { text, south: Whole, west: Whole }
}

fn south(text: String) -> Case {
    Case { text, south: Whole, west: Nothing }
}

fn west(text: String) -> Case {
    Case { text, south: Nothing, west: Whole }
}

fn none(text: String) -> Case {
    Case { text, south: Nothing, west: Nothing }
}

fn group(options: &[&'static str], cases: Vec<Case>) -> Group {
    Group { options: options.to_vec(), cases }
}

/// All of it, in the order of import.
pub fn groups() -> Vec<Group> {
    let mut all = vec![frame(), levels()];
    all.extend(names_and_groups());
    all.extend(purposes_and_dates());
    all.push(parts());
    all.extend(versions());
    all
}

/// Clear records of many types, with bytes that a careless server would rewrite.
fn frame() -> Group {
    let identity = format!(
        r#"{{"type":"identity","spec_version":"2.1","id":"{}","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z","name":"EXERCISE desk","identity_class":"group"}}"#,
        id("identity", 9001)
    );
    let location = format!(
        "{{ \"modified\" : \"2026-01-01T00:00:00.000001Z\",\n \"type\":\"location\", \"spec_version\":\"2.1\", \"id\":\"{}\",\
         \"created\":\"2026-01-01T00:00:00.000Z\", \"name\":\"EXERCISE \\u0423\\u0447\\u0435\\u043d\\u0438\\u0435 \\ud83d\\ude80 \\/\", \
         \"latitude\": 4.725e1, \"longitude\": 39.0,\t\"precision\": 1E3 }}",
        id("location", 9002)
    );
    let statement = format!(
        r#"{{"type":"marking-definition","spec_version":"2.1","id":"{STATEMENT}","created":"2026-01-01T00:00:00.000Z","definition_type":"statement","definition":{{"statement":"EXERCISE - fictional"}}}}"#
    );
    let address = r#"{"type":"ipv4-addr","spec_version":"2.1","id":"ipv4-addr--ff26c055-6336-5bc5-b98d-13d6226742dd","value":"198.51.100.3"}"#;
    let domain = r#"{"type":"domain-name","id":"domain-name--3c10e93f-798e-5a26-a0c1-08156efab7f5","value":"exercise.example"}"#;
    let relationship = format!(
        r#"{{"type":"relationship","spec_version":"2.1","id":"{}","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z","relationship_type":"located-at","source_ref":"{}","target_ref":"{}"}}"#,
        id("relationship", 9004),
        id("identity", 9001),
        id("location", 9002)
    );
    let texts = [identity, location, statement, address.to_owned(), domain.to_owned(), relationship];
    group(&["--tlp", "clear"], texts.into_iter().map(both).collect())
}

/// What the markings in the bytes say by themselves.
fn levels() -> Group {
    group(
        &[],
        vec![
            both(note(1, &[GREEN])),
            south(note(2, &[AMBER])),
            south(note(3, &[STRICT])),
            none(note(4, &[RED])),
            both(note(5, &[OLD_WHITE])),
            both(indicator(6, &[OLD_GREEN])),
            south(indicator(7, &[OLD_AMBER])),
            none(indicator(8, &[OLD_RED])),
            none(note(9, &[])),
            none(note(10, &[STATEMENT])),
            none(note(11, &[GREEN, FOREIGN])),
            both(note(12, &[STATEMENT, GREEN])),
            south(note(13, &[GREEN, AMBER])),
        ],
    )
}

fn names_and_groups() -> Vec<Group> {
    vec![
        group(
            &["--group", "council"],
            vec![south(note(20, &[GREEN])), south(indicator(21, &[AMBER])), none(note(22, &[RED]))],
        ),
        group(&["--group", "council", "--to", WEST], vec![both(note(23, &[GREEN]))]),
        group(
            &["--to", SOUTH],
            vec![south(note(24, &[RED])), south(note(25, &[AMBER])), both(note(26, &[GREEN]))],
        ),
        group(
            &["--to", WEST],
            vec![west(indicator(27, &[RED])), both(indicator(28, &[AMBER])), none(note(29, &[]))],
        ),
        group(&["--to", SOUTH, "--to", WEST], vec![both(note(30, &[RED]))]),
        group(
            &["--exclude", SOUTH],
            vec![west(note(31, &[GREEN])), none(note(32, &[AMBER])), west(indicator(33, &[OLD_WHITE]))],
        ),
        group(&["--exclude", WEST, "--tlp", "clear"], vec![south(note(34, &[]))]),
        group(&["--tlp", "red", "--to", WEST], vec![west(note(35, &[GREEN]))]),
    ]
}

fn purposes_and_dates() -> Vec<Group> {
    vec![
        group(&["--purpose", "border-security"], vec![south(note(40, &[GREEN]))]),
        group(
            &["--personal", "--category", "contact", "--purpose", "border-security", "--basis", "treaty-4"],
            vec![south(note(41, &[AMBER])), south(note(42, &[GREEN]))],
        ),
        group(&["--embargo", "2099-01-01T00:00:00Z"], vec![none(note(43, &[GREEN]))]),
        group(&["--embargo", "2020-01-01T00:00:00Z"], vec![both(note(44, &[GREEN]))]),
        group(&["--until", "2020-01-01T00:00:00Z"], vec![none(note(45, &[GREEN]))]),
        group(&["--until", "2099-01-01T00:00:00Z"], vec![both(note(46, &[GREEN]))]),
        group(&[DRAFT], vec![none(note(47, &[GREEN]))]),
    ]
}

/// Green records with parts that are marked more strictly, or otherwise.
fn parts() -> Group {
    let text = r#","description":"EXERCISE for some""#;
    let amber_text = report(50, text, &part(AMBER, r#""description""#));
    let labels = |kept: &str| format!(r#","labels":[{kept}]"#);
    let mixed = [part(RED, r#""labels.[1]""#), part(AMBER, r#""labels.[0]","labels.[3]""#)].join(",");
    let labelled = report(51, &labels(r#""one","two","three","four""#), &mixed);
    let for_south =
        report(51, &labels(r#""one","three","four""#), &part(AMBER, r#""labels.[0]","labels.[2]""#));
    let for_west = report(51, &labels(r#""three""#), "");
    let sources = |second: &str| {
        format!(
            r#","external_references":[{{"source_name":"EXERCISE a","external_id":"1"}},{{"source_name":"EXERCISE b","external_id":"2"{second}}}]"#
        )
    };
    let sourced = report(
        52,
        &sources(r#","description":"EXERCISE source""#),
        &part(STRICT, r#""external_references.[1].description""#),
    );
    let nameless = report(53, "", &part(RED, r#""name""#));
    let spoken = report(54, text, r#"{"lang":"en","selectors":["description"]}"#);
    let stated = report(55, text, &part(STATEMENT, r#""description""#));
    let green = report(56, text, &part(GREEN, r#""description""#));
    let unknown = report(57, text, &part(FOREIGN, r#""description""#));
    let named = part(STATEMENT, r#""name""#);
    let stated_name = report(58, text, &[part(FOREIGN, r#""description""#), named.clone()].join(","));
    let for_both = || Part(report(58, "", &named));
    group(
        &[],
        vec![
            Case { text: amber_text, south: Whole, west: Part(report(50, "", "")) },
            Case { text: labelled, south: Part(for_south), west: Part(for_west) },
            Case { text: sourced, south: Whole, west: Part(report(52, &sources(""), "")) },
            none(nameless),
            both(spoken),
            both(stated),
            both(green),
            Case { text: unknown, south: Part(report(57, "", "")), west: Part(report(57, "", "")) },
            Case { text: stated_name, south: for_both(), west: for_both() },
        ],
    )
}

/// Three versions of one note, each under another handling, and one that is taken back.
fn versions() -> Vec<Group> {
    let version = |modified: &str, level| note_version(VERSIONED, modified, &[level]);
    vec![
        group(
            &[],
            vec![
                both(version("2026-01-01T00:00:00.000Z", GREEN)),
                south(version("2026-02-01T00:00:00.000Z", AMBER)),
                none(version("2026-03-01T00:00:00.000Z", RED)),
            ],
        ),
        group(&[], vec![none(note_version(WITHDRAWN, "2026-01-01T00:00:00.000Z", &[GREEN]))]),
    ]
}
