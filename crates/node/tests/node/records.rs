//! Records written by people who never saw STIX, and what the member who pulls them sees.

use serde_json::{Value, json};

use crate::exchange::Pair;
use crate::stage::{Node, Server, run};

/// The words of the example in the help of a command, as a shell makes them.
fn example(help: &str) -> Vec<String> {
    let (_, tail) = help.split_once("Example:").expect("an example");
    let (text, _) = tail.split_once("\n\n").unwrap_or((tail, ""));
    let joined = text.replace("\\\n", " ");
    let mut words = vec![String::new()];
    let mut quoted = false;
    for letter in joined.trim().chars() {
        match letter {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            other => words.last_mut().unwrap().push(other),
        }
    }
    words.retain(|word| !word.is_empty());
    words.remove(0);
    words
}

const GOVERNED: [&str; 6] = ["--purpose", "border-security", "--basis", "treaty-4", "--tlp", "amber"];

/// Both nodes know the purpose and the legal basis that persons need.
fn pair() -> Pair {
    let pair = Pair::make();
    for node in [&pair.north, &pair.south] {
        let current = node.json(&["agreement", "show"]);
        let mut table: toml::Table = current["toml"].as_str().unwrap().parse().unwrap();
        let version = table["version"].as_integer().unwrap() + 1;
        table.insert("version".to_owned(), version.into());
        let text = "p = { border-security = 'EXERCISE' }\nl = { treaty-4 = 'EXERCISE' }";
        let words: toml::Table = text.parse().unwrap();
        table.insert("purposes".to_owned(), words["p"].clone());
        table.insert("legal_bases".to_owned(), words["l"].clone());
        for member in table["member"].as_array_mut().unwrap() {
            let member = member.as_table_mut().unwrap();
            member.insert("adequate".to_owned(), true.into());
            member.insert("legal_bases".to_owned(), vec!["treaty-4"].into());
        }
        let file = node.file("agreement.toml", toml::to_string(&table).unwrap().as_bytes());
        node.ok(&["agreement", "import", &file]);
    }
    pair
}

/// North serves, and South has a key with the purpose that persons need.
fn introduced(pair: &Pair) -> Server {
    let server = pair.north.serve();
    pair.introduce_for(&server.address, &["--purpose", "border-security", "--basis", "treaty-4"]);
    server
}

fn pull(pair: &Pair) {
    pair.south.ok(&["pull", "north"]);
}

fn new(node: &Node, arguments: &[&str], statement: &[&str]) -> String {
    let all = [&["new"], arguments, &["--collection", "reports"], statement].concat();
    let entry = node.json(&all);
    entry["written"]["id"].as_str().unwrap_or_else(|| panic!("{entry}")).to_owned()
}

#[test]
fn the_example_of_the_help_is_all_that_it_takes_to_enter_a_border_event() {
    let north = Node::north(None);
    let help = run(&["new", "border-event", "--help"]).out;
    let words = example(&help);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let entry = north.json(&words);
    let id = entry["written"]["id"].as_str().unwrap();
    let shown = north.ok(&["show", id]);
    for part in
        ["BORDER EVENT", "Karsk ford", "TLP:GREEN", "source B, information 2, on the scale 6x6", "fact"]
    {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let listed = north.ok(&["list", "--kind", "border-event"]);
    assert!(listed.contains(id), "{listed}");
    let bare = north.run(&["new", "border-event", "--collection", "reports", "--fact"]);
    assert_eq!(bare.code, 2);
    assert!(bare.err.contains("--title") && bare.err.contains("--place or --country"), "{}", bare.err);
}

#[test]
fn a1_a_person_without_purpose_is_refused_on_the_command_line_and_nothing_is_stored() {
    let north = Node::north(None);
    let words = [
        "new",
        "subject",
        "--collection",
        "reports",
        "--fact",
        "--category",
        "suspect",
        "--name",
        "EXERCISE A",
    ];
    let refused = north.run(&words);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.out.contains("purpose (--purpose)") && refused.out.contains("(A1)"), "{}", refused.out);
    assert_eq!(north.ok(&["list"]).trim(), "no records");
}

#[test]
fn b1_a_contact_is_called_a_contact_on_every_surface_of_both_nodes() {
    let pair = pair();
    let _server = introduced(&pair);
    let other = new(&pair.north, &["group", "--fact", "--name", "EXERCISE Grey Column"], &["--tlp", "amber"]);
    let words = [
        "subject",
        "--fact",
        "--category",
        "contact",
        "--name",
        "EXERCISE Orlan Tevi",
        "--link-to",
        &other,
        "--link-kind",
        "supports",
        "--link-grounds",
        "EXERCISE paid the rent",
    ];
    let id = new(&pair.north, &words, &GOVERNED);
    pull(&pair);
    for node in [&pair.north, &pair.south] {
        let told = [
            node.ok(&["show", &id]),
            node.json(&["show", &id]).to_string(),
            node.ok(&["list"]),
            node.json(&["list"]).to_string(),
            node.ok(&["who-sees", &id]),
        ];
        assert!(told[0].contains("contact or associate of"), "{}", told[0]);
        assert!(told[2].contains("contact or associate"), "{}", told[2]);
        assert!(told.iter().all(|text| !text.contains("suspect")), "{told:?}");
    }
}

