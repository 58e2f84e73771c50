//! MISP events become STIX objects, and nothing of them is lost silently.
//!
//! The corpus is `misp-stix-pairs.jsonl.gz`: events with the bundle that misp-stix makes of each.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::PathBuf;

use comity_app::misp::{Converted, MispError, convert, is_event};
use comity_app::stix::pattern::{ComparisonKind, Operator, PatternLimits, parse_lenient};
use comity_app::stix::{Level, Limits, Object, Pattern, Registry, Tlp, validate};
use serde_json::{Value, json};

fn pairs() -> Option<Vec<Value>> {
    #[allow(clippy::disallowed_methods, reason = "tests find the corpora by this one variable")]
    let file =
        std::env::var_os("COMITY_SHARED").map(PathBuf::from)?.join("data/stix/misp-stix-pairs.jsonl.gz");
    let Ok(bytes) = std::fs::read(file) else {
        #[allow(clippy::disallowed_methods, reason = "a check that runs on no data must not look like one")]
        let required = std::env::var_os("CI").is_some();
        assert!(!required, "COMITY_SHARED names no folder with data/stix");
        eprintln!("left out: COMITY_SHARED names no folder with data/stix");
        return None;
    };
    let mut text = String::new();
    flate2::read::GzDecoder::new(&bytes[..]).read_to_string(&mut text).unwrap();
    Some(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

fn converted(event: &Value) -> Result<Converted, MispError> {
    convert(event.to_string().as_bytes(), &Limits::default())
}

fn objects(made: &Converted) -> Vec<Value> {
    made.objects.iter().map(|bytes| serde_json::from_slice(bytes).unwrap()).collect()
}

fn of_type<'a>(objects: &'a [Value], kind: &str) -> Vec<&'a Value> {
    objects.iter().filter(|object| object["type"] == kind).collect()
}

/// An EXERCISE event with these fields beside its name, time and identifier.
fn event(more: Value) -> Value {
    let mut event = json!({
        "uuid": "11111111-2222-4333-8444-000000000001", "info": "EXERCISE event", "date": "2026-01-02",
        "timestamp": "1767355200", "published": true,
        "Orgc": {"name": "EXERCISE North desk", "uuid": "11111111-2222-4333-8444-000000000002"},
    });
    for (key, value) in more.as_object().unwrap() {
        event[key] = value.clone();
    }
    json!({"Event": event})
}

fn domain(more: Value) -> Value {
    let mut one = json!({"type": "domain", "category": "Network activity", "to_ids": true,
        "uuid": "11111111-2222-4333-8444-000000000003", "timestamp": "1767355201", "value": "exercise.example"});
    for (key, value) in more.as_object().unwrap() {
        one[key] = value.clone();
    }
    one
}

fn markings(object: &Value) -> Vec<Tlp> {
    let refs = object["object_marking_refs"].as_array().cloned().unwrap_or_default();
    refs.iter().filter_map(|id| Tlp::from_marking_id(id.as_str().unwrap())).collect()
}

#[test]
fn every_object_made_of_the_corpus_is_valid_and_made_the_same_again() {
    let Some(pairs) = pairs() else { return };
    let (mut events, mut count) = (0, 0);
    for pair in &pairs {
        let bytes = pair["misp"].to_string();
        let Ok(made) = converted(&pair["misp"]) else {
            assert_eq!(pair["name"], "get_invalid_attribute");
            continue;
        };
        assert!(is_event(bytes.as_bytes(), &Limits::default()), "{}", pair["name"]);
        assert_eq!(converted(&pair["misp"]).unwrap(), made);
        events += 1;
        let mut ids = BTreeSet::new();
        for bytes in &made.objects {
            let object = Object::parse(bytes, &Limits::default()).unwrap();
            let errors: Vec<_> = validate(&object, &Registry::standard())
                .into_iter()
                .filter(|finding| finding.level == Level::Error)
                .collect();
            assert!(errors.is_empty(), "{}: {errors:?}", pair["name"]);
            if let Some(pattern) = object.value().get("pattern").and_then(|pattern| pattern.as_str())
                && object.value().get("pattern_type").and_then(|kind| kind.as_str()) == Some("stix")
            {
                Pattern::parse(pattern).unwrap();
            }
            assert!(ids.insert(object.id().unwrap().as_str().to_owned()));
            count += 1;
        }
    }
    println!("{events} events, {count} objects, all valid");
    assert_eq!(events, 90);
}

