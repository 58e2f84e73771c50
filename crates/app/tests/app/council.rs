//! The council's own work: the press reading as it comes in and is looked at, and what members make of it. The rows of
//! `docs/src/council.md` are named in front.

use comity_app::compose::statement::StatementText;
use comity_app::compose::{self, Author, Draft, Entry};
use comity_app::council::conflict::{self, ConflictView, Say};
use comity_app::council::import::{self, Imported, Wish};
use comity_app::council::session::{self, SessionView};
use comity_app::council::{claims, propose};
use comity_app::model::Standing;
use comity_app::search::{self, Asking};
use comity_app::{AppError, Role, explain, withdraw};
use comity_testkit::{Community, Node, Place, Seat};
use serde_json::{Value, json};

pub const READING: &str = include_str!("../../../../demo/council.json");
const EDITOR: &str = "EXERCISE editor";
const OBSERVER: &str = "Exercise observer";
const BODY: &str = "Council of Heads of Security Agencies and Special Services of the CIS";

pub fn community() -> Community {
    let seats = vec![
        Seat::member("Exercise host").node(Place::memory()),
        Seat::member("Exercise member"),
        Seat::member(OBSERVER).standing(Standing::Observer),
    ];
    let mut community = Community::new(1, seats);
    community.amend(|agreement| _ = agreement.purposes.insert("work".into(), "EXERCISE purpose".into()));
    assert_eq!(community.node().collection("Exercise"), "exercise");
    community
}

pub fn bring(node: &Node, text: &str) -> Result<Imported, AppError> {
    let wish = Wish { collection: "exercise", editor: Some(EDITOR), text, dry_run: false };
    import::run(&node.app, &node.operator(), &wish)
}

/// A node that has the reading.
fn read() -> Community {
    let community = community();
    bring(community.node(), READING).unwrap();
    community
}

pub fn changed(change: impl FnOnce(&mut Value)) -> String {
    let mut reading: Value = serde_json::from_str(READING).unwrap();
    change(&mut reading);
    reading.to_string()
}

/// Why a changed reading is refused; nothing of it may be here then.
pub fn refusal(change: impl FnOnce(&mut Value)) -> String {
    let community = community();
    let error = bring(community.node(), &changed(change)).unwrap_err().to_string();
    assert!(explain::records(&community.node().app, None).unwrap().is_empty(), "{error}");
    error
}

fn shown(node: &Node, text: &str) -> SessionView {
    session::show(&node.app, &node.operator(), text).unwrap()
}

fn field(view: &SessionView, what: &str) -> (Option<String>, &'static str) {
    let field = view.fields.iter().find(|field| field.what == what).unwrap();
    (field.value.clone(), field.basis)
}

pub fn set(node: &Node, key: &str) -> ConflictView {
    conflict::show(&node.app, &node.operator(), key).unwrap()
}

fn enter(node: &Node, form: &Value, tlp: &str) -> Entry {
    let statement = StatementText { tlp: Some(tlp.into()), ..StatementText::default() };
    let draft = Draft { collection: "exercise".into(), form: form.clone(), statement, ..Draft::default() };
    compose::enter(&node.app, Author::Person(&node.operator()), &draft).unwrap()
}

pub fn entered(node: &Node, form: &Value, tlp: &str) -> String {
    match enter(node, form, tlp) {
        Entry::Written(written) => written.id,
        Entry::Refused(faults) => panic!("{faults:?}"),
    }
}

fn why(entry: Entry) -> String {
    match entry {
        Entry::Refused(faults) => faults[0].message.clone(),
        Entry::Written(written) => panic!("{written:?}"),
    }
}

pub fn body(name: &str, short: &str) -> Value {
    json!({"kind": "body", "body_form": "council", "basis": {"whole": {"statement": "fact"}}, "names": [
        {"value": name, "script": "Latn", "name_kind": "primary"},
        {"value": short, "script": "Latn", "name_kind": "abbreviation"}]})
}

