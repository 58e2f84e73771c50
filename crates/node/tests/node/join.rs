//! A member joins by invitation, over TLS with certificates that no authority signed: who has another certificate gets
//! nothing, on either side.

use std::net::TcpListener;
use std::path::Path;

use crate::stage::{Node, Run, SOUTH, Server, command, copy, note, note_id, run};

const NORTH: &str = "EXERCISE North desk";
const CERTIFICATE: &str = "the certificate is none of those that its member signed";

/// An address that is free now.
fn free() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

/// Who invites, and who is invited, each with the address of its node.
struct Pair {
    north: Node,
    south: Node,
    at: [String; 2],
}

impl Pair {
    /// North has the collection `reports`; South has nothing yet.
    fn new() -> Self {
        let north = Node::make(NORTH, None);
        north.ok(&["collection", "add", "Reports"]);
        Self { north, south: Node::unmade(), at: [free(), free()] }
    }

    fn url(&self, number: usize) -> String {
        format!("https://{}", self.at[number])
    }

    /// North's invitation as a file.
    fn invite(&self) -> String {
        let text = self.north.ok(&["invite", SOUTH, "--url", &self.url(0), "--collection", "reports:r"]);
        self.south.file("south.invitation", text.as_bytes())
    }

    fn join(&self, invitation: &str) -> Run {
        self.south.run(&["join", invitation, "--url", &self.url(1), "--collection", "Exercise papers"])
    }

    /// Both serve, and South has joined.
    fn joined() -> (Self, Server) {
        let pair = Self::new();
        let server = pair.north.serve_tls(&pair.at[0]);
        let joined = pair.join(&pair.invite());
        assert_eq!(joined.code, 0, "{joined:?}");
        (pair, server)
    }
}

/// Whether a text holds a UUID.
fn has_uuid(text: &str) -> bool {
    text.as_bytes().windows(36).any(|window| {
        window.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
    })
}

#[test]
fn a_member_joins_by_a_text_and_no_uuid_is_typed() {
    let pair = Pair::new();
    let (north, south) = (pair.north.home_text(), pair.south.home_text());
    let invitation = pair.south.path("south.invitation");
    let invitation = invitation.to_str().unwrap();
    let (at_north, at_south) = (pair.url(0), pair.url(1));
    let invite = ["invite", SOUTH, "--url", &at_north, "--collection", "reports:r", "--home", north];
    let journey: [&[&str]; 7] = [
        &["join", invitation, "--show"],
        &["join", invitation, "--url", &at_south, "--collection", "Exercise papers", "--home", south],
        &["invitations", "--home", north],
        &["pull", "--home", south],
        &["peer", "status", "--home", south],
        &["pull", "--home", north],
        &["peer", "status", "--home", north],
    ];
    for word in journey.iter().copied().flatten().chain(&invite) {
        assert!(!has_uuid(word) && !word.contains("identity--"), "{word}");
    }
    pair.north.import(&note(1, Some("green")), &[]);
    let _north = pair.north.serve_tls(&pair.at[0]);
    let invited = run(&invite);
    assert_eq!(invited.code, 0, "{invited:?}");
    assert!(invited.out.starts_with("comity-invitation 1\n"), "{invited:?}");
    std::fs::write(invitation, &invited.out).unwrap();
    let fingerprint = invited.err.lines().find_map(|line| line.strip_prefix("fingerprint: ")).unwrap();
    assert!(fingerprint.split(' ').count() == 8 && fingerprint.len() == 39, "{fingerprint}");
    let mut server = None;
    for words in journey {
        let done = run(words);
        assert_eq!(done.code, 0, "{words:?}: {done:?}");
        match words[0] {
            "join" => {
                assert!(done.out.contains(fingerprint) && done.out.contains(NORTH), "{done:?}");
                if words.len() > 3 {
                    assert!(done.out.contains("the two nodes have met"), "{done:?}");
                    server = Some(pair.south.serve_tls(&pair.at[1]));
                }
            }
            "invitations" => assert!(done.out.contains("joined"), "{done:?}"),
            _ => {}
        }
    }
    assert!(server.is_some());
    assert_eq!(pair.south.json(&["records"])[0]["id"], note_id(1).as_str());
    let members = pair.south.ok(&["member", "list"]);
    assert!(members.contains(NORTH) && members.contains(SOUTH), "{members}");
    pair.south.ok(&["verify"]);
    pair.north.ok(&["verify"]);
}