/// Every leaf with its path, as the list of what was not taken writes it.
fn leaves(value: &Value, path: &str, found: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                leaves(value, &if path.is_empty() { key.clone() } else { format!("{path}.{key}") }, found);
            }
        }
        Value::Array(items) => {
            for (at, value) in items.iter().enumerate() {
                leaves(value, &format!("{path}[{at}]"), found);
            }
        }
        Value::Null => {}
        Value::String(text) if text.is_empty() => {}
        leaf => found.push((path.to_owned(), leaf.clone())),
    }
}

fn starred(path: &str) -> String {
    let mut parts = path.split('[');
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |text, part| format!("{text}[*]{}", part.split_once(']').unwrap().1))
}

fn is_listed(made: &Converted, path: &str) -> bool {
    let star = starred(path);
    made.not_taken.iter().any(|lost| {
        lost.path == star
            || path
                .strip_prefix(&lost.path)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    })
}

/// Whether what a leaf says stands in the result, in one of the spellings that the two formats have for it.
fn is_in(text: &str, path: &str, leaf: &Value) -> bool {
    let said = leaf.as_str().map_or_else(|| leaf.to_string(), str::to_owned);
    let field = path.rsplit('.').next().unwrap();
    let has = |word: &str| text.contains(&format!("\n{word}\n"));
    let part = |word: &str| text.contains(word);
    match field {
        // They decide what kind of object is made.
        "to_ids" => true,
        "published" => part("\nreport\n") || part("\ngrouping\n"),
        "timestamp" | "publish_timestamp" | "date_sighting" => {
            let at = comity_app::stix::Timestamp::from_micros(said.parse::<i64>().unwrap() * 1_000_000);
            has(&at.as_str().replace(".000000Z", ".000Z"))
        }
        "created" | "modified" => part(&said.replace(' ', "T")),
        "uuid" | "referenced_uuid" | "object_uuid" => part(&said.to_ascii_lowercase()),
        "name" if said.to_ascii_lowercase().starts_with("tlp:") => {
            let word = said.split_once(':').unwrap().1;
            has(word.parse::<Tlp>().unwrap().marking_id())
        }
        "type" | "category" | "date" => part(&said),
        "value" | "external_id" | "relationship_type" | "opinion" => {
            let plain = |word: &str| {
                let word = word.trim();
                let full = word.replacen("HKLM\\", "HKEY_LOCAL_MACHINE\\", 1);
                let digits = word.trim_start_matches(['A', 'S']);
                let time = word.replace("+0000", "Z").replace("+00:00", "Z").replace(".000000", "");
                has(word)
                    || has(digits)
                    || has(&full)
                    || has(&word.to_ascii_lowercase())
                    || has(&word.to_ascii_lowercase().replace('_', "-"))
                    || has(&format!("CAPEC-{word}"))
                    || part(&format!("\"{word}\""))
                    || has(&time)
                    || has(&format!("{time}Z"))
            };
            plain(&said)
                || said.rsplit_once(" - ").is_some_and(|(name, code)| has(name) && has(code))
                || (said.contains('|') && said.split('|').all(plain))
        }
        _ => has(&said) || part(&format!("=\"{said}\"")),
    }
}

#[test]
fn every_leaf_of_every_event_is_in_the_result_or_on_the_list() {
    let Some(pairs) = pairs() else { return };
    let (mut all, mut listed, mut missing) = (0, 0, Vec::new());
    for pair in &pairs {
        let Ok(made) = converted(&pair["misp"]) else { continue };
        let mut said = Vec::new();
        objects(&made).iter().for_each(|object| leaves(object, "", &mut said));
        let words: Vec<String> = said
            .iter()
            .map(|(_, leaf)| leaf.as_str().map_or_else(|| leaf.to_string(), str::to_owned))
            .collect();
        let text = format!("\n{}\n", words.join("\n\n"));
        let mut parts = Vec::new();
        leaves(&pair["misp"], "", &mut parts);
        for (path, leaf) in parts {
            all += 1;
            if is_listed(&made, &path) {
                listed += 1;
            } else if !is_in(&text, &path, &leaf) {
                missing.push(format!(
                    "{} {path} = {}",
                    pair["name"],
                    leaf.to_string().chars().take(80).collect::<String>()
                ));
            }
        }
    }
    println!("{all} leaves: {} taken, {listed} listed as not taken", all - listed);
    assert!(missing.is_empty(), "{} silent:\n{}", missing.len(), missing.join("\n"));
}

