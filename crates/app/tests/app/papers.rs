//! Documents out: what stands in a paper, under which marking, for whom, and what its HTML and CSV do with hostile text.

use comity_app::compose::statement::StatementText;
use comity_app::council::conflict::{self, Say};
use comity_app::council::paper::{self, csv, html};
use comity_app::model::Stated;
use comity_app::model::paper::{Block, Paper};
use comity_app::model::stix::Tlp;
use comity_app::{Actor, AppError, explain};
use comity_testkit::Node;
use serde_json::{Value, json};

use crate::council::{READING, body, bring, claim, community, entered, session_of};
use crate::paper::at;

fn made(node: &Node, text: &str) -> Paper {
    paper::of(&node.app, &node.operator(), text).unwrap()
}

fn told(paper: &Paper) -> String {
    serde_json::to_string(paper).unwrap()
}

/// A set of two claims of two voices, in three scripts.
fn set(node: &Node, levels: [&str; 3]) -> [String; 3] {
    let one = entered(node, &claim("EXERCISE Ғафур Ӯғлӣ", "100", "crossings"), levels[0]);
    let other = entered(node, &claim("EXERCISE محمد رضایی", "900", "crossings"), levels[1]);
    let form = json!({"kind": "conflict-set", "title": "EXERCISE How many crossings were found?", "difference": "value",
        "claim_refs": [one, other], "basis": {"whole": {"statement": "fact"}}});
    [entered(node, &form, levels[2]), one, other]
}

#[test]
fn a_conflict_set_is_printed_with_every_claim_under_its_voice_and_an_endnote_that_names_its_record() {
    let community = community();
    let node = community.node();
    let [set, one, other] = set(node, ["clear", "clear", "clear"]);
    let paper = made(node, &set);
    assert_eq!((paper.form.as_str(), paper.marking.to_string().as_str()), ("Conflict set", "TLP:CLEAR"));
    let Some(Block::Table(claims)) = paper.blocks.iter().find(|block| matches!(block, Block::Table(_)))
    else {
        panic!("{paper:?}")
    };
    assert_eq!(claims.rows.len(), 2);
    for row in &claims.rows {
        assert!(row[1][0].text.starts_with("EXERCISE "), "whose words: {row:?}");
        let note = paper.note(row[2][0].note.unwrap()).unwrap();
        let record = note.record.as_ref().unwrap();
        let voice =
            if record.id == one { "EXERCISE Ғафур Ӯғлӣ" } else { "EXERCISE محمد رضایی" };
        assert_eq!(row[1][0].text, voice, "the endnote leads to the claim of this voice");
    }
    let text = told(&paper);
    assert!(text.contains("divided by the smallest: 9"), "{text}");
    let proved: Vec<&str> = paper.proof.records.iter().map(|one| one.record.id.as_str()).collect();
    assert!([&set, &one, &other].iter().all(|id| proved.contains(&id.as_str())), "{proved:?}");
    assert!(paper.proof.records.iter().all(|one| one.digest.len() == 64 && one.leaf.is_some()));
    assert!(paper.proof.text.starts_with("c2sp.org/tlog-proof") && !paper.proof.checkpoint.is_empty());
    assert_eq!(made(node, &set), paper, "the same records, the same paper");
}

#[test]
fn a_paper_stands_under_the_strictest_marking_of_all_that_is_in_it() {
    let marked = |levels: [&str; 3]| {
        let community = community();
        let [set, ..] = set(community.node(), levels);
        let paper = made(community.node(), &set);
        let html = html::write(&paper);
        assert_eq!(
            html.matches(&paper.marking.to_string()).count(),
            5 + paper.notes.iter().filter(|one| one.marking == paper.marking).count()
        );
        paper.marking.to_string()
    };
    assert_eq!(marked(["clear", "clear", "clear"]), "TLP:CLEAR");
    assert_eq!(marked(["clear", "red", "clear"]), "TLP:RED", "one claim");
    assert_eq!(marked(["green", "clear", "amber"]), "TLP:AMBER", "the set itself");
}