#[test]
fn an_invitation_lets_in_once_and_not_with_another_fingerprint_or_after_it_was_taken_back() {
    let (pair, _server) = Pair::joined();
    let used = pair.south.path("south.invitation");
    let second = Node::unmade();
    let again = second.run(&["join", used.to_str().unwrap()]);
    assert_eq!(again.code, 1, "{again:?}");
    assert!(again.err.contains("does not take the invitation"), "{again:?}");
    let third = Node::unmade();
    let other = third.run(&["join", used.to_str().unwrap(), "--fingerprint", "0000 0000"]);
    assert!(other.code == 1 && other.err.contains("is another one"), "{other:?}");
    assert!(!Path::new(third.home_text()).exists());
    let open = pair.north.ok(&["invite", "EXERCISE West desk", "--url", &pair.url(0)]);
    pair.north.ok(&["invitations", "--revoke", "EXERCISE West desk"]);
    let file = third.file("west.invitation", open.as_bytes());
    let refused = third.run(&["join", &file]);
    assert_eq!((refused.code, &refused.err), (1, &again.err), "the same words");
    assert_eq!(pair.north.json(&["member", "list"]).as_array().unwrap().len(), 2);
}

#[test]
fn a_node_in_between_with_another_certificate_gets_neither_token_nor_key() {
    let pair = Pair::new();
    let invitation = pair.invite();
    let between = Node::make("EXERCISE between", None);
    {
        let _server = between.serve_tls(&pair.at[0]);
        let refused = pair.join(&invitation);
        assert_eq!(refused.code, 3, "{refused:?}");
        assert!(refused.err.contains(CERTIFICATE) && refused.err.contains("--again"), "{refused:?}");
    }
    let server = pair.north.serve_tls(&pair.at[0]);
    let joined = pair.south.run(&["join", "--again"]);
    assert_eq!(joined.code, 0, "the token was not spent: {joined:?}");
    drop(server);
    let _server = between.serve_tls(&pair.at[0]);
    let met = pair.south.run(&["exchange"]);
    assert!(met.code == 1 && met.out.contains(CERTIFICATE), "{met:?}");
    let pulled = pair.south.run(&["pull"]);
    assert!(pulled.code == 3 && pulled.err.contains(CERTIFICATE), "{pulled:?}");
}

#[test]
fn a_right_key_over_another_certificate_is_refused_like_a_wrong_key() {
    let (pair, _server) = Pair::joined();
    pair.south.ok(&["exchange"]);
    let thief = Node::unmade();
    copy(Path::new(pair.south.home_text()), Path::new(thief.home_text()));
    thief.ok(&["exchange"]);
    std::fs::remove_file(Path::new(thief.home_text()).join("keys/tls.key")).unwrap();
    let refused = thief.run(&["exchange"]);
    assert!(refused.code == 1 && refused.out.contains("does not accept our key"), "{refused:?}");
    let pulled = thief.run(&["pull"]);
    assert!(pulled.code == 3 && pulled.err.contains("does not accept our key"), "{pulled:?}");
    pair.south.ok(&["exchange"]);
}

#[test]
fn a_certificate_is_changed_on_either_side_without_a_gap() {
    let (pair, server) = Pair::joined();
    for node in [&pair.north, &pair.south] {
        node.ok(&["key", "rotate", "--tls"]);
        pair.south.ok(&["exchange"]);
        let told = pair.south.json(&["peer", "status"]);
        assert_eq!(told[0]["failure"], "", "{told}");
    }
    pair.south.ok(&["key", "rotate", "--tls", "--finish"]);
    pair.south.ok(&["exchange"]);
    pair.north.ok(&["key", "rotate", "--tls", "--finish"]);
    for _ in 0..2 {
        pair.south.ok(&["exchange"]);
    }
    drop(server);
    let server = pair.north.serve_tls(&pair.at[0]);
    pair.south.ok(&["exchange"]);
    pair.south.ok(&["peer", "status"]);
    drop(server);
    pair.north.ok(&["key", "rotate", "--tls"]);
    let untold = pair.north.run(&["key", "rotate", "--tls", "--finish"]);
    assert!(untold.code == 1 && untold.err.contains(SOUTH), "{untold:?}");
    pair.north.ok(&["key", "rotate", "--tls", "--finish", "--anyway"]);
    let _server = pair.north.serve_tls(&pair.at[0]);
    let untold = pair.south.run(&["exchange"]);
    assert!(untold.code == 1 && untold.out.contains(CERTIFICATE), "who was not told first: {untold:?}");
    let note = pair.north.ok(&["peer", "keys"]);
    let forged = pair.south.file("forged.keys", note.replace("\"number\":1", "\"number\":2").as_bytes());
    assert_eq!(pair.south.run(&["peer", "learn", &forged]).code, 1);
    pair.south.ok(&["peer", "learn", &pair.south.file("north.keys", note.as_bytes())]);
    pair.south.ok(&["exchange"]);
}