/// One spelling: hives in full as the standard demands, percent signs without the backslash that misp-stix adds.
fn spelt(value: &str) -> String {
    value.replacen("HKLM\\", "HKEY_LOCAL_MACHINE\\", 1).replace("\\%", "%")
}

/// Whether a path of a pattern asks for the content of an attachment.
fn is_attached(path: &str) -> bool {
    path.contains("content_ref") && !path.contains("hashes")
}

/// The observables of a set of objects: type, property and value of each property of text or number.
fn observables(objects: &[Value]) -> (BTreeSet<[String; 3]>, BTreeSet<String>) {
    const PROPERTIES: [&str; 28] = [
        "imphash",
        "content_disposition",
        "value",
        "name",
        "key",
        "path",
        "number",
        "subject",
        "message_id",
        "body",
        "pid",
        "user_id",
        "account_login",
        "account_type",
        "display_name",
        "credential",
        "serial_number",
        "issuer",
        "cpe",
        "src_port",
        "dst_port",
        "size",
        "payload_bin",
        "vendor",
        "version",
        "received_lines",
        "data",
        "url",
    ];
    let mut found = BTreeSet::new();
    let mut words = BTreeSet::new();
    for object in objects {
        let kind = object["type"].as_str().unwrap().to_owned();
        let is_observable = comity_app::stix::observable::contributing(&kind).is_some();
        if is_observable {
            let mut parts = Vec::new();
            leaves(object, "", &mut parts);
            for (path, leaf) in parts {
                let plain = starred(&path).replace("[*]", "");
                let last = plain.rsplit('.').next().unwrap();
                let value = spelt(&leaf.as_str().map_or_else(|| leaf.to_string(), str::to_owned));
                let is_hash = plain.starts_with("hashes.");
                let is_header = plain.starts_with("additional_header_fields.");
                if is_hash || is_header || (PROPERTIES.contains(&last) && !plain.contains("x_misp")) {
                    let property = if is_hash { "hash" } else { last };
                    found.insert([kind.clone(), property.to_owned(), value]);
                }
            }
        }
        if object["type"] == "indicator" && object["pattern_type"] == "stix" {
            let said = object["pattern"].as_str().unwrap();
            let Ok(pattern) = parse_lenient(said, &PatternLimits::default()) else {
                println!("no pattern: {}", said.chars().take(120).collect::<String>());
                continue;
            };
            for leaf in pattern.comparisons() {
                if let ComparisonKind::Test(test) = &leaf.kind
                    && !test.path.to_string().contains("x_misp")
                    && !test.path.to_string().ends_with(".type")
                {
                    let said = leaf.to_string();
                    let value = said.split_once(" = ").map_or(said.as_str(), |(_, value)| value);
                    let value = value.trim_matches('\'').replace("\\'", "'").replace("\\\\", "\\");
                    assert!(matches!(test.operator, Operator::Equal | Operator::In), "{said}");
                    words.insert(format!("{}\u{0}{}", test.path, spelt(&value)));
                }
            }
        }
    }
    (found, words)
}

