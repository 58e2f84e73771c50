//! The council's work on screen: who gets which status, the recorded answers, and that what a readers' group hides leaves
//! no trace in them.

use std::path::Path;

use axum::body::Body;
use axum::http::Method;
use axum::http::header::CONTENT_TYPE;
use serde_json::{Value, json};

use super::World;
use super::people::{Seat, Visitor};
use crate::app::compose::statement::StatementText;
use crate::app::compose::{self, Author, Draft, Entry};
use crate::app::council::decision;
use crate::app::council::figure::{self, NewFigure};
use crate::app::council::import::{self, Wish};
use crate::app::council::journal::{self, Spoken};
use crate::app::council::room::{self, Part};
use crate::app::model::Micros;
use crate::app::{Role, agreement, group, person};

const NONE: &str = "";

/// The lines of the council's work. No record is there.
#[rustfmt::skip]
pub(super) const SEATS: &[Seat] = &[
    Seat("GET", "/api/v1/desk/council/bodies", NONE, [401, 401, 200, 200, 200, 200, 200, 403]),
    Seat("GET", "/api/v1/desk/council/sessions", NONE, [401, 401, 200, 200, 200, 200, 200, 403]),
    Seat("GET", "/api/v1/desk/council/sessions/{record}", NONE, [401, 401, 404, 404, 404, 404, 404, 403]),
    Seat("GET", "/api/v1/desk/council/claims", NONE, [401, 401, 200, 200, 200, 200, 200, 403]),
    Seat("GET", "/api/v1/desk/council/claims/{record}", NONE, [401, 401, 404, 404, 404, 404, 404, 403]),
    Seat("GET", "/api/v1/desk/council/conflicts", NONE, [401, 401, 200, 200, 200, 200, 200, 403]),
    Seat("GET", "/api/v1/desk/council/conflicts/{record}", NONE, [401, 401, 404, 404, 404, 404, 404, 403]),
    Seat("POST", "/api/v1/desk/council/conflicts/{record}/positions", r#"{"reason":"EXERCISE"}"#,
        [401, 401, 403, 404, 403, 403, 403, 403]),
    Seat("GET", "/api/v1/desk/council/proposals", NONE, [401, 401, 200, 200, 200, 200, 200, 403]),
    Seat("POST", "/api/v1/desk/council/proposals/{mark}/accept", r#"{"question":"EXERCISE?"}"#,
        [401, 401, 403, 404, 403, 403, 403, 403]),
    Seat("GET", "/api/v1/desk/council/decisions", NONE, [401, 401, 200, 200, 200, 200, 200, 403]),
    Seat("GET", "/api/v1/desk/council/decisions/{record}", NONE, [401, 401, 404, 404, 404, 404, 404, 403]),
    Seat("GET", "/api/v1/desk/council/figures", NONE, [401, 401, 200, 200, 200, 200, 200, 403]),
    Seat("GET", "/api/v1/desk/council/figures/{record}", NONE, [401, 401, 404, 404, 404, 404, 404, 403]),
    Seat("GET", "/api/v1/desk/council/programmes", NONE, [401, 401, 200, 200, 200, 200, 200, 403]),
    Seat("GET", "/api/v1/desk/council/measures", NONE, [401, 401, 200, 200, 200, 200, 200, 403]),
];

/// A claim of the reading.
fn claim(number: u8, speaker: &str, statement: &str, quantity: Option<Value>) -> Value {
    let mut claim = json!({"id": format!("c-{number}"), "session": "s-7", "source": "src-1",
        "source_file": "1.txt", "statement": statement, "speaker": speaker,
        "attribution_chain": [speaker, "EXERCISE Wire"], "kind": "figure", "topic": "strength",
        "reported_as": "paraphrase", "certainty": "reported", "note": "EXERCISE no time is given"});
    if let Some(quantity) = quantity {
        claim["quantity"] = quantity;
    }
    claim
}