#[test]
fn a_statement_of_a_member_on_a_set_is_in_the_paper_and_in_its_marking() {
    let community = community();
    let node = community.node();
    let [set, one, _] = set(node, ["clear", "clear", "clear"]);
    let statement = StatementText { tlp: Some("amber".into()), ..StatementText::default() };
    let say =
        Say { set: &set, claim: Some(&one), reason: "EXERCISE our count agrees", statement: &statement };
    conflict::say(&node.app, &node.operator(), &say).unwrap();
    let paper = made(node, &set);
    assert!(told(&paper).contains("EXERCISE our count agrees"));
    assert_eq!(paper.marking.to_string(), "TLP:AMBER");
}

#[test]
fn a_paper_of_a_reader_names_no_record_it_may_not_see() {
    let community = community();
    let node = community.node();
    let [set, one, other] = set(node, ["green", "green", "green"]);
    // The second claim is limited to a group of readers; so is a claim that somebody else makes of the same.
    let view = explain::show(&node.app, &other).unwrap().remove(0);
    let mut hidden: Value = serde_json::from_str(&view.content.unwrap()).unwrap();
    hidden.as_object_mut().unwrap().remove("object_marking_refs");
    let id = "comity-claim--00000000-0000-4000-8000-000000000007";
    hidden["id"] = id.into();
    hidden["words"]["text"] = "EXERCISE hidden words".into();
    let words = format!("{}: EXERCISE hidden words", "EXERCISE محمد رضایی");
    hidden["name"] = words.into();
    let within = Stated { inner: ["cell".to_owned()].into(), ..at(Tlp::Green) };
    node.publish("exercise", &within, &hidden.to_string());
    let as_one_of = |groups: &[&str]| {
        let inner = groups.iter().map(|group| (*group).to_owned()).collect();
        let actor = Actor { inner, ..node.operator() };
        let app = node.app.seen_by(&actor);
        (paper::of(&app, &actor, id), paper::of(&app, &actor, &one).unwrap())
    };
    let (inside, _) = as_one_of(&["cell"]);
    let inside = inside.unwrap();
    assert!(told(&inside).contains("EXERCISE hidden words") && inside.marking.limited);
    let (outside, claim) = as_one_of(&[]);
    assert!(matches!(outside, Err(AppError::NotFound(_))), "{outside:?}");
    let absent = paper::of(&node.app, &node.operator(), "comity-claim--00000000-0000-4000-8000-000000000009");
    let why = |made: Result<Paper, AppError>| made.unwrap_err().to_string().replace("00000000000", "");
    assert_eq!(
        why(outside).replace("07", "x").replace("7`", "x`"),
        why(absent).replace("09", "x").replace("9`", "x`")
    );
    assert!(!told(&claim).contains("hidden") && !told(&claim).contains(id));
    assert!(!told(&made(node, &set)).contains("hidden"));
}

#[test]
fn a_session_is_printed_with_its_agenda_its_documents_and_how_each_field_is_known() {
    let community = community();
    let node = community.node();
    bring(node, READING).unwrap();
    let paper = made(node, "Council of Heads of Security Agencies and Special Services of the CIS/47");
    let text = told(&paper);
    for wanted in ["chair of the meeting", "2019-11-07 (elsewhere)", "Measures", "outlined", "Known from"] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
    assert!(!text.contains("\"adopted\""), "what is outlined is not adopted");
    assert_eq!(paper.marking.to_string(), "TLP:CLEAR");
    assert!(!paper.notes.is_empty() && paper.check().is_ok());
}

#[test]
fn an_agenda_item_for_fewer_makes_the_paper_of_its_session_stricter() {
    let community = community();
    let node = community.node();
    let body = entered(node, &body("EXERCISE Council", "EC"), "clear");
    let session = entered(node, &session_of(&body, &json!({"value": 3, "basis": "stated"})), "clear");
    let item = |number: u32, title: &str| {
        json!({"kind": "agenda-item", "title": title, "session_ref": session, "position_number": number,
            "item_basis": "stated", "basis": {"whole": {"statement": "fact"}}})
    };
    entered(node, &item(1, "EXERCISE open item"), "clear");
    assert_eq!(made(node, "EXERCISE Council/3").marking.to_string(), "TLP:CLEAR");
    entered(node, &item(2, "EXERCISE closed item"), "red");
    let paper = made(node, "EXERCISE Council/3");
    assert_eq!(paper.marking.to_string(), "TLP:RED");
    let rows = String::from_utf8(csv::write(&paper).unwrap()).unwrap();
    let row = |text: &str| rows.lines().find(|line| line.contains(text) && line.contains("Agenda")).unwrap();
    assert!(row("EXERCISE open item").starts_with("TLP:CLEAR"), "each row has the marking of its own record");
    assert!(row("EXERCISE closed item").starts_with("TLP:RED"));
}