#[test]
fn most_of_the_observables_that_misp_stix_finds_are_found() {
    let Some(pairs) = pairs() else { return };
    let mut tally: BTreeMap<String, [usize; 2]> = BTreeMap::new();
    let mut differences = Vec::new();
    for pair in &pairs {
        let theirs = pair["stix"]["objects"].as_array().cloned().unwrap_or_default();
        let ours = converted(&pair["misp"]).map(|made| objects(&made)).unwrap_or_default();
        let (wanted, asked) = observables(&theirs);
        let (found, tests) = observables(&ours);
        let mut values: BTreeSet<&str> = found.iter().map(|[_, _, value]| value.as_str()).collect();
        values.extend(tests.iter().map(|test| test.split_once('\u{0}').unwrap().1));
        let mut count = |class: String, is_there: bool, what: &str| {
            let row = tally.entry(class.clone()).or_default();
            row[0] += 1;
            row[1] += usize::from(is_there);
            if !is_there {
                let what: String = what.chars().take(60).collect();
                differences.push(format!("{class}: {what} ({})", pair["name"].as_str().unwrap()));
            }
        };
        for one in &wanted {
            let [kind, property, value] = one;
            count(format!("{kind} {property}"), found.contains(one), value);
        }
        for test in &asked {
            let (path, value) = test.split_once('\u{0}').unwrap();
            let class = if is_attached(path) { "pattern: artifact" } else { "pattern" };
            count(class.to_owned(), values.contains(value), &format!("{path} = {value}"));
        }
    }
    let sum = |rows: &dyn Fn(&str) -> bool| {
        tally
            .iter()
            .filter(|(class, _)| rows(class))
            .fold([0, 0], |sum, (_, row)| [sum[0] + row[0], sum[1] + row[1]])
    };
    let [all, found] = sum(&|_| true);
    let [plain, of_plain] = sum(&|class| !class.contains("artifact"));
    for (class, [all, found]) in &tally {
        println!("| {class} | {all} | {found} |");
    }
    println!("of all: {found} of {all}; without attachments: {of_plain} of {plain}");
    differences.iter().for_each(|line| println!("- {line}"));
    assert!(of_plain * 100 >= plain * 95, "{of_plain} of {plain}");
}

#[test]
fn a_mark_for_detection_makes_an_indicator_and_its_absence_an_observation() {
    let made = objects(&converted(&event(json!({"Attribute": [domain(json!({}))]}))).unwrap());
    let indicator = of_type(&made, "indicator")[0];
    assert_eq!(indicator["id"], "indicator--11111111-2222-4333-8444-000000000003");
    assert_eq!(indicator["pattern"], "[domain-name:value = 'exercise.example']");
    assert_eq!(indicator["created"], "2026-01-02T12:00:01.000Z");
    assert!(of_type(&made, "observed-data").is_empty());
    let report = of_type(&made, "report")[0];
    assert!(report["object_refs"].as_array().unwrap().contains(&indicator["id"]));
    assert_eq!(report["created_by_ref"], "identity--11111111-2222-4333-8444-000000000002");
    let seen = domain(json!({"to_ids": false, "comment": "EXERCISE remark"}));
    let made = objects(&converted(&event(json!({"published": false, "Attribute": [seen]}))).unwrap());
    assert!(of_type(&made, "indicator").is_empty());
    let observed = of_type(&made, "observed-data")[0];
    assert_eq!(observed["object_refs"][0], of_type(&made, "domain-name")[0]["id"]);
    assert_eq!(of_type(&made, "note")[0]["content"], "EXERCISE remark");
    assert_eq!(of_type(&made, "grouping")[0]["context"], "unspecified");
}

#[test]
fn the_strictest_tlp_tag_of_a_part_and_of_what_it_stands_in_is_its_marking() {
    let tags = |names: &[&str]| names.iter().map(|name| json!({"name": name})).collect::<Vec<_>>();
    for (outer, inner, whole, part) in [
        (vec!["tlp:white"], vec![], Some(Tlp::Clear), Some(Tlp::Clear)),
        (vec!["tlp:green"], vec!["tlp:red"], Some(Tlp::Green), Some(Tlp::Red)),
        (vec!["tlp:amber+strict"], vec!["TLP:CLEAR"], Some(Tlp::AmberStrict), Some(Tlp::AmberStrict)),
        (vec!["tlp:green", "tlp:amber"], vec![], Some(Tlp::Amber), Some(Tlp::Amber)),
        (vec!["tlp:unclear"], vec![], Some(Tlp::Red), Some(Tlp::Red)),
        (vec![], vec![], None, None),
    ] {
        let input = event(json!({"Tag": tags(&outer), "Attribute": [domain(json!({"Tag": tags(&inner)}))]}));
        let made = objects(&converted(&input).unwrap());
        assert_eq!(markings(of_type(&made, "report")[0]), whole.into_iter().collect::<Vec<_>>(), "{outer:?}");
        for kind in ["indicator", "domain-name"] {
            assert_eq!(markings(of_type(&made, kind)[0]), part.into_iter().collect::<Vec<_>>(), "{outer:?}");
        }
    }
}

