//! The search: what users find and how it is noted, what members find with their keys, and that both engines answer
//! alike.

use std::collections::BTreeSet;

use comity_app::backup;
use comity_app::model::{Category, Flag, Stated};
use comity_app::search::{self, Asking, Found, Hit};
use comity_app::serve;
use comity_app::stix::Tlp;
use comity_app::{AppError, Reader, Role, SystemRandom, import, publish, reindex, withdraw};
use comity_store::{Store, Value};
use comity_testkit::{Community, NOW_US, Node, Place, Seat, engines};

use crate::paper::{at, id, note, with_marked_abstract};

const HOST: &str = "Exercise host";
const READER: &str = "Exercise reader";
const EXTENSION: &str = "extension-definition--ad455bc2-9ac8-4138-bed3-f1f169eea8ca";

pub fn community(place: Place) -> Community {
    let community = Community::new(1, vec![Seat::member(HOST).node(place), Seat::member(READER)]);
    assert_eq!(community.node().collection("Exercise"), "exercise");
    community
}

fn ask(node: &Node, query: &str) -> Result<Found, AppError> {
    let asking = Asking { query, purpose: Some("border"), limit: Some(200), ..Asking::default() };
    search::run(&node.app, &node.operator(), &asking)
}

fn hits(node: &Node, query: &str) -> Vec<Hit> {
    ask(node, query).unwrap().hits
}

fn ids(node: &Node, query: &str) -> Vec<String> {
    hits(node, query).into_iter().map(|hit| hit.id).collect()
}

fn refusal(node: &Node, asking: &Asking<'_>) -> String {
    search::run(&node.app, &node.operator(), asking).unwrap_err().to_string()
}

fn execute(node: &Node, sql: &str, params: &[Value]) -> u64 {
    let store = Store::open(node.place().location(), NOW_US).unwrap();
    store.write("test", |tx| tx.exec(sql, params)).unwrap()
}

/// A person of a category, born in this year, with a Latin and a Cyrillic name and a former one.
pub fn subject(number: u32, category: &str, born: &str) -> String {
    let more = match category {
        "contact" => {
            r#","link":{"link_kind":"contacts","with_ref":"identity--00000000-0000-4000-8000-000000000101","grounds":"EXERCISE call"}"#
        }
        _ => "",
    };
    let documents = match category {
        "witness" => "",
        _ => {
            r#","documents":[{"document_kind":"passport","number":"EX 000-0017","issued_by":"KG","states_nationality":"KG"}]"#
        }
    };
    format!(
        r#"{{"type":"identity","spec_version":"2.1","id":"identity--00000000-0000-4000-8000-{number:012}",
        "created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:{:02}.000Z","name":"EXERCISE Anvar Tojiboyev",
        "description":"EXERCISE: drove the lorry","identity_class":"individual","extensions":{{"{EXTENSION}":{{
        "extension_type":"property-extension","kind":"subject","category":"{category}",
        "names":[{{"value":"EXERCISE Anvar Tojiboyev","script":"Latn","name_kind":"primary"}},
        {{"value":"УЧЕНИЕ Анвар Тожибоев","script":"Cyrl","name_kind":"transliteration"}},
        {{"value":"УЧЕНИЕ Анвар Каримов","script":"Cyrl","name_kind":"former","valid":{{"from":"2009","until":"2015-06"}}}}],
        "birth":{{"date":"{born}","place":{{"country":"TJ"}}}}{documents}{more},
        "basis":{{"whole":{{"statement":"fact"}},
        "said":[{{"text":"EXERCISE: a militant","said_by":"EXERCISE Spokesperson"}}]}}}}}}}}"#,
        number % 60
    )
    .replace('\n', " ")
}

/// A subject's id.
pub fn person(number: u32) -> String {
    format!("identity--00000000-0000-4000-8000-{number:012}")
}

/// A border event between two dates.
fn event(number: u32, title: &str, during: &str) -> String {
    format!(
        r#"{{"type":"incident","spec_version":"2.1","id":"incident--00000000-0000-4000-8000-{number:012}",
        "created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z","name":"EXERCISE {title}",
        "extensions":{{"{EXTENSION}":{{"extension_type":"property-extension","kind":"border-event",
        "during":{during},"place":{{"called":"EXERCISE Перевал","country":"KG"}},"to_country":"TJ",
        "basis":{{"whole":{{"statement":"fact"}}}}}}}}}}"#
    )
    .replace('\n', " ")
}

