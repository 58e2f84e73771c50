//! Keys: what they open, what they do not, and that a dead key looks like one that never was.

use comity_app::credential::{self, IssuedKey, Login, NewKey, Scope};
use comity_app::serve::{self, Query, Versions};
use comity_app::stix::Tlp;
use comity_app::{AppError, Role, intake};
use comity_testkit::{Community, Node, Place, READ, READ_WRITE, Seat, WRITE};

use crate::paper::{at, id, note};

const READER: &str = "Exercise reader";
const OTHER: &str = "Exercise other";

fn community() -> Community {
    let community = Community::new(
        1,
        vec![Seat::member("Exercise host").node(Place::memory()), Seat::member(READER), Seat::member(OTHER)],
    );
    assert_eq!(community.node().collection("Exercise"), "exercise");
    assert_eq!(community.node().collection("Closed"), "closed");
    community
}

fn bearer(key: &IssuedKey) -> Login {
    Login::Bearer(key.secret.clone())
}

fn basic(user: &str, password: &str) -> Login {
    Login::Basic { user: user.into(), password: password.into() }
}

fn is_known(node: &Node, login: &Login) -> bool {
    credential::authenticate(&node.app, login).unwrap().is_some()
}

#[test]
fn a_key_opens_as_bearer_and_as_basic_until_it_ends_or_is_revoked() {
    let community = community();
    let node = community.node();
    let new = NewKey {
        member: READER,
        collections: vec![("exercise".into(), READ)],
        purpose: None,
        basis: None,
        days: Some(2),
        scope: Scope::Exchange,
        inner: Vec::new(),
    };
    let short = credential::add(&node.app, &node.operator(), &new).unwrap();
    let long = node.key(READER, "exercise", READ);
    for login in [bearer(&short), basic(&short.user, &short.secret), bearer(&long)] {
        assert!(is_known(node, &login));
    }
    community.clock.advance_seconds(2 * 86_400);
    assert!(!is_known(node, &bearer(&short)) && !is_known(node, &basic(&short.user, &short.secret)));
    assert!(is_known(node, &bearer(&long)));
    credential::revoke(&node.app, &node.operator(), &long.id).unwrap();
    assert!(!is_known(node, &bearer(&long)));
    assert!(matches!(credential::revoke(&node.app, &node.operator(), &long.id), Err(AppError::NotFound(_))));
    assert!(credential::list(&node.app).unwrap().iter().all(|key| !key.active));
}

#[test]
fn wrong_and_unknown_logins_are_nobody() {
    let community = community();
    let node = community.node();
    let (one, two) = (node.key(READER, "exercise", READ), node.key(OTHER, "exercise", READ));
    let logins = [
        basic(&one.user, &two.secret),
        basic(&one.user, ""),
        basic("nobody", &one.secret),
        Login::Bearer(format!("{}x", one.secret)),
        Login::Bearer(one.id.clone()),
        Login::Bearer(String::new()),
        Login::Bearer(format!("{}.{}", one.id, two.secret.split('.').nth(1).unwrap())),
    ];
    for login in logins {
        assert!(!is_known(node, &login));
    }
}

#[test]
fn keys_are_made_by_administrators_for_members_and_purposes_of_the_agreement() {
    let community = community();
    let node = community.node();
    let plain = NewKey {
        member: READER,
        collections: vec![("exercise".into(), READ)],
        purpose: None,
        basis: None,
        days: None,
        scope: Scope::Exchange,
        inner: Vec::new(),
    };
    let officer = node.user("officer", &[Role::ReleaseOfficer]);
    assert!(matches!(credential::add(&node.app, &officer, &plain), Err(AppError::Denied(_))));
    let add = |new: &NewKey<'_>| credential::add(&node.app, &node.operator(), new).unwrap_err();
    assert!(matches!(add(&NewKey { member: "nobody", ..plain.clone() }), AppError::NotFound(_)));
    assert!(matches!(add(&NewKey { purpose: Some("gossip"), ..plain.clone() }), AppError::Invalid(_)));
    assert!(matches!(add(&NewKey { basis: Some("none"), ..plain.clone() }), AppError::Invalid(_)));
    let absent = vec![("absent".into(), READ)];
    assert!(matches!(add(&NewKey { collections: absent, ..plain }), AppError::NotFound(_)));
}