pub fn session_of(body: &str, number: &Value) -> Value {
    json!({"kind": "session", "title": "EXERCISE session", "body_ref": body, "number": number, "status": "planned",
        "during": {"value": {"from": "2026-12-01", "until": "2026-12-01"}, "basis": "stated"},
        "basis": {"whole": {"statement": "fact"}}})
}

pub fn claim(speaker: &str, value: &str, unit: &str) -> Value {
    json!({"kind": "claim", "words": {"text": format!("EXERCISE {value} {unit}"), "said_by": speaker}, "speaker": speaker,
        "reported_as": "paraphrase", "claim_form": "figure", "certainty": "reported", "topic": "crossings",
        "quantity": {"value": value, "unit": unit}, "basis": {"whole": {"statement": "fact"}}})
}

#[test]
fn joint_measures_an_intention_and_an_outlined_measure_are_never_shown_as_adopted() {
    let community = read();
    let node = community.node();
    let statuses = |text: &str| -> Vec<&str> {
        let view = shown(node, text);
        let told = serde_json::to_string(&view).unwrap();
        assert!(!told.contains("adopted"), "{told}");
        view.measures.iter().map(|measure| measure.status).collect()
    };
    assert_eq!(statuses(&format!("{BODY}/41")), ["intention"]);
    assert_eq!(statuses(&format!("{BODY}/47")), ["outlined", "outlined"]);
    let adopted = refusal(|reading| reading["sessions"][2]["decisions"][0]["status"] = "adopted".into());
    assert!(adopted.contains("sessions.[2].decisions.[0]") && adopted.contains("`adopted`"), "{adopted}");
    let written = json!({"kind": "measure", "title": "EXERCISE", "status": "adopted", "words": {"text": "EXERCISE",
        "said_by": "EXERCISE"}, "stated_in_ref": "comity-claim--00000000-0000-4000-8000-000000000001",
        "basis": {"whole": {"statement": "fact"}}});
    assert!(why(enter(node, &written, "clear")).contains("adopted"));
}

#[test]
fn numbered_sessions_chair_of_the_body_and_of_the_meeting_stand_apart() {
    let community = read();
    let node = community.node();
    let name = |text: &str| (Some(text.to_owned()), "stated");
    let unknown = (None, "unknown");
    let view = shown(node, &format!("{BODY}/47"));
    assert_eq!(field(&view, "number"), name("47"));
    assert_eq!(field(&view, "date"), (Some("2019-11-07".into()), "elsewhere"));
    assert_eq!(field(&view, "chair of the body"), name("Alexander Bortnikov"));
    assert_eq!(field(&view, "chair of the meeting"), name("Alexander Bortnikov"));
    let view = shown(node, &format!("{BODY}/54"));
    assert_eq!(field(&view, "chair of the body"), unknown);
    assert_eq!(field(&view, "chair of the meeting"), name("Kamchybek Tashiev"));
    let view = shown(node, &format!("{BODY}/41"));
    assert_eq!(field(&view, "chair of the body"), name("Alexander Bortnikov"));
    assert_eq!(field(&view, "opened by"), name("Fuad Alasgarov"));
    assert_eq!(field(&view, "chair of the meeting"), unknown);

    let by_number = session::show(&node.app, &node.operator(), &format!("{BODY}/39"));
    assert!(matches!(by_number, Err(AppError::NotFound(_))), "a number that nobody states is no key");
    assert_eq!(field(&shown(node, "cis-sorb-2015-10-28"), "number"), (Some("39".into()), "elsewhere"));
    let roles = set(node, "k-chair");
    assert_eq!((roles.heading().as_str(), roles.sessions.len()), ("roles, not a conflict", 3));
}