fn bring(node: &Node, personal: bool, text: &str) {
    let stated = Stated {
        tlp: Some(Tlp::Amber),
        personal,
        category: personal.then(|| category_of(text)),
        purposes: ["border".to_owned()].into(),
        ..Stated::default()
    };
    let input = import::Input {
        collection: "exercise",
        name: "exercise.json",
        stated,
        purpose: Some("border".into()),
        legal_basis: Some("treaty".into()),
        ..import::Input::default()
    };
    let summary = import::run(&node.app, &node.operator(), &input, text.as_bytes(), &mut |_| {}).unwrap();
    assert_eq!((summary.accepted, summary.rejected.len()), (1, 0), "{summary:?}");
}

fn category_of(text: &str) -> Category {
    if text.contains(r#""category":"witness""#) {
        Category::Witness
    } else if text.contains(r#""category":"contact""#) {
        Category::Contact
    } else {
        Category::Suspect
    }
}

engines! {
    fn words_phrases_and_exclusions_find_records_and_show_the_original(engine: Engine) {
        let community = community(engine.place());
        let node = community.node();
        let long = format!("{} Самолёт  вылетел ночью {}", "слово ".repeat(60), "хвост ".repeat(60));
        node.publish("exercise", &at(Tlp::Green), &note(1, 0, &long, None));
        node.publish("exercise", &at(Tlp::Green), &note(2, 0, "ночью вылетел никто; самолет стоял", None));
        node.publish("exercise", &at(Tlp::Green), &note(3, 0, "bridge over the river", None));
        assert_eq!(ids(node, "самолет"), [id(1), id(2)]);
        assert_eq!(ids(node, "\"самолет вылетел\""), [id(1)]);
        assert_eq!(ids(node, "самолет -\"самолет вылетел\""), [id(2)]);
        assert_eq!(ids(node, "самолет -стоял"), [id(1)]);
        assert_eq!(ids(node, "самолет bridge"), Vec::<String>::new());
        assert_eq!(ids(node, &format!("id:{}", id(3))), [id(3)]);
        let hit = hits(node, "самолет").remove(0);
        let shown = hit.text.unwrap();
        assert!(shown.text.contains("Самолёт  вылетел") && shown.goes_before && shown.goes_on, "{shown:?}");
        assert!(shown.text.chars().count() <= 120 && long.contains(&shown.text));
        assert!(!shown.text.starts_with(' ') && !shown.text.ends_with(' '));
        assert_eq!((hit.kind.as_str(), hit.origin.as_str(), hit.state.as_str()), ("note", HOST, "live"));
    }

    fn a_record_is_found_by_what_it_is_about(engine: Engine) {
        let community = community(engine.place());
        let node = community.node();
        bring(node, false, &event(1, "night crossing", r#"{"from":"2026-03-08","until":"2026-03"}"#));
        bring(node, false, &event(2, "day crossing", r#"{"from":"2026-05"}"#));
        bring(node, true, &subject(3, "suspect", "1987-05"));
        let event = |number: u32| format!("incident--00000000-0000-4000-8000-{number:012}");
        let both: BTreeSet<String> = [event(1), event(2)].into();
        for query in ["kind:border-event", "kind:incident", "crossing", "country:kg", "country:KG country:TJ", "перевал"] {
            assert_eq!(ids(node, query).into_iter().collect::<BTreeSet<_>>(), both, "{query}");
        }
        assert_eq!(ids(node, "from:2026-04 kind:border-event"), [event(2)], "a period without an end goes on");
        assert_eq!(ids(node, "until:2026-04"), [event(1)]);
        assert_eq!(ids(node, "from:2026-03-31 until:2026-03-31"), [event(1)]);
        assert_eq!(ids(node, "kind:border-event,subject category:suspect"), [person(3)]);
        assert_eq!(ids(node, "number:EX0000017"), [person(3)]);
        assert_eq!(ids(node, "nationality:KG number:ex-0000017"), [person(3)]);
        assert_eq!(ids(node, "nationality:TJ number:EX0000017"), Vec::<String>::new());
        assert_eq!(ids(node, "country:TJ kind:subject"), Vec::<String>::new(), "where somebody was born is no place of the matter");
        assert_eq!(ids(node, "country:KG kind:subject"), Vec::<String>::new(), "nor who issued a passport");
        assert_eq!(ids(node, "collection:exercise origin:\"Exercise host\" lorry"), [person(3)]);
        assert_eq!(ids(node, "origin:\"Exercise reader\" lorry"), Vec::<String>::new());
        assert!(ask(node, "origin:Nobody lorry").is_err() && ask(node, "collection:none lorry").is_err());
        let said = hits(node, "militant").remove(0).text.unwrap();
        assert_eq!(said.said_by.as_deref(), Some("EXERCISE Spokesperson"), "words that judge stand with who said them");
        assert_eq!(ids(node, "property"), Vec::<String>::new(), "codes and property names are no text");
        assert_eq!(ids(node, "extension_type"), Vec::<String>::new());
    }

    fn a_name_is_found_in_any_script_and_shown_as_it_is_written(engine: Engine) {
        let community = community(engine.place());
        let node = community.node();
        bring(node, true, &subject(3, "suspect", "1987-05"));
        let by_name = |name: &str, at: Option<&str>| {
            let asking = Asking { name: Some(name), at, purpose: Some("border"), ..Asking::default() };
            search::run(&node.app, &node.operator(), &asking).unwrap().hits
        };
        let spelled: Vec<String> =
            by_name("Тожибоев", None).remove(0).names.into_iter().map(|name| name.name).collect();
        assert_eq!(spelled, ["EXERCISE Anvar Tojiboyev", "УЧЕНИЕ Анвар Тожибоев"], "as they are written");
        assert_eq!(by_name("Tojiboyev Anvar", None).len(), 1, "in any order");
        assert!(by_name("Tojiboyev Rustam", None).is_empty());
        let mixed = by_name("Tojiboyev Karimov", None);
        assert!(mixed.is_empty(), "the words of one name, not of two");
        let former = by_name("Karimov", None).remove(0).names.remove(0);
        assert_eq!((former.name.as_str(), former.script.as_deref()), ("УЧЕНИЕ Анвар Каримов", Some("Cyrl")));
        assert!(former.former && former.in_use.is_none());
        assert_eq!((former.from.as_deref(), former.until.as_deref()), (Some("2009"), Some("2015-06")));
        let then = by_name("Karimov", Some("2014")).remove(0).names.remove(0);
        assert_eq!(then.in_use, Some(comity_app::model::kind::Answer::Yes));
        let unsure = by_name("Karimov", Some("2015")).remove(0).names.remove(0);
        assert_eq!(unsure.in_use, Some(comity_app::model::kind::Answer::CannotBeSaid));
        assert!(by_name("Karimov", Some("2020")).is_empty(), "found in its time only");
        assert_eq!(ids(node, "name:Karimov name:Tojiboyev"), [person(3)], "two names of one person");
    }

    fn the_newest_live_version_is_found_and_drafts_are_marked(engine: Engine) {
        let community = community(engine.place());
        let node = community.node();
        node.publish("exercise", &at(Tlp::Green), &note(1, 0, "old bridge", None));
        node.publish("exercise", &at(Tlp::Green), &note(1, 1, "new tunnel", None));
        node.publish("exercise", &at(Tlp::Green), &note(2, 0, "bridge", None));
        assert_eq!(ids(node, "bridge"), [id(2)], "what an older version said is not found");
        let all = Asking { query: "bridge", purpose: Some("border"), all_versions: true, ..Asking::default() };
        assert_eq!(search::run(&node.app, &node.operator(), &all).unwrap().hits.len(), 2);
        let input = import::Input { collection: "exercise", name: "x", draft: true, stated: at(Tlp::Green), ..import::Input::default() };
        let draft = note(2, 2, "bridge again", None);
        import::run(&node.app, &node.operator(), &input, draft.as_bytes(), &mut |_| {}).unwrap();
        let states: Vec<String> = hits(node, "bridge").into_iter().map(|hit| hit.state).collect();
        assert_eq!(states, ["held", "live"]);
        publish::run(&node.app, &node.operator(), &id(2)).unwrap();
        let found = hits(node, "bridge");
        assert_eq!((found.len(), found[0].state.as_str()), (1, "live"));
        withdraw::run(&node.app, &node.operator(), &found[0].id, "EXERCISE").unwrap();
        assert_eq!(ids(node, "bridge"), Vec::<String>::new(), "all versions were withdrawn");
        assert_eq!(ids(node, "tunnel"), [id(1)]);
    }

    fn pages_go_on_where_the_last_one_ended(engine: Engine) {
        let community = community(engine.place());
        let node = community.node();
        let all: Vec<String> = (1..=7).map(|number| note(number, number % 3, "bridge", None)).collect();
        node.publish("exercise", &at(Tlp::Green), &all.join("\n"));
        let whole = ids(node, "bridge");
        assert_eq!(whole.len(), 7);
        let mut gathered = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let asking = Asking { query: "bridge", purpose: Some("border"), limit: Some(3), after: after.as_deref(), ..Asking::default() };
            let page = search::run(&node.app, &node.operator(), &asking).unwrap();
            gathered.extend(page.hits.into_iter().map(|hit| hit.id));
            let Some(next) = page.next else { break };
            let other = Asking { query: "river", after: Some(&next), ..asking };
            assert!(refusal(node, &other).contains("start without it"));
            after = Some(next);
        }
        assert_eq!(gathered, whole);
    }

    fn a5_every_search_states_a_purpose_and_is_noted(engine: Engine) {
        let community = community(engine.place());
        let node = community.node();
        node.publish("exercise", &at(Tlp::Green), &note(1, 0, "bridge", None));
        let without = Asking { query: "bridge", ..Asking::default() };
        assert!(refusal(node, &without).contains("name one of border, network"));
        let unknown = Asking { purpose: Some("curiosity"), ..without.clone() };
        assert!(refusal(node, &unknown).contains("no purpose `curiosity`"));
        let before = comity_app::ledger::verify(&node.app).unwrap().leaves;
        let analyst = node.user("lena", &[Role::Analyst]);
        let asking = Asking { purpose: Some("border"), ..without };
        let found = search::run(&node.app, &analyst, &asking).unwrap();
        assert_eq!(search::run(&node.app, &node.operator(), &Asking { query: "nothing", ..asking }).unwrap().hits, []);
        let noted = search::consultations(&node.app, &node.operator()).unwrap();
        let told: Vec<_> = noted.iter().map(|one| (one.actor.as_str(), one.purpose.as_str(), one.query.as_str(), one.hits)).collect();
        assert_eq!(told, [("operator", "border", "nothing", 0), ("lena", "border", "bridge", 1)]);
        assert_eq!(noted[1].id, found.consultation);
        assert_eq!(comity_app::ledger::verify(&node.app).unwrap().leaves, before + 3, "a user and two searches");
        assert!(matches!(search::consultations(&node.app, &analyst), Err(AppError::Denied(_))));
        let administrator = node.user("root", &[Role::Administrator]);
        assert!(matches!(search::run(&node.app, &administrator, &asking), Err(AppError::Denied(_))));
    }

    fn c4_of_a_victim_a_witness_or_a_child_a_search_says_only_that_there_is_a_record(engine: Engine) {
        let community = community(engine.place());
        let node = community.node();
        bring(node, true, &subject(3, "witness", "1987-05"));
        bring(node, true, &subject(4, "suspect", "2008-02-01"));
        bring(node, true, &subject(5, "suspect", "1987-05"));
        let told = hits(node, "name:Tojiboyev");
        let short: Vec<_> = told.iter().map(|hit| (hit.id.as_str(), hit.hit_only, hit.name.is_empty(), hit.names.is_empty())).collect();
        assert_eq!(short, [
            (person(5).as_str(), false, false, false),
            (person(4).as_str(), true, true, true),
            (person(3).as_str(), true, true, true),
        ]);
        let words = hits(node, "lorry");
        assert_eq!(words.iter().map(|hit| hit.text.is_some()).collect::<Vec<_>>(), [true, false, false]);
        let json = format!("{:?}", words[2]);
        assert!(!json.contains("Tojiboyev") && !json.contains("witness") && json.contains(HOST), "{json}");
        // Whatever the object is, its handling may say that it is about such a person.
        let stated = |category, flags: &[Flag]| Stated {
            tlp: Some(Tlp::Amber),
            personal: true,
            category: Some(category),
            flags: flags.iter().copied().collect(),
            ..Stated::default()
        };
        let cases = [stated(Category::Victim, &[]), stated(Category::CanInform, &[]), stated(Category::Suspect, &[Flag::Minor])];
        for (number, stated) in (1..).zip(cases) {
            let (purpose, legal_basis) = (Some("border".into()), Some("treaty".into()));
            let input = import::Input { collection: "exercise", name: "x", stated, purpose, legal_basis, ..import::Input::default() };
            let text = note(number, 0, "boat", None);
            let summary = import::run(&node.app, &node.operator(), &input, text.as_bytes(), &mut |_| {}).unwrap();
            assert_eq!(summary.accepted, 1, "{summary:?}");
        }
        let boats = hits(node, "boat");
        assert_eq!(boats.iter().map(|hit| (hit.hit_only, hit.text.is_none())).collect::<Vec<_>>(), [(true, true); 3]);
        // The one who was under 18 comes of age.
        node.clock().advance_seconds(40 * 86_400);
        assert_eq!(hits(node, "name:Tojiboyev").iter().filter(|hit| hit.hit_only).count(), 1);
    }

    fn reindex_and_restore_build_the_index_again(engine: Engine) {
        let community = community(engine.place());
        let node = community.node();
        node.publish("exercise", &at(Tlp::Green), &note(1, 0, "bridge", None));
        bring(node, true, &subject(3, "suspect", "1987-05"));
        let look = |node: &Node| [ids(node, "bridge"), ids(node, "name:Karimov"), ids(node, "kind:subject")];
        let whole = look(node);
        reindex::run(&node.app, &node.operator()).unwrap();
        assert_eq!(look(node), whole);
        let file = node.folder().join("backup.db");
        backup::write(&node.app, &node.operator(), &file).unwrap();
        let home = node.folder().join("restored");
        let keys = node.app.home().join("keys");
        let random = std::sync::Arc::new(SystemRandom);
        backup::restore(&file, &home, None, Some(&keys), node.clock().clone(), random.clone()).unwrap();
        let again = comity_app::home::open(&home, node.clock().clone(), random).unwrap();
        let asking = Asking { query: "bridge", purpose: Some("border"), ..Asking::default() };
        let operator = comity_app::person::actor(&again, None).unwrap();
        assert!(comity_app::catchup::run(&again, &operator, &[], "").unwrap().done);
        let found = search::run(&again, &operator, &asking).unwrap();
        assert_eq!(found.hits.into_iter().map(|hit| hit.id).collect::<Vec<_>>(), whole[0]);
    }
}

#[test]
fn an_index_of_another_program_is_built_again_before_it_is_searched() {
    let community = community(Place::file());
    let node = community.node();
    node.publish("exercise", &at(Tlp::Green), &note(1, 0, "bridge", None));
    for sql in ["DELETE FROM word", "DELETE FROM document", "DELETE FROM fact WHERE name = 'search_form'"] {
        execute(node, sql, &[]);
    }
    assert!(ask(node, "bridge").unwrap_err().to_string().contains("comity reindex"));
    reindex::run(&node.app, &node.operator()).unwrap();
    assert_eq!(ids(node, "bridge"), [id(1)]);
}

#[test]
fn what_holds_personal_data_of_others_is_found_only_for_a_purpose_that_its_originator_allows() {
    let community = community(Place::file());
    let node = community.node();
    bring(node, true, &subject(3, "suspect", "1987-05"));
    node.publish("exercise", &at(Tlp::Green), &note(1, 0, "lorry", None));
    // The same records as those of another member.
    let other = community.id(READER).to_string();
    execute(
        node,
        "UPDATE handling SET body = replace(body, ?1, ?2) WHERE body LIKE '%personal%'",
        &[node.member().as_str().into(), other.as_str().into()],
    );
    execute(node, "UPDATE record SET origin = ?1 WHERE kind = 'identity'", &[other.as_str().into()]);
    execute(node, "UPDATE content SET origin = ?1 WHERE id LIKE 'identity%'", &[other.as_str().into()]);
    let find = |purpose: &str, basis: Option<&str>| {
        let asking = Asking { query: "lorry", purpose: Some(purpose), basis, ..Asking::default() };
        let found = search::run(&node.app, &node.operator(), &asking).unwrap();
        found.hits.into_iter().map(|hit| hit.id).collect::<Vec<_>>()
    };
    assert_eq!(find("border", None), [person(3), id(1)], "with the only legal basis that is agreed");
    assert_eq!(find("network", None), [id(1)], "for another purpose the person is not found, the note is");
    let unknown =
        Asking { query: "lorry", purpose: Some("border"), basis: Some("none"), ..Asking::default() };
    assert!(refusal(node, &unknown).contains("no legal basis"));
}

#[test]
fn c2_a_search_by_a_community_needs_a_reason_which_is_noted() {
    let community = community(Place::file());
    let node = community.node();
    node.publish("exercise", &at(Tlp::Green), &note(1, 0, "said of Muslims in the town", None));
    let plain = Asking { query: "Muslims", purpose: Some("border"), ..Asking::default() };
    assert!(refusal(node, &plain).contains("--reason"));
    assert!(
        refusal(node, &Asking { reason: Some("because"), ..plain.clone() }).contains("--reason"),
        "one word is none"
    );
    let reasoned = Asking { reason: Some("complaint 7 quotes it"), ..plain };
    assert_eq!(search::run(&node.app, &node.operator(), &reasoned).unwrap().hits.len(), 1);
    assert_eq!(
        search::consultations(&node.app, &node.operator()).unwrap()[0].reason,
        "complaint 7 quotes it"
    );
    let reader = node.reader(READER, "exercise");
    assert!(matches!(serve::search(&node.app, &reader, "Muslims", None, None), Err(AppError::Invalid(_))));
}

fn found_by(node: &Node, reader: &Reader, query: &str) -> Vec<String> {
    let mut ids = Vec::new();
    let mut next: Option<String> = None;
    loop {
        let page = serve::search(&node.app, reader, query, Some(2), next.as_deref()).unwrap();
        ids.extend(page.entries.into_iter().map(|entry| entry.id));
        next = page.next;
        if next.is_none() {
            return ids;
        }
    }
}

engines! {
    fn a_member_finds_what_its_pages_show_and_nothing_by_what_is_withheld(engine: Engine) {
        let community = community(engine.place());
        let node = community.node();
        let reader = node.reader(READER, "exercise");
        node.publish("exercise", &at(Tlp::Green), &note(1, 0, "bridge open", None));
        node.publish("exercise", &at(Tlp::Red), &note(2, 0, "bridge closed", None));
        // The abstract of each holds the word `secret`, for the host alone.
        for number in 3..=6 {
            let half = with_marked_abstract(&note(number, 0, "bridge half", None), Tlp::Red);
            node.publish("exercise", &at(Tlp::Green), &half);
        }
        let halves: Vec<String> = (3..=6).map(id).collect();
        assert_eq!(ids(node, "secret").len(), 4, "its own users find it");
        let search = |query: &str| serve::search(&node.app, &reader, query, None, None).unwrap();
        assert_eq!(search("secret"), search("nowhere"), "a withheld word is found like a word that is not there");
        assert_eq!(found_by(node, &reader, "bridge"), [id(1), id(3), id(4), id(5), id(6)]);
        assert_eq!(found_by(node, &reader, "bridge -secret"), [id(1), id(3), id(4), id(5), id(6)]);
        assert_eq!(found_by(node, &reader, "half -secret"), halves);
        assert_eq!(found_by(node, &reader, "\"bridge half\""), halves);
        assert_eq!(found_by(node, &reader, "kind:note collection:Exercise half"), halves);
        assert_eq!(found_by(node, &reader, "\"half secret\""), Vec::<String>::new());
        let own = node.reader(HOST, "exercise");
        assert_eq!(found_by(node, &own, "secret"), halves, "the key of its own member sees it whole");
        // A newer version without the word takes the older one's place.
        node.publish("exercise", &at(Tlp::Green), &note(1, 1, "tunnel", None));
        assert_eq!(found_by(node, &reader, "open"), Vec::<String>::new());
        // One that the reader does not get hides nothing.
        node.publish("exercise", &at(Tlp::Red), &note(3, 1, "tunnel", None));
        assert_eq!(found_by(node, &reader, "half"), halves);
    }

    fn a_member_searches_only_the_collections_that_its_key_reads(engine: Engine) {
        let community = community(engine.place());
        let node = community.node();
        assert_eq!(node.collection("Closed"), "closed");
        let reader = node.reader(READER, "exercise");
        let half = |number| with_marked_abstract(&note(number, 0, "bridge", None), Tlp::Red);
        node.publish("closed", &at(Tlp::Green), &half(1));
        node.publish("exercise", &at(Tlp::Green), &half(2));
        assert_eq!(found_by(node, &reader, "bridge"), [id(2)]);
        assert_eq!(found_by(node, &reader, "bridge collection:closed"), Vec::<String>::new());
        assert_eq!(found_by(node, &reader, "bridge collection:none"), Vec::<String>::new());
        assert_eq!(found_by(node, &reader, "bridge origin:nobody"), Vec::<String>::new());
        assert!(serve::search(&node.app, &reader, "nationality:KG", None, None).is_err());
        assert!(serve::search(&node.app, &reader, "bridge", None, Some("AAAA")).is_err());
    }
}

/// A border event in which the parts that the bits of its number choose are marked TLP:RED.
fn marked_event(number: u32) -> String {
    let parts = [
        "description".to_owned(),
        format!("extensions.{EXTENSION}.during.until"),
        format!("extensions.{EXTENSION}.place.country"),
        format!("extensions.{EXTENSION}.place.called"),
        "labels.[1]".to_owned(),
    ];
    let chosen: Vec<String> = (0..)
        .zip(parts)
        .filter(|(bit, _)| number >> bit & 1 == 1)
        .map(|(_, part)| format!("\"{part}\""))
        .collect();
    let text = event(number, "crossing", r#"{"from":"2026-03-01","until":"2026-03-08"}"#).replace(
        r#""extensions""#,
        r#""description":"EXERCISE goods hidden","labels":["seen","lorry"],"extensions""#,
    );
    // What is left of the place names a place still.
    let text = text.replace(r#""country":"KG""#, r#""country":"KG","district":"EXERCISE Dale""#);
    if chosen.is_empty() {
        return text;
    }
    let marking = Tlp::Red.marking_id();
    let granular = format!(
        r#""granular_markings":[{{"marking_ref":"{marking}","selectors":[{}]}}],"extensions""#,
        chosen.join(",")
    );
    text.replace(r#""extensions""#, &granular)
}

#[test]
fn a_member_finds_in_records_with_withheld_parts_what_it_would_find_without_them() {
    let (whole, left) = (community(Place::file()), community(Place::file()));
    let all: Vec<String> = (0..32).map(marked_event).collect();
    whole.node().publish("exercise", &at(Tlp::Green), &all.join("\n"));
    let reader = whole.node().reader(READER, "exercise");
    let served = whole.node().stream(&reader, "exercise", &serve::Query::default(), 100);
    let texts: Vec<String> =
        served.iter().map(|one| String::from_utf8(one.get().bytes().to_vec()).unwrap()).collect();
    assert_eq!(texts.len(), 32);
    assert_eq!(
        texts.iter().filter(|text| text.contains("hidden")).count(),
        16,
        "half of the descriptions are withheld"
    );
    left.node().publish("exercise", &at(Tlp::Green), &texts.join("\n"));
    let other = left.node().reader(READER, "exercise");
    let parts = [
        "crossing",
        "hidden",
        "-hidden",
        "\"goods hidden\"",
        "-\"goods hidden\"",
        "lorry",
        "-lorry",
        "перевал",
        "-перевал",
        "country:KG",
        "country:TJ",
        "from:2026-04",
        "from:2026-03-05",
        "until:2026-02",
        "until:2026-03-02",
        "kind:border-event",
    ];
    let mut counts = BTreeSet::new();
    for (n, one) in parts.iter().enumerate() {
        for two in &parts[n..] {
            let query = format!("seen {one} {two}");
            let set = |node: &Node, reader: &Reader| -> BTreeSet<String> {
                let page = serve::search(&node.app, reader, &query, Some(100), None).unwrap();
                page.entries.into_iter().map(|entry| entry.id).collect()
            };
            let found = set(whole.node(), &reader);
            assert_eq!(found, set(left.node(), &other), "{query}");
            counts.insert(found.len());
        }
    }
    assert!(counts.len() > 3, "the queries tell records apart: {counts:?}");
}