#[test]
fn a_distribution_to_few_closes_the_part_and_no_distribution_opens_one() {
    for (level, closed) in [("0", true), ("1", false), ("3", false), ("4", true), ("5", false), ("9", true)] {
        let input = event(json!({"Tag": [{"name": "tlp:green"}],
            "Attribute": [domain(json!({"distribution": level}))]}));
        let made = converted(&input).unwrap();
        let id = "indicator--11111111-2222-4333-8444-000000000003";
        assert_eq!(made.closed.contains(id), closed, "{level}");
        assert!(!made.closed.iter().any(|id| id.starts_with("report--")));
        assert!(is_listed(&made, "Event.Attribute[0].distribution"), "{level}");
    }
    let whole = event(json!({"distribution": 0, "Attribute": [domain(json!({"distribution": 3}))]}));
    let made = converted(&whole).unwrap();
    assert_eq!(made.closed.len(), made.objects.len(), "what stands in a closed event is closed");
    assert!(objects(&made).iter().all(|object| markings(object).is_empty()), "no distribution is a marking");
}

#[test]
fn what_is_deleted_proposed_attached_or_broken_stays_behind_and_is_listed() {
    let input = event(json!({
        "Attribute": [
            domain(json!({"deleted": true})),
            domain(json!({"type": "md5", "value": "EXERCISE no digest"})),
            domain(json!({"type": "malware-sample", "data": "RVhFUkNJU0U=",
                "value": "exercise.exe|0cdc9b1b45064e6315f83b150c0fc0eb"})),
            domain(json!({"type": "phone-number", "value": "EXERCISE 1"})),
            domain(json!({"uuid": "11111111-2222-4333-8444-00000000000a", "timestamp": "soon",
                "ShadowAttribute": [{"type": "domain", "value": "proposed.example"}]})),
        ],
        "Object": [{"name": "person", "uuid": "11111111-2222-4333-8444-00000000000b",
            "Attribute": [{"type": "nationality", "object_relation": "nationality", "value": "EXERCISE"}]}],
    }));
    let made = converted(&input).unwrap();
    let text = String::from_utf8(made.document()).unwrap();
    for word in ["no digest", "RVhFUkNJU0U", "EXERCISE 1", "proposed", "nationality"] {
        assert!(!text.contains(word), "{word}");
    }
    for path in [
        "Event.Attribute[0]",
        "Event.Attribute[1]",
        "Event.Attribute[2].data",
        "Event.Attribute[3]",
        "Event.Attribute[4].timestamp",
        "Event.Attribute[4].ShadowAttribute[0]",
        "Event.Object[0]",
    ] {
        assert!(made.not_taken.iter().any(|lost| lost.path == path), "{path}: {:#?}", made.not_taken);
    }
}

#[test]
fn input_that_is_no_event_or_beyond_the_limits_is_refused() {
    let limits = Limits::default();
    for text in ["{}", "[]", "1", r#"{"type":"bundle","objects":[]}"#, r#"{"objects":[]}"#, r#"{"Event":[]}"#]
    {
        assert_eq!(convert(text.as_bytes(), &limits), Err(MispError::NoEvent), "{text}");
        assert!(!is_event(text.as_bytes(), &limits));
    }
    assert!(matches!(convert(b"{\"Event\":", &limits), Err(MispError::Json(_))));
    let many = event(json!({"Attribute": vec![json!({}); 20]}));
    let few = Limits { objects: 20, ..Limits::default() };
    assert_eq!(convert(many.to_string().as_bytes(), &few), Err(MispError::TooMany(20)));
    for wrapped in [
        json!([event(json!({}))]),
        json!({"response": [event(json!({}))]}),
        event(json!({}))["Event"].clone(),
    ] {
        assert_eq!(of_type(&objects(&converted(&wrapped).unwrap()), "report").len(), 1, "{wrapped}");
    }
}