#[test]
fn observers_unnamed_observers_are_kept_without_a_number_and_an_observer_reads_the_clear_agenda_only() {
    let community = read();
    let node = community.node();
    let observers = field(&shown(node, &format!("{BODY}/41")), "observers");
    assert_eq!(observers, (Some("several European countries (not named, not counted)".into()), "stated"));
    assert_eq!(field(&shown(node, &format!("{BODY}/47")), "observers"), (None, "unknown"));

    let of = entered(node, &body("EXERCISE Council of the Rivers", "ECR"), "clear");
    let session = entered(node, &session_of(&of, &json!({"value": 3, "basis": "stated"})), "clear");
    let item = |number: u8| {
        json!({"kind": "agenda-item", "title": format!("EXERCISE item {number}"), "session_ref": session,
            "position_number": number, "item_basis": "stated", "basis": {"whole": {"statement": "fact"}}})
    };
    let clear = entered(node, &item(1), "clear");
    let amber = entered(node, &item(2), "amber");
    let green = why(enter(node, &item(3), "green"));
    assert!(green.contains("green reaches observers") && green.contains("(K2)"), "{green}");
    let seen = node.sees(&node.reader(OBSERVER, "exercise"), "exercise");
    assert!(seen.contains(&clear) && seen.contains(&session) && !seen.contains(&amber), "{seen:?}");
    assert!(node.sees(&node.reader("Exercise member", "exercise"), "exercise").contains(&amber));
}

#[test]
fn written_message_of_a_head_of_state_stands_at_the_session_and_names_its_one_source() {
    let community = read();
    let view = shown(community.node(), "cis-sorb-2015-10-28");
    assert_eq!(view.sources.len(), 2);
    let [message] = view.messages.as_slice() else { panic!("{:?}", view.messages) };
    assert_eq!(message.from.as_deref(), Some("Vladimir Putin"));
    let [source] = message.known_from.as_slice() else { panic!("{message:?}") };
    assert!(source.starts_with("The Sentinel Analytical Group"), "{source}");
}

#[test]
fn programme_the_report_of_the_first_year_leads_to_the_programme_and_missing_figures_are_not_provided() {
    let community = read();
    let view = shown(community.node(), &format!("{BODY}/54"));
    let [programme] = view.programmes.as_slice() else { panic!("{:?}", view.programmes) };
    assert_eq!(programme.title, "Programme 2023 to 2025");
    assert_eq!(programme.reports, ["Report on 2023 of Programme 2023 to 2025: figures not provided"]);
}

#[test]
fn results_130_opens_as_untraced_and_says_what_is_missing() {
    let community = read();
    let node = community.node();
    let found = claims::explain(&node.app, &node.operator(), "c-2019-02").unwrap();
    assert_eq!(found.figure, "130 persons (exactly)");
    assert_eq!(found.said_by, "Alexander Bortnikov (Director, FSB) via UzA, Asia-Plus");
    assert_eq!(found.trace, "untraced, because period, counting rule and contributors are missing");
    let none = claims::explain(&node.app, &node.operator(), "c-2019-03");
    assert!(matches!(none, Err(AppError::Conflict(_))), "{none:?}");
}

#[test]
fn results_a_large_amount_is_taken_in_words_alone() {
    let community = read();
    let node = community.node();
    let mut form = claim("EXERCISE Orlan Vesk", "a large amount", "kg");
    assert!(why(enter(node, &form, "clear")).contains("go into in_words and stay qualitative"));
    form["quantity"] =
        json!({"unit": "kg", "in_words": {"text": "a large amount", "said_by": "EXERCISE Orlan Vesk"}});
    let id = entered(node, &form, "clear");
    let view = claims::show(&node.app, &node.operator(), &id).unwrap();
    assert_eq!(view.figure.unwrap(), "a large amount (EXERCISE Orlan Vesk), kg: words, no number");
    let reading = claims::show(&node.app, &node.operator(), "c-2019-03").unwrap();
    assert_eq!((reading.figure, reading.topic.as_str()), (None, "results"), "nobody made a number of it");
}

#[test]
fn attributed_conflicting_assessments_30000_and_200000_stand_with_their_ratio_and_are_never_averaged() {
    let community = read();
    let view = set(community.node(), "k-2015-strength");
    let rows: Vec<_> =
        view.claims.iter().map(|claim| (claim.figure.as_deref().unwrap(), claim.chain.as_str())).collect();
    assert_eq!(
        rows,
        [
            ("about 30000 persons", "US Central Intelligence Agency via TASS background note"),
            ("about 200000 persons", "Iraqi authorities via TASS background note")
        ]
    );
    assert_eq!(view.heading(), "2 statements, 2 voices, 2 roots");
    assert_eq!((view.ratio.as_deref(), view.overlap.unwrap().name()), (Some("6.67"), "no"));
    let told = serde_json::to_string(&view).unwrap();
    assert!(
        !told.contains("115000")
            && !told.contains("115,000")
            && !told.contains("\"average\"")
            && !told.contains("\"mean\""),
        "{told}"
    );
}