#[test]
fn a_key_does_what_its_rights_say_and_no_more() {
    let community = community();
    let node = community.node();
    node.publish("exercise", &at(Tlp::Green), &note(1, 0, "open", None));
    let reader = node.client(&node.key(READER, "exercise", READ));
    let writer = node.client(&node.key(READER, "exercise", WRITE));
    let posted = format!(r#"{{"objects":[{}]}}"#, note(2, 0, "posted", Some(Tlp::Green)));
    let query = Query::default();

    assert_eq!(node.sees(&reader, "exercise"), [id(1)]);
    assert!(matches!(
        intake::post(&node.app, &reader, "exercise", posted.as_bytes()),
        Err(AppError::Denied(_))
    ));
    assert!(matches!(serve::page(&node.app, &writer, "exercise", &query), Err(AppError::Denied(_))));
    assert!(matches!(serve::manifest(&node.app, &writer, "exercise", &query), Err(AppError::Denied(_))));
    assert_eq!(intake::post(&node.app, &writer, "exercise", posted.as_bytes()).unwrap().successes.len(), 1);
    for key in [&reader, &writer] {
        let withdrawn = intake::withdraw(&node.app, key, "exercise", &id(2), &query);
        assert!(matches!(withdrawn, Err(AppError::Denied(_))));
    }
}

#[test]
fn a_foreign_collection_is_like_one_that_is_not_there() {
    let community = community();
    let node = community.node();
    let reader = node.client(&node.key(READER, "exercise", READ_WRITE));
    let answers = |name: &str| {
        let query = Query::default();
        let post = format!(r#"{{"objects":[{}]}}"#, note(1, 0, "x", None));
        [
            serve::page(&node.app, &reader, name, &query).map(|_| ()).unwrap_err().to_string(),
            serve::manifest(&node.app, &reader, name, &query).map(|_| ()).unwrap_err().to_string(),
            serve::object(&node.app, &reader, name, &id(1), &query).map(|_| ()).unwrap_err().to_string(),
            serve::versions(&node.app, &reader, name, &id(1), &query).map(|_| ()).unwrap_err().to_string(),
            intake::post(&node.app, &reader, name, post.as_bytes()).map(|_| ()).unwrap_err().to_string(),
            intake::withdraw(&node.app, &reader, name, &id(1), &query).unwrap_err().to_string(),
        ]
    };
    assert_eq!(answers("closed"), answers("absent"));
    assert_eq!(serve::collection(&node.app, &reader, "closed").unwrap(), None);
    let listed = serve::collections(&node.app, &reader).unwrap();
    assert_eq!(listed.iter().map(|one| one.alias.as_str()).collect::<Vec<_>>(), ["exercise"]);
}

#[test]
fn a_key_for_figures_opens_no_collection() {
    let community = community();
    let node = community.node();
    let new = NewKey {
        member: READER,
        collections: Vec::new(),
        purpose: None,
        basis: None,
        days: None,
        scope: Scope::Metrics,
        inner: Vec::new(),
    };
    let key = credential::add(&node.app, &node.operator(), &new).unwrap();
    let client = node.client(&key);
    assert_eq!(client.scope, Scope::Metrics);
    assert!(serve::collections(&node.app, &client).unwrap().is_empty());
    let page = serve::page(&node.app, &client, "exercise", &Query::default());
    assert!(matches!(page, Err(AppError::NotFound(_))));
    let greedy = NewKey { collections: vec![("exercise".into(), READ)], ..new };
    let outcome = credential::add(&node.app, &node.operator(), &greedy);
    assert!(matches!(outcome, Err(AppError::Invalid(_))), "{outcome:?}");
}

#[test]
fn a_next_token_fits_only_the_question_it_was_made_for() {
    let community = community();
    let node = community.node();
    let text: Vec<String> = (1..=5).map(|number| note(number, 0, "open", None)).collect();
    node.publish("exercise", &at(Tlp::Green), &text.join("\n"));
    let reader = node.reader(READER, "exercise");
    let other = node.reader(OTHER, "exercise");
    let query = Query { limit: Some(2), ..Query::default() };
    let next = serve::page(&node.app, &reader, "exercise", &query).unwrap().next.unwrap();
    let with = |next: &str| Query { next: Some(next.into()), ..query.clone() };
    let ask = |client, query: &Query| {
        serve::page(&node.app, client, "exercise", query).map(|page| page.objects.len())
    };
    assert_eq!(ask(&reader, &with(&next)).unwrap(), 2);

    let mut tampered = next.clone().into_bytes();
    tampered[3] = if tampered[3] == b'A' { b'B' } else { b'A' };
    let tampered = String::from_utf8(tampered).unwrap();
    let refused = [
        ask(&other, &with(&next)),
        ask(&reader, &with(&tampered)),
        ask(&reader, &with("")),
        ask(&reader, &with("AAAA")),
        ask(&reader, &Query { types: vec!["note".into()], ..with(&next) }),
        ask(&reader, &Query { ids: vec![id(1)], ..with(&next) }),
        ask(&reader, &Query { versions: Versions::All, ..with(&next) }),
        ask(&reader, &Query { spec_versions: vec!["2.0".into()], ..with(&next) }),
    ];
    for outcome in refused {
        assert!(matches!(outcome, Err(AppError::Invalid(_))), "{outcome:?}");
    }
}