#[test]
fn b2_a_suspect_who_becomes_a_witness_loses_the_offences_here_and_at_the_member_who_pulls() {
    let pair = pair();
    let _server = introduced(&pair);
    let words = [
        "subject",
        "--fact",
        "--category",
        "suspect",
        "--name",
        "EXERCISE Orlan Tevi",
        "--offence",
        "act=acts/1/arms-transfer",
    ];
    let id = new(&pair.north, &words, &GOVERNED);
    pull(&pair);
    assert!(pair.south.ok(&["show", &id]).contains("arms-transfer"));
    let (reason, south) = ("EXERCISE cleared by the court", "EXERCISE South desk");
    // A witness goes to named members alone: who has the suspect is named, so that the correction arrives.
    let edited = pair.north.ok(&["edit", &id, "--category", "witness", "--reason", reason, "--to", south]);
    assert!(edited.contains("dropped, because the category does not allow it: offences (1)"), "{edited}");
    pull(&pair);
    let shown = pair.south.ok(&["show", &id]);
    assert!(
        shown.contains("witness") && !shown.contains("arms-transfer") && !shown.contains("suspect"),
        "{shown}"
    );
    assert!(!shown.contains("cleared by the court"), "the reason stays with its author: {shown}");
}

#[test]
fn b3_what_is_fact_and_what_is_assessment_survives_entry_exchange_and_correction() {
    let pair = pair();
    let _server = introduced(&pair);
    let words = [
        "training-site",
        "--assessment",
        "--confidence",
        "low",
        "--title",
        "EXERCISE camp",
        "--country",
        "XA",
        "--capacity",
        "40",
        "--set",
        "basis.parts.0.selector=capacity",
        "--set",
        "basis.parts.0.assertion.statement=fact",
        "--quote",
        "EXERCISE they train there",
        "--said-by",
        "EXERCISE a driver",
        "--relayed-by",
        "EXERCISE a daily paper",
    ];
    let id = new(&pair.north, &words, &["--tlp", "green"]);
    let basis = |node: &Node| node.json(&["show", &id])["record"]["basis"].clone();
    let first = basis(&pair.north);
    assert_eq!(first["parts"][0]["assertion"]["statement"], "fact");
    pull(&pair);
    assert_eq!(basis(&pair.south), first);
    pair.north.ok(&[
        "edit",
        &id,
        "--set",
        "place.district=EXERCISE Lumen",
        "--reason",
        "EXERCISE seen on a map",
    ]);
    pull(&pair);
    assert_eq!(basis(&pair.south), first);
    let shown = pair.south.ok(&["show", &id]);
    assert!(shown.contains("passed on by EXERCISE a daily paper"), "{shown}");
}

#[test]
fn b8_likelihood_and_confidence_are_told_apart_by_the_member_who_pulls() {
    let pair = pair();
    let _server = introduced(&pair);
    let words = [
        "plan",
        "--assessment",
        "--likelihood",
        "likely",
        "--confidence",
        "low",
        "--title",
        "EXERCISE run",
        "--grounds",
        "EXERCISE two lorries were hired",
    ];
    let id = new(&pair.north, &words, &["--tlp", "green"]);
    pull(&pair);
    let shown = pair.south.ok(&["show", &id]);
    assert!(shown.contains("likelihood: likely (55 to 80 %); confidence of the assessor: low"), "{shown}");
    let whole = pair.south.json(&["show", &id])["record"]["basis"]["whole"].clone();
    assert_eq!(whole, json!({"statement": "assessment", "likelihood": "likely", "confidence": "low"}));
}

#[test]
fn a_table_is_tried_first_and_a_bad_row_does_not_stop_its_neighbours() {
    let north = Node::north(None);
    let map = "kind = 'border-event'\n[constants]\n'basis.whole.statement' = 'fact'\n[columns]\nCountry = \
        'place.country'\nPersons = 'persons'\n[templates]\ntitle = 'EXERCISE {What}'\n";
    let map = north.file("map.toml", map.as_bytes());
    let csv =
        north.file("rows.csv", "What,Country,Persons\n\"one, two\",XA,6\nthree,Xa,1\nfour,XB,\n".as_bytes());
    let rejects = north.path("rejects.jsonl");
    let words = ["new", "border-event", "--collection", "reports", "--csv", &csv, "--map", &map];
    let tried = north.run(&[&words[..], &["--dry-run"]].concat());
    assert_eq!(tried.code, 1);
    assert!(
        tried.out.contains("would be written") && tried.out.contains("3 rows, 1 refused"),
        "{}",
        tried.out
    );
    assert_eq!(north.ok(&["list"]).trim(), "no records", "nothing was written");
    let done = north.run(&[&words[..], &["--rejects", rejects.to_str().unwrap()]].concat());
    assert_eq!(done.code, 1, "{done:?}");
    assert_eq!(north.json(&["list"]).as_array().map(Vec::len), Some(2));
    let refused: Value = serde_json::from_str(std::fs::read_to_string(rejects).unwrap().trim()).unwrap();
    assert_eq!((&refused["line"], &refused["faults"][0]["path"]), (&json!(3), &json!("place.country")));
}