#[test]
fn update_printed_above_the_older_text_sorts_by_time() {
    let community = read();
    let view = shown(community.node(), &format!("{BODY}/41"));
    let places: Vec<_> = view.sources[0].sections.iter().map(String::as_str).collect();
    assert_eq!(
        places,
        [
            "src-001-p2, earlier text, time-stamped; printed at place 2",
            "src-001-p1, update (placed first); printed at place 1"
        ]
    );
}

#[test]
fn aliases_over_time_a_former_name_is_found_in_its_validity_and_marked() {
    let community = community();
    let node = community.node();
    let group = json!({"kind": "group", "names": [
        {"value": "EXERCISE Amber Star", "script": "Latn", "name_kind": "primary", "valid": {"from": "2014-07"}},
        {"value": "EXERCISE Northern Lantern", "script": "Latn", "name_kind": "former",
            "valid": {"from": "2013-04", "until": "2014-06"}}],
        "basis": {"whole": {"statement": "fact"}}});
    let id = entered(node, &group, "clear");
    let found = |at: Option<&str>| {
        let asking =
            Asking { name: Some("Northern Lantern"), purpose: Some("work"), at, ..Asking::default() };
        search::run(&node.app, &node.operator(), &asking).unwrap().hits
    };
    let hit = &found(None)[0];
    assert_eq!((&hit.id, hit.names[0].former), (&id, true));
    assert_eq!(hit.names[0].until.as_deref(), Some("2014-06"));
    assert_eq!(found(Some("2013-10"))[0].id, id, "in its validity");
    assert!(found(Some("2016")).is_empty(), "nobody was called so then");
}

#[test]
fn one_voice_is_no_conflict_and_who_has_not_spoken_is_named_as_that() {
    let community = read();
    let node = community.node();
    let view = set(node, "k-2024-attribution");
    assert_eq!(view.heading(), "one voice, several statements: no conflict");
    assert_eq!(view.without_statement, ["Ukraine", "Islamic State - Khorasan Province"]);
    assert!(view.claims.iter().all(|claim| claim.contested_by.is_empty()));
    let status = set(node, "k-2024-status");
    assert_eq!((status.voices, status.ratio, status.overlap), (1, None, None), "one voice is no contrast");
    assert_eq!(status.bears_on.len(), 1);
    assert!(
        status.claims.iter().all(|claim| !claim.text.contains("torturing")),
        "it bears on them, and is none"
    );
    let itself = refusal(|reading| {
        reading["claims"].as_array_mut().unwrap().iter_mut().find(|one| one["id"] == "c-2024-01").unwrap()
            ["contested_by"] = json!(["c-2024-02"]);
    });
    assert!(
        itself.contains(".contested_by") && itself.contains("one voice does not contest itself"),
        "{itself}"
    );
}

#[test]
fn the_remark_on_evidence_goes_by_one_rule_for_all() {
    let community = community();
    assert_eq!(bring(community.node(), READING).unwrap().warnings, Vec::<String>::new());
    let uneven = changed(|reading| {
        let all = reading["claims"].as_array_mut().unwrap();
        let one = all.iter_mut().find(|one| one["id"] == "c-2016-04").unwrap();
        one.as_object_mut().unwrap().remove("editor_note");
    });
    let wish = Wish { collection: "exercise", editor: Some(EDITOR), text: &uneven, dry_run: true };
    let warned = import::run(&community.node().app, &community.node().operator(), &wish).unwrap().warnings;
    assert_eq!(warned.len(), 1, "{warned:?}");
}

