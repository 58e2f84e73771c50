//! What happens when a record is shared: each case is published at one node, pulled by another, and read by every kind
//! of reader. The table in `docs/src/what-happens.md` is what arrived; `UPDATE=1` writes it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use comity_app::explain::{self, Sight, View};
use comity_app::import::Input;
use comity_app::model::{Flag, HandlingCode, Iep, MemberId, Pap, Permitted, Purpose, Standing, Stated, Use};
use comity_app::policy::PolicySet;
use comity_app::serve::Query;
use comity_app::stix::Tlp;
use comity_app::{Actor, Reader, allegation, publish, withdraw};
use comity_testkit::{Node, READ, Seat};
use serde_json::{Value, json};

use crate::paper::{self, at};
use crate::two::{self, SOUTH, Two, WEST};

const OBSERVER: &str = "Exercise observer";
const PARTNER: &str = "Exercise partner";
const NAMED: &str = "Exercise named observer";
const ACTING: &str = "Exercise acting member";
const PAGE: &str = "docs/src/what-happens.md";
const BEGIN: &str = "<!-- the table: written by a test -->\n";
const END: &str = "<!-- end of the table -->\n";

/// One case: what is stated, and what happens after it was published.
struct Case {
    what: &'static str,
    object: Value,
    stated: Stated,
    personal: bool,
    draft: bool,
    then: fn(&Two, &str),
}