/// A reading of an invented source on an invented session.
fn reading() -> String {
    let known = |value: &str, basis: &str| json!({"value": value, "basis": basis});
    let unknown = json!({"value": null, "basis": "unknown"});
    let persons = |value: u32| json!({"value": value, "op": "~", "unit": "persons"});
    let mut report = claim(4, "EXERCISE Rivers Office", "EXERCISE a report on 2025 was given.", None);
    report["kind"] = "report".into();
    report["topic"] = "programme-report".into();
    json!({
        "language": "en", "marking": "TLP:CLEAR", "agencies": [],
        "sources": [{"id": "src-1", "file": "1.txt", "sha256": "0".repeat(64),
            "publisher": known("EXERCISE Wire", "stated"), "author": unknown,
            "publication_date": known("2025-05-03", "inferred"), "cites": [], "language": "en", "session_ref": "s-7",
            "parts": [{"id": "p-1", "role": "update, placed first"}, {"id": "p-2", "role": "earlier text"}]}],
        "sessions": [{"id": "s-7", "body": "EXERCISE Council of the Rivers",
            "number": {"value": 7, "basis": "stated"}, "date": known("2025-05-02", "outside-seed"),
            "place": known("EXERCISE Karsk", "stated"), "host_country": known("XA", "stated"),
            "chair_of_council": known("EXERCISE Orlan Vesk", "stated"), "chair_of_meeting": unknown,
            "opened_by": known("EXERCISE Mira Toll", "stated"),
            "members_named": {"value": ["XA", "XB"], "basis": "inferred"},
            "observers_named": {"value": ["several states (not named)"], "basis": "stated"},
            "speakers": ["EXERCISE Orlan Vesk"],
            "messages": [{"from": "EXERCISE Head of state", "form": "written", "source": "src-1"}],
            "agenda_topics": [{"topic": "EXERCISE river crossings", "basis": "stated"}],
            "decisions": [{"text": "EXERCISE joint patrols outlined", "status": "outlined", "source": "src-1"}],
            "programmes": [{"id": "prog-1", "title": "EXERCISE programme of the rivers", "years": [2025, 2026],
                "reported_year": 2025, "rapporteur": "EXERCISE Rivers Office", "report_claim": "c-4"}],
            "sources": ["src-1"], "claims": ["c-1", "c-2", "c-3", "c-4"]}],
        "claims": [
            claim(1, "EXERCISE Orlan Vesk", "EXERCISE the group has about 300 members.", Some(persons(300))),
            claim(2, "EXERCISE Mira Toll", "EXERCISE the group has about 2,000 members.", Some(persons(2_000))),
            claim(3, "EXERCISE Sela Arn", "EXERCISE the group has about 9,000 members.", Some(persons(9_000))),
            report],
        "conflict_sets": [{"id": "k-1", "question": "EXERCISE How many members has the group?",
            "claims": ["c-1", "c-2"], "type": "different values", "view": "show both with speaker; never average",
            "parties_without_statement": ["EXERCISE Northern Office"]}],
    })
    .to_string()
}

/// A world with that reading, and somebody who reads it and takes positions.
fn stage() -> (World, Visitor) {
    let world = World::seeded();
    let text = reading();
    let wish = Wish { collection: "open", editor: Some("EXERCISE editor"), text: &text, dry_run: false };
    import::run(&world.app, &world.operator(), &wish).unwrap();
    group::add(&world.app, &world.operator(), "cell").unwrap();
    decide(&world);
    let spoken = Spoken {
        speaker: "EXERCISE Orlan Vesk",
        text: "EXERCISE the ferries are watched",
        at: Some(world.app.now()),
        item: None,
        documents: &[],
        decision: None,
    };
    let said = journal::say(&world.app, &world.operator(), "s-7", &spoken).unwrap();
    assert!(matches!(said, Entry::Written(_)), "{said:?}");
    let visitor = world.as_user("officer", &[Role::Analyst, Role::ReleaseOfficer]);
    (world, visitor)
}