#[test]
fn every_face_of_a_claim_shows_whose_words_it_is() {
    let community = read();
    let node = community.node();
    let all = claims::list(&node.app, &node.operator(), None).unwrap();
    assert!(all.iter().all(|claim| !claim.chain.is_empty() && !claim.text.is_empty()));
    for record in explain::records(&node.app, None).unwrap().iter().filter(|one| one.kind == "comity-claim") {
        let claim = all.iter().find(|claim| claim.place.id == record.id).unwrap();
        let start: String = claim.chain.chars().take(40).collect();
        assert!(record.name.starts_with(&start), "{}", record.name);
    }
}

#[test]
fn k1_a_body_with_nearly_the_same_name_warns() {
    let community = community();
    let node = community.node();
    entered(node, &body("EXERCISE Council of Heads of Border Offices", "ECH"), "clear");
    let warned = |name: &str, short: &str| match enter(node, &body(name, short), "clear") {
        Entry::Written(written) => {
            written.warnings.iter().any(|one| one.contains("number their sessions apart"))
        }
        Entry::Refused(faults) => panic!("{faults:?}"),
    };
    assert!(warned("EXERCISE Council of Heads of Border Services", "XYZ"));
    assert!(warned("EXERCISE Harbour Assembly", "ECH"), "by the abbreviation");
    assert!(!warned("EXERCISE Mountain Rescue League", "EMR"));
}

#[test]
fn k1_body_and_stated_number_name_one_session() {
    let community = community();
    let node = community.node();
    let of = entered(node, &body("EXERCISE Council of the Rivers", "ECR"), "clear");
    let stated = json!({"value": 47, "basis": "stated"});
    let first = entered(node, &session_of(&of, &stated), "clear");
    let second = why(enter(node, &session_of(&of, &stated), "clear"));
    assert!(second.contains("there is a session 47 of this body") && second.contains(&first), "{second}");
    entered(node, &session_of(&of, &json!({"value": 47, "basis": "inferred"})), "clear");
    assert_eq!(shown(node, "ecr/47").place.id, first, "found by the abbreviation too");
    let twice = refusal(|reading| reading["sessions"][1]["number"]["value"] = 47.into());
    assert!(twice.contains("another session 47"), "{twice}");
}

#[test]
fn k7_corroboration_counts_sources_and_not_repeats() {
    let community = read();
    let node = community.node();
    let found = claims::sources(&node.app, &node.operator(), "c-2015-15").unwrap();
    assert!(found.one_source.iter().any(|line| line.starts_with("c-2015-14  ")), "{found:?}");
    assert_eq!(found.roots.len(), 1, "two outlets had one speech");
    let view = set(node, "k-2015-countries");
    assert_eq!((view.claims.len(), view.voices, view.roots), (3, 2, 2));
}

#[test]
fn a_reader_adopts_a_view_and_the_choice_is_attributed() {
    let community = read();
    let node = community.node();
    let statement = StatementText::default();
    let say = |claim: Option<&str>, reason: &str| {
        let say = Say { set: "k-2015-strength", claim, reason, statement: &statement };
        conflict::say(&node.app, &node.operator(), &say).unwrap()
    };
    say(Some("c-2015-05"), "EXERCISE our own count agrees");
    node.clock().advance_seconds(60);
    say(Some("c-2015-06"), "EXERCISE counted anew");
    node.clock().advance_seconds(60);
    say(None, "EXERCISE the question mixes two groups");
    let view = set(node, "k-2015-strength");
    let said: Vec<_> = view.positions.iter().map(|one| (one.stance, one.by.as_deref())).collect();
    assert_eq!(said, [("dissent", Some("operator")), ("adopt-view", Some("operator"))], "one view a member");
    let adopted = &view.positions[1];
    assert!(adopted.claim.as_ref().unwrap().starts_with("Iraqi authorities via"), "{adopted:?}");
    assert_eq!(
        (adopted.reason.as_str(), adopted.place.origin.as_str()),
        ("EXERCISE counted anew", "Exercise host")
    );
    assert_eq!(view.claims.len(), 2, "the other stands as before");
    let other =
        Say { set: "k-2015-strength", claim: Some("c-2019-02"), reason: "EXERCISE", statement: &statement };
    assert!(matches!(conflict::say(&node.app, &node.operator(), &other), Err(AppError::Conflict(_))));
    let auditor = node.user("auditor", &[Role::Auditor]);
    let mine = Say { claim: Some("c-2015-05"), ..other };
    assert!(matches!(conflict::say(&node.app, &auditor, &mine), Err(AppError::Denied(_))));
    assert!(!node.sees(&node.reader(OBSERVER, "exercise"), "exercise").contains(&adopted.place.id));

    let export = conflict::export(&node.app, &node.operator(), "k-2015-strength").unwrap();
    let records = export["records"].as_array().unwrap();
    assert_eq!(records.len(), 1 + 2 + 2);
    assert!(records.iter().all(|one| one["proof"].is_string() && one["object"]["id"] == one["place"]["id"]));
}

