//! People and keys.

use std::collections::BTreeSet;

use comity_store::tables::access::{self, Credential, Permission, Person};
use comity_store::{StoreError, Value};
use comity_testkit::{NOW_US, stores};

use crate::sample::{NAME, assert_conflict, at_once, digest, member, read, write};

fn person(name: &str) -> Person {
    Person {
        name: name.to_owned(),
        member: member(1),
        roles: "analyst auditor".to_owned(),
        inner: BTreeSet::new(),
    }
}

fn credential(id: &str) -> Credential {
    Credential {
        id: id.to_owned(),
        login: format!("login-{id}"),
        secret: digest(id).0,
        scope: "exchange".to_owned(),
        member: member(2),
        audience: 3,
        expires_us: NOW_US + 1,
        revoked_us: None,
        bound: true,
    }
}

fn permission(collection: &str, can_read: bool, can_write: bool) -> Permission {
    Permission { collection: collection.to_owned(), can_read, can_write }
}

stores! {
    fn people_are_found_by_name_and_listed_by_it(store: Store) {
        assert_eq!(read(&store, access::people), []);
        for name in ["b", NAME, "B"] {
            write(&store, |tx| access::add_person(tx, &person(name), NOW_US));
        }
        assert_eq!(read(&store, |tx| access::person(tx, NAME)), Some(person(NAME)));
        assert_eq!(read(&store, |tx| access::person(tx, "a")), None);
        assert_eq!(read(&store, access::people), [person("B"), person(NAME), person("b")]);
    }

    fn a_name_is_given_to_one_person(store: Store) {
        write(&store, |tx| access::add_person(tx, &person("a"), NOW_US));
        assert_conflict(&store, |tx| {
            access::add_person(tx, &Person { roles: "administrator".to_owned(), ..person("a") }, NOW_US)
        });
        assert_eq!(read(&store, access::people), [person("a")]);
    }

    fn a_person_who_left_is_nobody(store: Store) {
        write(&store, |tx| access::add_person(tx, &person("a"), NOW_US));
        write(&store, |tx| tx.exec("UPDATE person SET ended_us = ?1", &[NOW_US.into()]));
        assert_eq!(read(&store, |tx| access::person(tx, "a")), None);
        assert_eq!(read(&store, access::people), []);
    }

    fn a_member_that_is_no_identity_is_damage(store: Store) {
        write(&store, |tx| access::add_person(tx, &person("a"), NOW_US));
        write(&store, |tx| tx.exec("UPDATE person SET member = 'nobody'", &[]));
        let found = store.read("person", |tx| access::person(tx, "a"));
        assert!(matches!(found, Err(StoreError::Corrupt(_))), "{found:?}");
    }

    fn a_key_is_found_by_id_and_by_login(store: Store) {
        assert_eq!(read(&store, |tx| access::credential(tx, "k")), None);
        write(&store, |tx| access::add_credential(tx, &credential("k"), NOW_US));
        for name in ["k", "login-k"] {
            assert_eq!(read(&store, |tx| access::credential(tx, name)), Some(credential("k")));
        }
        for name in ["", "K", "login-", "k%"] {
            assert_eq!(read(&store, |tx| access::credential(tx, name)), None, "`{name}`");
        }
    }

    fn an_id_and_a_login_are_given_to_one_key(store: Store) {
        write(&store, |tx| access::add_credential(tx, &credential("k"), NOW_US));
        let same_login = Credential { login: "login-k".to_owned(), ..credential("j") };
        let same_id = Credential { login: "other".to_owned(), ..credential("k") };
        for one in [same_login, same_id] {
            assert_conflict(&store, |tx| access::add_credential(tx, &one, NOW_US));
        }
        assert_eq!(read(&store, access::credentials), [credential("k")]);
    }

    fn keys_are_listed_oldest_first(store: Store) {
        for (id, at_us) in [("b", 2), ("a", 2), ("z", 1)] {
            write(&store, |tx| access::add_credential(tx, &credential(id), at_us));
        }
        assert_eq!(read(&store, access::credentials), ["z", "a", "b"].map(credential));
    }

    fn a_key_is_revoked_once(store: Store) {
        for id in ["k", "j"] {
            write(&store, |tx| access::add_credential(tx, &credential(id), NOW_US));
        }
        assert!(!write(&store, |tx| access::revoke(tx, "none", 5)));
        assert!(!write(&store, |tx| access::revoke(tx, "login-k", 5)), "by id only");
        let done = at_once(3, |thread| {
            write(&store, |tx| access::revoke(tx, "k", i64::try_from(thread).unwrap()))
        });
        assert_eq!(done.iter().filter(|won| **won).count(), 1);
        let at_us = i64::try_from(done.iter().position(|won| *won).unwrap()).unwrap();
        assert!(!write(&store, |tx| access::revoke(tx, "k", 9)));
        let found = read(&store, |tx| access::credential(tx, "login-k")).unwrap();
        assert_eq!(found.revoked_us, Some(at_us), "the first time stays");
        assert_eq!(read(&store, |tx| access::credential(tx, "j")).unwrap().revoked_us, None);
    }

    fn rights_given_again_replace_the_older_ones(store: Store) {
        assert_eq!(read(&store, |tx| access::permissions(tx, "k")), []);
        for (key, one) in [
            ("k", permission("d", true, false)),
            ("k", permission("c", true, true)),
            ("j", permission("c", true, true)),
            ("k", permission("d", false, true)),
        ] {
            write(&store, |tx| access::permit(tx, key, &one));
        }
        assert_eq!(
            read(&store, |tx| access::permissions(tx, "k")),
            [permission("c", true, true), permission("d", false, true)]
        );
        assert_eq!(read(&store, |tx| access::permissions(tx, "j")), [permission("c", true, true)]);
    }

    fn a_right_that_is_neither_yes_nor_no_is_an_error(store: Store) {
        write(&store, |tx| access::permit(tx, "k", &permission("c", true, true)));
        write(&store, |tx| tx.exec("UPDATE permission SET can_write = ?1", &[Value::Int(2)]));
        let found = store.read("permissions", |tx| access::permissions(tx, "k"));
        assert!(matches!(found, Err(StoreError::Row(_))), "{found:?}");
    }
}