/// The members who read, each with one key.
struct Readers {
    /// Of members, at the node that publishes, in the order of the columns.
    first: Vec<(&'static str, Reader)>,
    /// Of a full member, at the node that received.
    next: Reader,
}

#[test]
fn the_page_what_happens_when_i_share_says_what_really_arrives() {
    let mut two = Two::with(vec![
        Seat::member(OBSERVER).standing(Standing::Observer),
        Seat::member(PARTNER).standing(Standing::Partner),
        Seat::member(NAMED).standing(Standing::Observer),
        Seat::member(ACTING),
    ]);
    two.community.amend(|agreement| {
        let purpose = Purpose { usage: Use::Internal, court: true, ..Purpose::from("EXERCISE trial") };
        agreement.purposes.insert("trial".into(), purpose);
    });
    for (name, state) in [(SOUTH, "QX"), (WEST, "QY"), (PARTNER, "QY")] {
        two.community.amend_member(name, |member| member.state = Some(state.into()));
    }
    two.community.amend_member(SOUTH, |member| _ = member.groups.insert("north".into()));
    let readers = readers(&two);
    let mut rows = String::new();
    let mut reasons = BTreeMap::new();
    for case in cases(&two) {
        let cells = outcome(&two, &readers, &case, &mut reasons);
        writeln!(rows, "| {} | {} |", case.what, cells.join(" | ")).unwrap();
    }
    let table = format!("{}{rows}\n{}", head(), glossary(&reasons));
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(PAGE);
    let page = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(BEGIN).unwrap();
    let (found, after) = rest.split_once(END).unwrap();
    #[expect(clippy::disallowed_methods, reason = "whoever runs the test asks for the page to be written")]
    let is_update = std::env::var_os("UPDATE").is_some();
    if is_update {
        std::fs::write(&path, format!("{before}{BEGIN}{table}{END}{after}")).unwrap();
        return;
    }
    assert_eq!(found, table, "the page says something else than what arrives: UPDATE=1 writes it anew");
}

fn head() -> String {
    let columns = [
        "what is stated",
        "full member",
        "full member, key without a purpose",
        "full member, key to act and to go to court",
        "observer",
        "partner",
        "observer, named where the row says so",
        "passed on by the full member to another",
    ];
    format!("| {} |\n|{}\n", columns.join(" | "), " --- |".repeat(columns.len()))
}

/// The rules that stood in the way, each with its sentence.
fn glossary(reasons: &BTreeMap<String, String>) -> String {
    let mut text = String::from("| no, because | in words |\n| --- | --- |\n");
    for (rule, sentence) in reasons {
        writeln!(text, "| {rule} | {sentence} |").unwrap();
    }
    text
}

fn readers(two: &Two) -> Readers {
    let key = |node: &Node, member, purpose: Option<&str>| {
        node.client(&node.key_for(member, "exercise", READ, purpose, purpose.map(|_| "treaty")))
    };
    let first = [(SOUTH, Some("border")), (WEST, None), (ACTING, Some("trial")), (OBSERVER, Some("border"))]
        .into_iter()
        .chain([(PARTNER, Some("border")), (NAMED, Some("border"))])
        .map(|(name, purpose)| (name, key(two.north(), name, purpose)))
        .collect();
    Readers { first, next: key(two.south(), WEST, Some("border")) }
}

/// What each reader has in the end, in the order of the columns.
fn outcome(two: &Two, readers: &Readers, case: &Case, reasons: &mut BTreeMap<String, String>) -> Vec<String> {
    let id = case.object["id"].as_str().unwrap().to_owned();
    let basis = |text: &str| case.personal.then(|| text.to_owned());
    let input = Input {
        collection: "exercise",
        name: "x",
        stated: case.stated.clone(),
        purpose: basis("border"),
        legal_basis: basis("treaty"),
        draft: case.draft,
        ..Input::default()
    };
    two::taken(two.north(), &input, &case.object);
    two.southward_of(&id);
    (case.then)(two, &id);
    two.southward_of(&id);
    let mut cells = Vec::new();
    for (name, reader) in &readers.first {
        cells.push(cell(two.north(), reader, name, case, reasons));
    }
    let came = explain::show(&two.south().app, &id).is_ok();
    cells.push(match came {
        true => cell(two.south(), &readers.next, WEST, case, reasons),
        false => "did not come".to_owned(),
    });
    cells
}

/// What arrived at one reader: counted on the page that it gets, and compared with what is foretold.
fn cell(
    node: &Node,
    reader: &Reader,
    name: &str,
    case: &Case,
    reasons: &mut BTreeMap<String, String>,
) -> String {
    let id = case.object["id"].as_str().unwrap();
    let query = Query { ids: vec![id.to_owned()], ..Query::default() };
    let arrived = node.stream(reader, "exercise", &query, 10);
    let sight = sight(node, id, name, case);
    let view = match arrived.first() {
        None => View::Nothing,
        Some(one) if serde_json::from_slice::<Value>(one.get().bytes()).unwrap() == case.object => {
            View::Whole
        }
        Some(_) => View::Part,
    };
    assert_eq!(view, sight.view, "{name} of {}: foretold otherwise: {}", case.what, sight.why);
    match view {
        View::Whole => "yes".to_owned(),
        View::Part => format!("in part, without {}", sight.without.join(", ")),
        View::Nothing => {
            let set = PolicySet::standard().unwrap();
            let short: Vec<String> =
                sight.rules.iter().map(|rule| rule.trim_start_matches("guard-").to_owned()).collect();
            for (rule, short) in sight.rules.iter().zip(&short) {
                let known = set.rules().into_iter().find(|known| &known.id == rule);
                let sentence = known.map_or_else(|| sight.why.clone(), |known| known.says.clone());
                reasons.insert(short.clone(), sentence);
            }
            format!("no: {}", short.join(", "))
        }
    }
}

fn sight(node: &Node, id: &str, name: &str, case: &Case) -> Sight {
    // One of its people who is in the readers' group of the row that has one.
    let inside = Actor { inner: ["unit".to_owned()].into(), ..node.operator() };
    let app = node.app.seen_by(&inside);
    if case.draft {
        // Of a draft `who_sees` foretells what comes of it; what is so now is explained.
        return explain::to(&app, id, name).unwrap().sight;
    }
    let all = explain::who_sees(&app, id).unwrap();
    all.into_iter().find(|sight| sight.member == name).unwrap()
}

fn nothing(_: &Two, _: &str) {}

/// Every case, in the order of the page.
fn cases(two: &Two) -> Vec<Case> {
    let mut all = levels(two);
    all.extend(statements(two));
    all.extend(limits_of_use(two));
    all.extend(persons(two));
    all.extend(states(two));
    for (number, case) in all.iter_mut().enumerate() {
        let number = u32::try_from(number).unwrap() + 700;
        let id = case.object["id"].as_str().unwrap();
        let kind = id.split("--").next().unwrap();
        case.object["id"] = json!(format!("{kind}--00000000-0000-4000-8000-{number:012}"));
    }
    all
}

fn case(what: &'static str, stated: Stated) -> Case {
    let mut object: Value = serde_json::from_str(&paper::note(1, 1, "border note", None)).unwrap();
    object["object_refs"] = json!(["identity--00000000-0000-4000-8000-000000000999"]);
    Case { what, object, stated, personal: false, draft: false, then: nothing }
}

fn at_level(tlp: Tlp, change: impl FnOnce(&mut Stated)) -> Stated {
    let mut stated = at(tlp);
    change(&mut stated);
    stated
}

fn levels(two: &Two) -> Vec<Case> {
    let named = two.community.id(NAMED);
    let to_named = move |stated: &mut Stated| _ = stated.to.insert(named.clone());
    let unknown = {
        let mut case = case("a marking that nobody here knows, and TLP:GREEN", at(Tlp::Green));
        case.object["object_marking_refs"] =
            json!(["marking-definition--00000000-0000-4000-8000-000000000123"]);
        case
    };
    let two_levels = {
        let mut case = case("TLP:RED in the bytes, TLP:CLEAR when imported", at(Tlp::Clear));
        case.object["object_marking_refs"] = json!([Tlp::Red.marking_id()]);
        case
    };
    let part = {
        let text = paper::with_marked_abstract(&paper::note(1, 1, "border note", None), Tlp::Red);
        Case {
            object: serde_json::from_str(&text).unwrap(),
            ..case("TLP:GREEN, with a part that is marked TLP:RED", at(Tlp::Green))
        }
    };
    let naming = {
        let mut case = case("TLP:GREEN, naming a record that is a draft here, and another", at(Tlp::Green));
        let input = Input {
            collection: "exercise",
            name: "x",
            stated: at(Tlp::Green),
            draft: true,
            ..Input::default()
        };
        let draft: Value = serde_json::from_str(&paper::note(690, 1, "kept back", None)).unwrap();
        two::put(two.north(), &input, &draft);
        case.object["object_refs"] =
            json!([paper::id(690), "identity--00000000-0000-4000-8000-000000000999"]);
        case
    };
    vec![
        case("nothing", Stated::default()),
        naming,
        unknown,
        case("TLP:CLEAR", at(Tlp::Clear)),
        case("TLP:GREEN", at(Tlp::Green)),
        case("TLP:AMBER", at(Tlp::Amber)),
        case("TLP:AMBER, an observer named", at_level(Tlp::Amber, &to_named)),
        case("TLP:AMBER+STRICT", at(Tlp::AmberStrict)),
        case("TLP:RED", at(Tlp::Red)),
        case("TLP:RED, an observer named", at_level(Tlp::Red, &to_named)),
        two_levels,
        part,
        case("TLP:GREEN, may be passed on", at_level(Tlp::Green, |stated| stated.onward = true)),
        case("TLP:AMBER, may be passed on", at_level(Tlp::Amber, |stated| stated.onward = true)),
        case("TLP:AMBER+STRICT, may be passed on", at_level(Tlp::AmberStrict, |stated| stated.onward = true)),
    ]
}

fn statements(two: &Two) -> Vec<Case> {
    let id = |name: &str| -> MemberId { two.community.id(name) };
    let day = |days: i64| Some(two.north().app.now().plus_seconds(days * 86_400));
    let green = |change: &dyn Fn(&mut Stated)| at_level(Tlp::Green, |stated| change(stated));
    vec![
        case(
            "TLP:GREEN, a group that the full member is in",
            green(&|s| _ = s.groups.insert("north".into())),
        ),
        case("TLP:GREEN, a group that nobody is in", green(&|s| _ = s.groups.insert("south".into()))),
        case(
            "TLP:GREEN, that group, and an observer named",
            green(&|s| {
                s.groups.insert("south".into());
                s.to.insert(id(NAMED));
            }),
        ),
        case("TLP:GREEN, the full member excluded", green(&|s| _ = s.exclude.insert(id(SOUTH)))),
        case(
            "TLP:GREEN, an observer named and excluded",
            green(&|s| {
                s.to.insert(id(NAMED));
                s.exclude.insert(id(NAMED));
            }),
        ),
        case("TLP:GREEN, for the purpose of the keys", green(&|s| _ = s.purposes.insert("border".into()))),
        case("TLP:GREEN, for another purpose", green(&|s| _ = s.purposes.insert("network".into()))),
        case("TLP:GREEN, under embargo", green(&|s| s.embargo_until = day(2))),
        Case { then: later, ..case("the same, the embargo over", green(&|s| s.embargo_until = day(2))) },
        case("TLP:GREEN, with an end date", green(&|s| s.end_at = day(5))),
        Case { then: later, ..case("the same, the end date passed", green(&|s| s.end_at = day(5))) },
    ]
}

/// What its originator permits to be done with it, to whom it never goes, and who reads it at home; at TLP:GREEN.
fn limits_of_use(two: &Two) -> Vec<Case> {
    let row = |what, change: &dyn Fn(&mut Stated)| case(what, at_level(Tlp::Green, |stated| change(stated)));
    let id = |name: &str| -> MemberId { two.community.id(name) };
    let none = Iep { permitted_actions: Some(Permitted::None), ..Iep::default() };
    vec![
        row("TLP:GREEN, an exchange policy that permits no action", &|s| s.iep = Some(none.clone())),
        row("TLP:GREEN, PAP:RED: what stays inside", &|s| s.pap = Some(Pap::Red)),
        row("TLP:GREEN, handling code H1, may be passed on", &|s| {
            s.code = Some(HandlingCode::H1);
            s.onward = true;
        }),
        row("TLP:GREEN, handling code H2, may be passed on", &|s| {
            s.code = Some(HandlingCode::H2);
            s.onward = true;
        }),
        row("the same, the member named to whom it is passed on", &|s| {
            s.code = Some(HandlingCode::H2);
            s.onward = true;
            s.to.insert(id(WEST));
        }),
        row("TLP:GREEN, originator control, may be passed on", &|s| {
            s.flags.insert(Flag::OriginatorControl);
            s.onward = true;
        }),
        row("the same, the full member and an observer named", &|s| {
            s.flags.insert(Flag::OriginatorControl);
            s.onward = true;
            s.to.extend([id(SOUTH), id(NAMED)]);
        }),
        row("TLP:GREEN, blocked for the state of the full member, may be passed on", &|s| {
            s.refugee_from.insert("QX".into());
            s.onward = true;
        }),
        row("TLP:GREEN, blocked for a state that nobody here belongs to", &|s| {
            s.refugee_from.insert("QZ".into());
        }),
        row("TLP:GREEN, for a readers' group of its own people: no difference for others", &|s| {
            s.inner.insert("unit".into());
        }),
    ]
}

/// Records about persons, at TLP:GREEN so that the level is not what decides.
fn persons(two: &Two) -> Vec<Case> {
    let person = |what, category: &str, change: &dyn Fn(&mut Stated)| {
        let mut object = two::example("subject");
        let entry = object["extensions"][two::EXTENSION].as_object_mut().unwrap();
        entry.insert("category".into(), json!(category));
        if category == "victim" {
            let gone = |name: &str| ["offences", "grounds", "link"].contains(&name);
            entry.retain(|name, _| !gone(name));
            entry["basis"].as_object_mut().unwrap().remove("parts");
        }
        let purposes = ["border".to_owned()].into();
        let stated = at_level(Tlp::Green, |stated| {
            stated.purposes = purposes;
            change(stated);
        });
        Case { object, personal: true, ..case(what, stated) }
    };
    let (named, full) = (two.community.id(NAMED), two.community.id(SOUTH));
    vec![
        person("a suspect, TLP:GREEN, for the purpose of the keys", "suspect", &|_| {}),
        person("a victim, the same", "victim", &|_| {}),
        person("a victim, the same, an observer named", "victim", &|s| _ = s.to.insert(named.clone())),
        person("a victim, the same, the full member named", "victim", &|s| _ = s.to.insert(full.clone())),
        person("a suspect, the same, a complaint open", "suspect", &|s| _ = s.flags.insert(Flag::Complaint)),
        Case {
            then: alleged,
            ..person(
                "a suspect, the same, then ill-treatment alleged in how it was obtained",
                "suspect",
                &|_| {},
            )
        },
        person("a suspect under 18, the same", "suspect", &|s| _ = s.flags.insert(Flag::Minor)),
    ]
}

fn states(_: &Two) -> Vec<Case> {
    vec![
        Case { draft: true, ..case("TLP:GREEN, a draft", at(Tlp::Green)) },
        Case { draft: true, then: published, ..case("the same, published", at(Tlp::Green)) },
        Case { then: withdrawn, ..case("TLP:GREEN, delivered, then withdrawn", at(Tlp::Green)) },
    ]
}

fn later(two: &Two, _: &str) {
    two.community.clock.advance_seconds(3 * 86_400);
}

fn published(two: &Two, id: &str) {
    publish::run(&two.north().app, &two.north().operator(), id).unwrap();
}

fn withdrawn(two: &Two, id: &str) {
    withdraw::run(&two.north().app, &two.north().operator(), id, "EXERCISE retracted").unwrap();
}

fn alleged(two: &Two, id: &str) {
    let north = two.north();
    allegation::make(&north.app, &north.operator(), id, "EXERCISE said by the person", None).unwrap();
}