#[test]
fn pairs_are_proposed_across_voices_alone_and_a_person_makes_them_a_set() {
    let community = community();
    let node = community.node();
    let propose = || propose::propose(&node.app, &node.operator()).unwrap().lines;
    entered(node, &claim("EXERCISE Orlan Vesk (chair)", "100", "crossings"), "clear");
    entered(node, &claim("EXERCISE Orlan Vesk", "300", "crossings"), "clear");
    assert_eq!(propose(), [], "one voice is not proposed against itself");
    entered(node, &claim("EXERCISE Ilva Torn", "300", "crossings"), "clear");
    entered(node, &claim("EXERCISE Ilva Torn", "7", "boats"), "clear");
    let found = propose();
    assert_eq!(found.len(), 1, "{found:?}");
    let (why, mark) = (&found[0].why, found[0].mark.as_str());
    assert!(why.contains("100 crossings (exactly)") && why.contains("300 crossings (exactly)"), "{why}");
    let statement = StatementText { tlp: Some("amber".into()), ..StatementText::default() };
    let judging = "EXERCISE How many militants crossed?";
    assert!(matches!(
        propose::accept(&node.app, &node.operator(), mark, judging, &statement),
        Ok(Entry::Refused(_))
    ));
    let question = "EXERCISE How many crossings were found?";
    let Ok(Entry::Written(made)) = propose::accept(&node.app, &node.operator(), mark, question, &statement)
    else {
        panic!("it is no set")
    };
    assert_eq!(set(node, &made.id).ratio.as_deref(), Some("3.00"));
    assert_eq!(propose(), [], "they stand in a set together now");
    assert!(matches!(
        propose::accept(&node.app, &node.operator(), mark, question, &statement),
        Err(AppError::NotFound(_))
    ));
}