#[test]
fn a_programme_its_reports_and_a_figure_are_printed_and_the_figure_says_what_it_lacks() {
    let community = community();
    let node = community.node();
    bring(node, READING).unwrap();
    let figure = made(node, "c-2019-02");
    assert!(told(&figure).contains("untraced, because"), "{figure:?}");
    let session = made(node, "cis-sorb-047");
    assert!(session.form == "Session" && !session.proof.records.is_empty());
    let found = explain::records(&node.app, None).unwrap();
    let of = |kind: &str| found.iter().find(|one| one.kind == kind).unwrap().id.clone();
    let programme = made(node, &of("comity-programme"));
    assert!(told(&programme).contains("not provided"), "{programme:?}");
    let report = made(node, &of("comity-report"));
    assert_eq!(report.form, "Report on a programme");
}

#[test]
fn only_records_of_which_papers_are_made_are_taken_and_only_by_who_may_read() {
    let community = community();
    let node = community.node();
    let body = entered(node, &body("EXERCISE Council", "EC"), "clear");
    let why = |text: &str| paper::of(&node.app, &node.operator(), text).unwrap_err().to_string();
    assert!(why(&body).contains("name a conflict set, a session"), "{}", why(&body));
    assert!(why("k-nothing").contains("`k-nothing`"));
    assert!(why("EXERCISE Council/4").contains("there is no session"));
    let nobody = Actor { roles: Default::default(), ..node.operator() };
    assert!(matches!(paper::of(&node.app, &nobody, &body), Err(AppError::Denied(_))));
}

#[test]
fn a_cell_that_begins_like_a_formula_is_text() {
    let community = community();
    let node = community.node();
    for (n, sign) in ["=", "+", "-", "@"].into_iter().enumerate() {
        let mut form = claim("EXERCISE voice", &(n + 1).to_string(), "crossings");
        form["words"]["text"] = format!("{sign}cmd|' /C calc'!A0 \"quoted\", {n}").into();
        let id = entered(node, &form, "clear");
        let rows = String::from_utf8(csv::write(&made(node, &id)).unwrap()).unwrap();
        assert!(rows.contains(&format!("'{sign}cmd|' /C calc'!A0 \"\"quoted\"\", {n}")), "{rows}");
        assert!(!rows.contains(&format!(",{sign}cmd")) && !rows.contains(&format!(",\"{sign}cmd")), "{rows}");
        let widths: Vec<usize> =
            rows.lines().next().map(|line| line.split(',').count()).into_iter().collect();
        assert!(widths[0] > 3 && rows.starts_with("marking,part,record,text 1"));
    }
}

#[test]
fn the_page_holds_hostile_text_as_text_and_neither_scripts_nor_addresses() {
    let community = community();
    let node = community.node();
    let hostile =
        "EXERCISE </style><script>alert(1)</script><img src=x onerror=alert(1)> \" ' & \u{202e}gnp.exe";
    let mut form = claim("EXERCISE <b>voice</b>", "1", "crossings");
    form["words"]["text"] = hostile.into();
    let id = entered(node, &form, "clear");
    let page = html::write(&made(node, &id));
    assert!(
        page.contains("&lt;script&gt;alert(1)&lt;/script&gt;") && page.contains("&lt;b&gt;voice"),
        "{page}"
    );
    assert!(page.contains("[U+202E]gnp.exe") && !page.contains('\u{202e}'));
    for tag in ["<script", "<img", "<link", "<iframe", "http://", "https://", "url(", "onerror=alert(1)>"] {
        assert!(!page.contains(tag), "{tag}: {page}");
    }
    assert!(page.contains("default-src &#39;none&#39;") || page.contains("default-src 'none'"));
}