#[test]
fn peer_status_says_what_differs_and_the_agreement_is_fetched_after_it_was_shown() {
    let (pair, _server) = Pair::joined();
    pair.south.ok(&["peer", "status"]);
    let mut agreed: toml::Table =
        pair.north.json(&["agreement", "show"])["toml"].as_str().unwrap().parse().unwrap();
    agreed.insert("version".to_owned(), 9.into());
    agreed.insert("title".to_owned(), "EXERCISE agreement, amended".into());
    let file = pair.north.file("agreement.toml", toml::to_string(&agreed).unwrap().as_bytes());
    pair.north.ok(&["agreement", "import", &file]);
    let differs = pair.south.run(&["peer", "status"]);
    assert_eq!(differs.code, 1, "{differs:?}");
    assert!(
        differs.out.contains("theirs is newer: comity agreement fetch exercise-north-desk"),
        "{differs:?}"
    );
    let shown = pair.south.run(&["agreement", "fetch", "exercise-north-desk"]);
    assert!(shown.code == 1 && shown.out.contains("amended"), "{shown:?}");
    assert_eq!(pair.south.run(&["peer", "status"]).code, 1, "showing takes nothing");
    pair.south.ok(&["agreement", "fetch", "exercise-north-desk", "--take"]);
    pair.south.ok(&["peer", "status"]);
    let alone = pair.north.run(&["peer", "status"]);
    assert!(alone.code == 1 && alone.out.contains("did not answer"), "South does not serve: {alone:?}");
}

#[test]
fn a_server_with_a_certificate_of_an_authority_is_checked_by_it_and_keys_are_bound_all_the_same() {
    let pair = Pair::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../http/tests/tls");
    let (chain, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
    let options = ["--listen", &pair.at[0], "--exchange-seconds", "0"];
    let files = ["--tls-cert", chain.to_str().unwrap(), "--tls-key", key.to_str().unwrap()];
    let server = pair.north.serve_with(&[&options[..], &files].concat());
    let url = pair.url(0).replace("127.0.0.1", "localhost");
    let invite = ["invite", SOUTH, "--url", &url, "--tls", "authority", "--collection", "reports:r"];
    let invitation = pair.south.file("south.invitation", pair.north.ok(&invite).as_bytes());
    let trusting = |words: &[&str], home: &str| -> Run {
        let words = [words, &["--home", home]].concat();
        let trusted = command(&words).env("SSL_CERT_FILE", &chain).env_remove("SSL_CERT_DIR").output();
        trusted.unwrap().into()
    };
    let home = pair.south.home_text();
    let joined = trusting(&["join", &invitation], home);
    assert_eq!(joined.code, 0, "{joined:?}");
    assert_eq!(trusting(&["exchange"], home).code, 0);
    let status = trusting(&["peer", "status"], home);
    assert!(status.code == 0 && status.out.contains("an authority; we show our certificate"), "{status:?}");
    let untrusted = pair.south.run(&["exchange"]);
    assert!(untrusted.code == 1 && untrusted.out.contains("did not answer"), "{untrusted:?}");
    let tls = Path::new(home).join("keys/tls.key");
    std::fs::rename(&tls, pair.south.path("tls.key")).unwrap();
    let refused = trusting(&["exchange"], home);
    assert!(refused.code == 1 && refused.out.contains("does not accept our key"), "{refused:?}");
    std::fs::rename(pair.south.path("tls.key"), &tls).unwrap();
    drop(server);
    let _server = pair.north.serve_with(&[&options[..], &files, &["--behind-proxy"]].concat());
    let refused = trusting(&["exchange"], home);
    assert!(refused.code == 1 && refused.out.contains("a proxy ends TLS before this node"), "{refused:?}");
}
