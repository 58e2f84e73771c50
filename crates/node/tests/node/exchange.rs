//! Two nodes: one pulls from the other.

use crate::stage::{Node, SOUTH, note, note_id, run};

/// Two nodes under one agreement; the second knows the first as peer `north`.
pub struct Pair {
    pub north: Node,
    pub south: Node,
}

impl Pair {
    /// Makes both nodes; the first has the collection `reports`.
    pub fn make() -> Self {
        let north = Node::make("EXERCISE North desk", None);
        let south = Node::make(SOUTH, None);
        let own = |node: &Node| node.json(&["member", "list"])[0].clone();
        for (node, other) in [(&north, own(&south)), (&south, own(&north))] {
            let draft = node.path("draft.toml");
            let draft = draft.to_str().unwrap();
            let text = |name: &str| other[name].as_str().unwrap();
            let key = other["keys"][0].as_str().unwrap();
            node.ok(&[
                "member",
                "add",
                text("name"),
                "--id",
                text("id"),
                "--standing",
                "member",
                "--key",
                key,
                "--draft",
                draft,
            ]);
            node.ok(&["agreement", "import", draft]);
        }
        north.ok(&["collection", "add", "Reports"]);
        Self { north, south }
    }

    /// Makes the first node known to the second, with a key to `reports`.
    pub fn introduce(&self, address: &str) {
        self.introduce_for(address, &[]);
    }

    /// The same with a key for a purpose and a legal basis.
    pub fn introduce_for(&self, address: &str, context: &[&str]) {
        let key = ["key", "add", "--member", SOUTH, "--collection", "reports"];
        let key = self.north.json(&[&key[..], context].concat());
        let url = format!("http://{address}/");
        let added = self.south.run_with(
            &[
                "peer",
                "add",
                "north",
                &url,
                "--member",
                "EXERCISE North desk",
                "--user",
                key["user"].as_str().unwrap(),
                "--secret",
                "-",
            ],
            key["secret"].as_str().unwrap().as_bytes(),
        );
        assert_eq!(added.code, 0, "{added:?}");
    }

    fn held_by_south(&self) -> Vec<String> {
        let records = self.south.json(&["records"]);
        let mut ids: Vec<String> = records
            .as_array()
            .unwrap()
            .iter()
            .map(|record| record["id"].as_str().unwrap().to_owned())
            .collect();
        ids.sort();
        ids
    }
}

#[test]
fn a_pull_brings_what_is_released_once_and_later_what_is_released_later() {
    let pair = Pair::make();
    pair.north.import(&note(1, Some("green")), &[]);
    pair.north.import(&note(2, Some("green")), &["--exclude", SOUTH]);
    let server = pair.north.serve();
    pair.introduce(&server.address);
    pair.south.ok(&["pull"]);
    assert_eq!(pair.held_by_south(), [note_id(1)]);
    let again = pair.south.json(&["pull"]);
    assert_eq!(again[0]["received"], 0, "{again}");
    pair.north.ok(&["handling", &note_id(2), "--include", SOUTH]);
    pair.south.ok(&["pull", "north", "--collection", "reports"]);
    assert_eq!(pair.held_by_south(), [note_id(1), note_id(2)]);
    pair.south.ok(&["verify"]);
}

#[test]
fn the_agreement_that_holds_a_missing_key_brings_what_was_refused_without_it() {
    let pair = Pair::make();
    for number in 1..=2 {
        pair.north.import(&note(number, Some("green")), &[]);
    }
    let server = pair.north.serve();
    pair.introduce(&server.address);
    let whole: toml::Table =
        pair.south.json(&["agreement", "show"])["toml"].as_str().unwrap().parse().unwrap();
    let apply = |version: i64, has_key: bool| {
        let mut table = whole.clone();
        table.insert("version".to_owned(), version.into());
        for member in table["member"].as_array_mut().unwrap() {
            if !has_key && member["name"].as_str() == Some("EXERCISE North desk") {
                member.as_table_mut().unwrap().remove("keys");
            }
        }
        let file = pair.south.file("agreement.toml", toml::to_string(&table).unwrap().as_bytes());
        pair.south.ok(&["agreement", "import", &file]);
    };
    apply(10, false);
    let refused = pair.south.run(&["pull", "--json"]);
    assert_eq!((refused.code, &refused.json()[0]["refused"]), (1, &2.into()), "{refused:?}");
    assert!(pair.held_by_south().is_empty());
    assert!(pair.south.ok(&["peer", "list"]).contains("is not among the keys"));
    apply(11, true);
    pair.south.ok(&["pull"]);
    assert_eq!(pair.held_by_south(), [note_id(1), note_id(2)]);
    assert!(!pair.south.ok(&["peer", "list"]).contains("is not among the keys"));
}