/// A decision that waits for silence, and a figure that was counted.
fn decide(world: &World) {
    let operator = world.operator();
    let mut next = agreement::current(&world.app).unwrap().agreement;
    next.version += 1;
    next.purposes.insert("border".to_owned(), "EXERCISE border security".to_owned().into());
    agreement::import(&world.app, &operator, &next.to_toml().unwrap()).unwrap();
    let bodies = room::bodies(&world.app, &operator, &Part::default()).unwrap();
    let id = enter(
        world,
        json!({"kind": "decision", "title": "EXERCISE patrols", "body_ref": bodies.lines[0].place.id,
        "text": "EXERCISE the members patrol together", "status": "proposed", "procedure": "silence",
        "basis": {"whole": {"statement": "fact"}}}),
        None,
    );
    let until = Micros(world.app.now().0 + 2 * 86_400_000_000);
    let opened = decision::open(&world.app, &operator, &id, until, (None, "EXERCISE opened")).unwrap();
    assert!(matches!(opened, Entry::Written(_)), "{opened:?}");
    enter(world, attack("EXERCISE attack on the ferry"), None);
    let statement = StatementText { tlp: Some("clear".into()), ..StatementText::default() };
    let new = NewFigure {
        collection: "open",
        title: "EXERCISE attacks in the spring",
        ask: "kind:attack",
        count: "records",
        from: None,
        until: None,
        unit: Some("attacks"),
        rule: Some("EXERCISE each attack once"),
        scope: None,
        purpose: Some("border"),
        statement: &statement,
        dry_run: false,
    };
    let counted = figure::publish(&world.app, &operator, &new).unwrap();
    assert!(matches!(counted.entry, Some(Entry::Written(_))), "{counted:?}");
}

/// The decision and the figure that are there, each by its path.
async fn opened(world: &World, visitor: &Visitor) -> [(&'static str, String); 2] {
    let first = async |path: &str| {
        let page = ask(world, visitor, path).await;
        format!("{path}/{}", page["lines"][0]["id"].as_str().unwrap())
    };
    [("decision", first("decisions").await), ("figure", first("figures").await)]
}

fn attack(title: &str) -> Value {
    json!({"kind": "attack", "title": title, "during": {"from": "2026-04-02"},
        "place": {"country": "XA", "precision": "country"}, "basis": {"whole": {"statement": "fact"}}})
}

/// Enters a record of the own member, for everybody or for a readers' group alone.
fn enter(world: &World, form: Value, inner: Option<&str>) -> String {
    let statement = StatementText {
        tlp: Some("clear".into()),
        inner: inner.into_iter().map(str::to_owned).collect(),
        ..StatementText::default()
    };
    let draft = Draft { collection: "open".into(), form, statement, ..Draft::default() };
    match compose::enter(&world.app, Author::Person(&world.operator()), &draft).unwrap() {
        Entry::Written(written) => written.id,
        Entry::Refused(faults) => panic!("{faults:?}"),
    }
}

async fn ask(world: &World, visitor: &Visitor, path: &str) -> Value {
    let request = visitor.asking(world, Method::GET, &format!("/api/v1/desk/council/{path}"));
    let answer = world.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.json()
}

async fn act(world: &World, visitor: &Visitor, path: &str, body: &Value) -> super::Answer {
    let request = visitor.asking(world, Method::POST, &format!("/api/v1/desk/council/{path}"));
    let request = request.header(CONTENT_TYPE, "application/json").body(Body::from(body.to_string()));
    world.send(request.unwrap()).await
}

/// Every route that looks, each under a name.
const LOOKS: &[(&str, &str)] = &[
    ("bodies", "bodies"),
    ("sessions", "sessions"),
    ("session", "sessions/s-7"),
    ("claims", "claims?topic=strength"),
    ("claim", "claims/c-1"),
    ("conflicts", "conflicts"),
    ("conflict", "conflicts/k-1"),
    ("proposals", "proposals"),
    ("decisions", "decisions"),
    ("figures", "figures"),
    ("programmes", "programmes"),
    ("measures", "measures"),
];

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "UPDATE=1 asks this test to rewrite the files")]
async fn the_recorded_answers_about_the_council_are_what_the_node_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/src/api/examples");
    let update = std::env::var("UPDATE").is_ok_and(|value| value == "1");
    let (world, visitor) = stage();
    let adopted = json!({"claim": ask(&world, &visitor, "claims/c-2").await["id"], "reason": "EXERCISE our own count",
        "tlp": "amber"});
    let done = act(&world, &visitor, "conflicts/k-1/positions", &adopted).await;
    assert_eq!(done.status, 200, "{}", done.text());
    let opened = opened(&world, &visitor).await;
    let opened = opened.iter().map(|(name, path)| (*name, path.as_str()));
    for (name, path) in LOOKS.iter().copied().chain(opened) {
        let made = format!("{:#}\n", ask(&world, &visitor, path).await);
        let file = folder.join(format!("council-{name}.json"));
        if update {
            std::fs::write(&file, &made).unwrap();
        }
        let kept = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(kept == made, "{} is stale: run this test with UPDATE=1", file.display());
    }
}