#[test]
fn a_claim_that_was_taken_back_is_counted_nowhere() {
    let community = read();
    let node = community.node();
    let before = set(node, "k-2015-strength");
    withdraw::run(&node.app, &node.operator(), &before.claims[1].place.id, "EXERCISE").unwrap();
    let after = set(node, "k-2015-strength");
    assert_eq!(after.heading(), "one statement: no conflict");
    assert_eq!((after.claims.len(), after.voices, after.roots, after.ratio), (1, 1, 1, None));
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the tests find the shared data by this variable")]
fn the_reading_of_the_shared_folder_is_the_one_in_the_demo() {
    let Ok(shared) = std::env::var("COMITY_SHARED") else {
        assert!(std::env::var("CI").is_err(), "COMITY_SHARED is not set");
        return;
    };
    let path = std::path::Path::new(&shared).join("data/council/sessions.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        assert!(std::env::var("CI").is_err(), "{} is not there", path.display());
        return;
    };
    assert!(text == READING, "demo/council.json is not the reading of the shared folder: copy it");
}

#[test]
fn the_whole_reading_comes_in_and_a_second_import_changes_nothing() {
    let community = community();
    let node = community.node();
    let reading: Value = serde_json::from_str(READING).unwrap();
    let count = |part: &str| reading[part].as_array().unwrap().len();
    let dry = Wish { collection: "exercise", editor: Some(EDITOR), text: READING, dry_run: true };
    let would = import::run(&node.app, &node.operator(), &dry).unwrap();
    assert!(explain::records(&node.app, None).unwrap().is_empty(), "a dry run brings in nothing");
    let first = bring(node, READING).unwrap();
    assert_eq!(first.records, would.records);
    for (word, part) in [("claim", "claims"), ("conflict-set", "conflict_sets"), ("session", "sessions")] {
        assert_eq!(first.records[word], count(part), "{word}");
    }
    let all = first.records.values().sum::<usize>();
    assert_eq!((first.new, first.unchanged), (all, 0));
    let here = explain::records(&node.app, None).unwrap();
    assert_eq!(here.len(), all + 1, "with the identity of the editor");
    assert!(here.iter().all(|one| one.level == "TLP:CLEAR" && !one.narrowed));
    assert!(here.iter().all(|one| one.kind == "identity" || one.kind.starts_with("comity-")));
    node.clock().advance_seconds(60);
    let second = bring(node, READING).unwrap();
    assert_eq!((second.new, second.changed, second.unchanged), (0, 0, all));
    assert_eq!(explain::records(&node.app, None).unwrap().len(), here.len());
    let corrected = changed(|reading| reading["claims"][0]["topic"] = "fighters".into());
    let third = bring(node, &corrected).unwrap();
    assert_eq!((third.new, third.changed, third.unchanged), (0, 1, all - 1));
    assert_eq!(claims::list(&node.app, &node.operator(), Some("fighters")).unwrap().len(), 1);
}

#[test]
fn an_unknown_field_key_or_word_refuses_the_whole_reading() {
    for (change, place, words) in [
        ("/claims/3/colour", "claims.[3]", "unknown field `colour`"),
        ("/sessions/0/weather", "sessions.[0]", "unknown field `weather`"),
        ("/extra", "the reading", "unknown field `extra`"),
        ("/claims/3/session", "claims.[3]", "names `red`"),
        ("/claims/3/kind", "claims.[3].kind", "red"),
        ("/claims/3/source_file", "claims.[3]", "`red` is not the file of its source"),
        ("/sources/0/author/basis", "sources.[0].author", "`red`"),
        ("/sources/0/sha256", "sources.[0]", "64 small hexadecimal digits"),
        ("/sessions/0/date/value", "sessions.[0].date", "red"),
        ("/sessions/0/agenda_topics/0/basis", "sessions.[0].agenda_topics.[0]", "`red`"),
    ] {
        let told = refusal(|reading| {
            let (above, key) = change.rsplit_once('/').unwrap();
            let above = if above.is_empty() { reading } else { reading.pointer_mut(above).unwrap() };
            above[key] = "red".into();
        });
        assert!(
            told.contains(place) && told.contains(words) && told.contains("nothing was imported"),
            "{told}"
        );
    }
    let narrow = refusal(|reading| reading["marking"] = "TLP:AMBER".into());
    assert!(narrow.contains("it stays TLP:CLEAR"), "{narrow}");
    let twice = refusal(|reading| reading["claims"][1]["id"] = "c-2015-01".into());
    assert!(twice.contains("stands twice"), "{twice}");
}

#[test]
fn an_editor_is_neither_a_member_nor_a_speaker_and_needs_the_role() {
    let community = community();
    let node = community.node();
    for editor in ["Exercise host", "exercise MEMBER", "Ilham Aliyev (President of Azerbaijan)", " "] {
        let wish = Wish { collection: "exercise", editor: Some(editor), text: READING, dry_run: true };
        let refused = import::run(&node.app, &node.operator(), &wish);
        assert!(matches!(refused, Err(AppError::Invalid(_))), "{editor}: {refused:?}");
    }
    let wish = Wish { collection: "exercise", editor: None, text: READING, dry_run: false };
    let analyst = node.user("analyst", &[Role::Analyst]);
    assert!(matches!(import::run(&node.app, &analyst, &wish), Err(AppError::Denied(_))));
    import::run(&node.app, &node.operator(), &wish).unwrap();
    let view = explain::show(&node.app, &set(node, "k-chair").place.id).unwrap().remove(0);
    let object: Value = serde_json::from_str(&view.content.unwrap()).unwrap();
    assert_eq!(object["created_by_ref"], node.member().as_str(), "without an editor it is the member's own");
}