#[test]
fn g1_a_signed_receipt_says_who_has_it_and_is_checked_without_a_home() {
    let pair = Pair::make();
    let mut agreed: toml::Table =
        pair.north.json(&["agreement", "show"])["toml"].as_str().unwrap().parse().unwrap();
    agreed.insert("version".to_owned(), 10.into());
    for node in [&pair.north, &pair.south] {
        let file = node.file("agreement.toml", toml::to_string(&agreed).unwrap().as_bytes());
        node.ok(&["agreement", "import", &file]);
    }
    pair.north.import(&note(1, Some("green")), &[]);
    let waits = pair.north.ok(&["deliveries", &note_id(1)]);
    assert!(waits.contains("no key"), "{waits}");
    let server = pair.north.serve();
    pair.introduce(&server.address);
    pair.south.ok(&["pull"]);
    let met = pair.south.json(&["exchange", "north"]);
    assert_eq!((&met[0]["left"], &met[0]["same_agreement"]), (&0.into(), &true.into()), "{met}");
    let file = pair.north.path("receipts.json");
    let file = file.to_str().unwrap();
    let followed = pair.north.ok(&["deliveries", &note_id(1), "--proof", file]);
    assert!(followed.contains("received (signed)") && followed.contains("wrote 1 signed"), "{followed}");
    assert_eq!(pair.north.run(&["deliveries", &note_id(1), "--proof", file]).code, 1, "it is there already");
    let members = pair.north.json(&["member", "list"]);
    let key = |name: &str| {
        let found = members.as_array().unwrap().iter().find(|one| one["name"] == name).unwrap();
        found["keys"][0].as_str().unwrap().to_owned()
    };
    let (south, north) = (key(SOUTH), key("EXERCISE North desk"));
    let checked = run(&["verify", "--receipt", file, "--key", &north, "--key", &south]);
    assert!(checked.code == 0 && checked.out.contains("got 1, refused 0"), "{checked:?}");
    assert_eq!(run(&["verify", "--receipt", file, "--key", &north]).code, 1);
    assert_eq!(run(&["verify", "--key", &south]).code, 2);
    let text = std::fs::read_to_string(file).unwrap();
    std::fs::write(file, text.replacen("\"at\": \"20", "\"at\": \"21", 1)).unwrap();
    assert_eq!(run(&["verify", "--receipt", file, "--key", &south]).code, 1, "an altered one is none");
    let listed = pair.north.ok(&["peer", "list"]);
    assert!(listed.contains("messages:") && listed.contains(SOUTH), "{listed}");
    server.stop();
    let failed = pair.south.run(&["exchange"]);
    assert!(failed.code == 1 && failed.out.contains("did not answer"), "{failed:?}");
}

#[test]
fn a_peer_that_does_not_answer_is_the_environments_fault() {
    let pair = Pair::make();
    let server = pair.north.serve();
    pair.introduce(&server.address);
    server.stop();
    let failed = pair.south.run(&["pull", "north"]);
    assert_eq!(failed.code, 3, "{failed:?}");
    assert_eq!(failed.err.lines().count(), 1, "{}", failed.err);
}

#[test]
fn the_secret_of_a_peer_is_never_shown_again() {
    let pair = Pair::make();
    let server = pair.north.serve();
    pair.introduce(&server.address);
    let listed = pair.south.ok(&["peer", "list"]);
    assert!(listed.contains("north") && listed.contains(&server.address), "{listed}");
    let secret_part = pair.north.json(&["key", "list"])[0]["id"].as_str().unwrap().to_owned() + ".";
    assert!(!pair.south.ok(&["peer", "list", "--json"]).contains(&secret_part));
    pair.south.ok(&["peer", "remove", "north"]);
    assert!(!pair.south.ok(&["peer", "list"]).contains("north"));
    assert_eq!(pair.south.run(&["pull", "north"]).code, 1);
}