/// What nobody outside the cell finds: a louder claim on the same question, restating and contesting; a set, a view, a
/// measure and an agenda item of the session, and another session of the body with a number before.
async fn hide(world: &World, visitor: &Visitor) {
    let (claim, session) =
        (ask(world, visitor, "claims/c-1").await, ask(world, visitor, "sessions/s-7").await);
    let set = ask(world, visitor, "conflicts/k-1").await;
    let cell = Some("cell");
    let basis = json!({"whole": {"statement": "fact"}});
    let hidden = enter(
        world,
        json!({"kind": "claim", "words": {"text": "EXERCISE hidden", "said_by": "EXERCISE Hidden"},
        "speaker": "EXERCISE Hidden", "reported_as": "paraphrase", "claim_form": "figure", "certainty": "reported",
        "topic": "strength", "quantity": {"value": "77777", "unit": "persons", "bound": "about"},
        "session_ref": session["id"], "restates_ref": claim["id"], "basis": basis}),
        cell,
    );
    enter(
        world,
        json!({"kind": "conflict-set", "title": "EXERCISE hidden question", "difference": "value",
        "claim_refs": [claim["id"], hidden], "basis": {"whole": {"statement": "assessment"}}}),
        cell,
    );
    enter(
        world,
        json!({"kind": "position", "title": "EXERCISE hidden", "on_ref": set["id"], "on_version": set["version"],
        "stance": "dissent", "text": "EXERCISE hidden", "basis": {"whole": {"statement": "assessment"}}}),
        cell,
    );
    enter(
        world,
        json!({"kind": "agenda-item", "title": "EXERCISE hidden", "session_ref": session["id"], "position_number": 2,
        "item_basis": "stated", "basis": basis}),
        cell,
    );
    enter(
        world,
        json!({"kind": "measure", "title": "EXERCISE hidden", "status": "proposed", "words": {"text": "EXERCISE hidden",
        "said_by": "EXERCISE Hidden"}, "stated_in_ref": hidden, "session_ref": session["id"], "basis": basis}),
        cell,
    );
    enter(
        world,
        json!({"kind": "decision", "title": "EXERCISE hidden", "body_ref": session["body_id"], "text": "EXERCISE hidden",
        "status": "proposed", "procedure": "silence", "basis": basis}),
        cell,
    );
    enter(world, attack("EXERCISE hidden"), cell);
    enter(
        world,
        json!({"kind": "session", "title": "EXERCISE hidden", "body_ref": session["body_id"],
        "number": {"value": 8, "basis": "stated"}, "status": "planned",
        "during": {"value": {"from": "2026-01-01", "until": "2026-01-01"}, "basis": "stated"}, "basis": basis}),
        cell,
    );
}

#[tokio::test]
async fn what_a_readers_group_hides_reaches_no_answer_about_the_council() {
    let ((with, her), (without, him)) = (stage(), stage());
    hide(&with, &her).await;
    let session = ask(&with, &her, "sessions/s-7").await["id"].as_str().unwrap().to_owned();
    let more = [
        format!("claims?session={session}"),
        format!("measures?session={session}"),
        "sessions?limit=1".to_owned(),
        "claims?limit=1".to_owned(),
        "conflicts?limit=1".to_owned(),
    ];
    let opened = opened(&without, &him).await.map(|(_, path)| path);
    for path in LOOKS.iter().map(|(_, path)| (*path).to_owned()).chain(more).chain(opened) {
        let (one, other) = (ask(&with, &her, &path).await, ask(&without, &him, &path).await);
        assert_eq!(one, other, "{path}");
    }
    person::add(&with.app, &with.operator(), "insider", &[Role::Analyst], &["cell".to_owned()]).unwrap();
    let insider = with.come("insider");
    for path in ["conflicts", "decisions"] {
        assert_eq!(
            ask(&with, &insider, path).await["lines"].as_array().unwrap().len(),
            2,
            "{path}: it is there"
        );
    }
}

#[tokio::test]
async fn claims_stand_side_by_side_with_their_ratio_and_no_number_is_made_of_both() {
    let (world, visitor) = stage();
    let set = ask(&world, &visitor, "conflicts/k-1").await;
    assert_eq!((&set["ratio"], &set["overlap"], &set["voices"]), (&json!("6.67"), &json!("no"), &json!(2)));
    assert_eq!((&set["states"]["value"], &set["states"]["unit"]), (&json!("differs"), &json!("same")));
    assert_eq!((&set["states"]["period"], &set["one_scale"]), (&json!("nobody"), &json!(true)));
    let voices: Vec<_> = set["columns"].as_array().unwrap().iter().map(|one| one["voice"].clone()).collect();
    assert_eq!(voices, ["EXERCISE Orlan Vesk", "EXERCISE Mira Toll"]);
    let missing = &set["claims"][0]["quantity"]["missing"];
    assert_eq!(missing, &json!(["period", "counting rule", "contributors"]));
    assert!(!set.to_string().contains("1150"), "{set}");
}

#[tokio::test]
async fn a_list_of_the_council_goes_on_behind_the_line_that_was_last_whatever_came_in_between() {
    let (world, visitor) = stage();
    let ids = |page: &Value| -> Vec<String> {
        page["lines"].as_array().unwrap().iter().map(|line| line["id"].as_str().unwrap().to_owned()).collect()
    };
    let whole = ids(&ask(&world, &visitor, "claims").await);
    assert_eq!(whole.len(), 4);
    let first = ask(&world, &visitor, "claims?limit=3").await;
    enter(
        &world,
        json!({"kind": "claim", "words": {"text": "EXERCISE late", "said_by": "EXERCISE Late"},
        "reported_as": "paraphrase", "claim_form": "statement", "certainty": "reported", "topic": "late",
        "basis": {"whole": {"statement": "fact"}}}),
        None,
    );
    let next = first["next"].as_str().unwrap();
    let rest = ids(&ask(&world, &visitor, &format!("claims?after={next}&limit=200")).await);
    assert!(rest.contains(&whole[3]) && whole[..3].iter().all(|id| !rest.contains(id)), "{rest:?}");
    let path = "/api/v1/desk/council/claims?after=0000000000000000";
    let answer = world.send(visitor.asking(&world, Method::GET, path).body(Body::empty()).unwrap()).await;
    answer.problem(400);
}

#[tokio::test]
async fn a_member_adopts_one_claim_dissents_and_makes_a_set_of_what_is_proposed() {
    let (world, visitor) = stage();
    let claim = ask(&world, &visitor, "claims/c-1").await["id"].clone();
    let silent =
        act(&world, &visitor, "conflicts/k-1/positions", &json!({"claim": claim, "reason": " "})).await;
    assert_eq!(silent.status, 400, "{}", silent.text());
    let stranger = ask(&world, &visitor, "claims/c-3").await["id"].clone();
    let wrong = json!({"claim": stranger, "reason": "EXERCISE"});
    let none = act(&world, &visitor, "conflicts/k-1/positions", &wrong).await;
    assert_eq!(none.status, 409, "it is no claim of this set");
    for (body, stance) in [
        (json!({"claim": claim, "reason": "EXERCISE our own count"}), "adopt-view"),
        (json!({"reason": "EXERCISE it mixes two groups"}), "dissent"),
    ] {
        let done = act(&world, &visitor, "conflicts/k-1/positions", &body).await;
        assert_eq!(done.status, 200, "{}", done.text());
        let set = ask(&world, &visitor, "conflicts/k-1").await;
        let said = set["positions"].as_array().unwrap().iter().find(|one| one["stance"] == stance).unwrap();
        assert_eq!((&said["reason"], &said["by"]), (&body["reason"], &json!("officer")));
        assert_eq!(set["claims"].as_array().unwrap().len(), 2, "the other claim stands as before");
    }
    let proposed = ask(&world, &visitor, "proposals").await;
    assert_eq!(proposed["lines"].as_array().unwrap().len(), 2, "with each of the two that stand together");
    let mark = proposed["lines"][0]["mark"].as_str().unwrap();
    let path = format!("proposals/{mark}/accept");
    let made = act(&world, &visitor, &path, &json!({"question": "EXERCISE How many are there?"})).await;
    assert_eq!(made.status, 200, "{}", made.text());
    assert_eq!(ask(&world, &visitor, "conflicts").await["lines"].as_array().unwrap().len(), 2);
    assert_eq!(act(&world, &visitor, &path, &json!({"question": "EXERCISE again?"})).await.status, 404);
}
