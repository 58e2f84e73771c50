//! The index of the search: what is found by terms, names and facets, on every engine.

use comity_model::stix::Tlp;
use comity_store::tables::search::{self, Consultation, Entry, Place, Wanted, Which};
use comity_store::tables::{record, release};
use comity_store::{Store, Value};
use comity_testkit::{NOW_US, stores};

use crate::sample::{assert_conflict, keep_handlings, member, read, record, shelf, versioned, write};

fn entry(terms: &str, keys: &[(i64, &str)], facets: &[(&str, &str)]) -> Entry {
    Entry {
        terms: terms.to_owned(),
        keys: keys.iter().map(|(n, key)| (*n, (*key).to_owned())).collect(),
        facets: facets.iter().map(|(field, value)| ((*field).to_owned(), (*value).to_owned())).collect(),
    }
}

/// Four records of one collection with what is searched of them; the third is a newer version of the second.
fn filled(store: &Store) {
    keep_handlings(store);
    write(store, |tx| {
        let second = record("c", 2);
        record::insert(tx, &[record("c", 1), second, versioned(record("c", 3), 2, 60), record("c", 4)])?;
        search::keep(
            tx,
            "c",
            &[
                (
                    1,
                    &entry(
                        "bridge rǀмост 10ǀ1",
                        &[(0, "krm"), (1, "anvr")],
                        &[("kind", "note"), ("country", "KG")],
                    ),
                ),
                (2, &entry("bridge", &[], &[("first", "2026-03-01"), ("last", "2026-03-08")])),
                (
                    3,
                    &entry(
                        "bridge river",
                        &[(0, "krm"), (0, "anvr")],
                        &[("first", "2026-03-01"), ("last", "2026-05-01")],
                    ),
                ),
                (4, &entry("", &[], &[])),
            ],
        )
    });
}

fn words(tokens: &[&[&str]]) -> Vec<Vec<String>> {
    tokens.iter().map(|terms| terms.iter().map(|term| (*term).to_owned()).collect()).collect()
}

fn numbers(store: &Store, wanted: &Wanted, which: Which) -> Vec<i64> {
    let found = read(store, |tx| search::own(tx, wanted, (&member(1), &[]), which, None, 100));
    found.iter().map(|stored| stored.peek().seq).collect()
}

stores! {
    fn each_token_is_found_by_one_of_its_terms_and_a_whole_query_by_all(store: Store) {
        filled(&store);
        let all = |tokens: &[&[&str]]| numbers(&store, &Wanted { all: words(tokens), ..Wanted::default() }, Which::All);
        assert_eq!(all(&[&["bridge"]]), [3, 1, 2], "newest version first");
        assert_eq!(all(&[&["bridge"], &["river", "lake"]]), [3]);
        assert_eq!(all(&[&["rǀмост"]]), [1], "a term is taken as it is");
        assert_eq!(all(&[&["мост"]]), [0_i64; 0]);
        assert_eq!(all(&[&["10ǀ1", "x"]]), [1]);
        assert_eq!(all(&[&["bridg"]]), [0_i64; 0], "no engine makes stems");
        let none = Wanted { all: words(&[&["bridge"]]), none: vec![words(&[&["river"]])], ..Wanted::default() };
        assert_eq!(numbers(&store, &none, Which::All), [1, 2]);
        let both = Wanted { none: vec![words(&[&["river"], &["lake"]])], ..none };
        assert_eq!(numbers(&store, &both, Which::All), [3, 1, 2], "only what has all words is left out");
        assert_eq!(numbers(&store, &Wanted { all: words(&[&["bridge"]]), ..Wanted::default() }, Which::Newest), [3, 1]);
    }

    fn the_largest_query_is_answered(store: Store) {
        filled(&store);
        let token =
            |n: usize| (0..64).map(|m| if m == 63 { "bridge".to_owned() } else { format!("tǀterm{n}x{m}") }).collect();
        let all: Vec<Vec<String>> = (0..48).map(token).collect();
        let none = vec![(0..48).map(|n| vec![format!("other{n}")]).collect()];
        let keys = |n: usize| (0..200).map(|m| format!("key{n}x{m}")).chain(["krm".to_owned()]).collect();
        let names = vec![(0..8).map(keys).collect(); 4];
        assert_eq!(numbers(&store, &Wanted { all, none, names, ..Wanted::default() }, Which::All), [3, 1]);
    }

    fn a_name_is_found_by_the_keys_of_one_name(store: Store) {
        filled(&store);
        let names = |names: Vec<Vec<Vec<String>>>| numbers(&store, &Wanted { names, ..Wanted::default() }, Which::All);
        assert_eq!(names(vec![words(&[&["krm", "x"]])]), [3, 1]);
        assert_eq!(names(vec![words(&[&["krm"], &["anvr"]])]), [3], "both keys of one name");
        assert_eq!(names(vec![words(&[&["krm"]]), words(&[&["anvr"]])]), [3, 1], "two names");
        assert_eq!(names(vec![words(&[&["krm"], &["none"]])]), [0_i64; 0]);
    }

    fn facets_dates_origins_and_ids_narrow(store: Store) {
        filled(&store);
        let look = |wanted: Wanted| numbers(&store, &wanted, Which::All);
        let facet = |field: &str, values: &[&str]| {
            look(Wanted { facets: vec![(field.to_owned(), words(&[values]).remove(0))], ..Wanted::default() })
        };
        assert_eq!(facet("country", &["UZ", "KG"]), [1]);
        assert_eq!(facet("country", &[]), [0_i64; 0]);
        assert_eq!(look(Wanted { from: Some("2026-04-01".into()), ..Wanted::default() }), [3]);
        assert_eq!(look(Wanted { until: Some("2026-03-01".into()), ..Wanted::default() }), [3, 2]);
        assert_eq!(look(Wanted { until: Some("2026-02-28".into()), ..Wanted::default() }), [0_i64; 0]);
        let own = vec![vec![member(1).to_string()]];
        assert_eq!(look(Wanted { origins: own.clone(), ..Wanted::default() }), [3, 1, 2, 4]);
        assert_eq!(look(Wanted { origins: vec![Vec::new()], ..Wanted::default() }), [0_i64; 0], "nobody is meant");
        assert_eq!(look(Wanted { collections: words(&[&["d"]]), ..Wanted::default() }), [0_i64; 0]);
        let ids = vec![crate::sample::note_id(2)];
        assert_eq!(look(Wanted { ids, origins: own, ..Wanted::default() }), [3, 2]);
    }

    fn hits_come_by_pages_and_what_is_not_live_stays_out(store: Store) {
        filled(&store);
        let wanted = Wanted { all: words(&[&["bridge"]]), ..Wanted::default() };
        let behind = Place { version_us: NOW_US, collection: "c".into(), seq: 1 };
        let rest = read(&store, |tx| search::own(tx, &wanted, (&member(1), &[]), Which::All, Some(&behind), 100));
        assert_eq!(rest.iter().map(|stored| stored.peek().seq).collect::<Vec<_>>(), [2]);
        let set = |state: &str, seq: i64| {
            write(&store, |tx| tx.exec("UPDATE record SET state = ?1 WHERE seq = ?2", &[state.into(), seq.into()]))
        };
        set("withdrawn", 3);
        assert_eq!(numbers(&store, &wanted, Which::Newest), [1, 2], "the one before is the newest again");
        set("held", 1);
        assert_eq!(numbers(&store, &wanted, Which::Newest), [1, 2]);
        let foreign = read(&store, |tx| search::own(tx, &wanted, (&member(2), &[]), Which::All, None, 100));
        assert_eq!(foreign.iter().map(|stored| stored.peek().seq).collect::<Vec<_>>(), [2], "a draft is for its own");
        set("quarantined", 2);
        assert_eq!(numbers(&store, &wanted, Which::All), [1]);
    }

    fn records_are_proposed_to_who_sees_them_and_loosely_where_parts_are_marked(store: Store) {
        filled(&store);
        write(&store, |tx| tx.exec("UPDATE record SET parts = 'red' WHERE seq = 3", &[]));
        write(&store, |tx| release::open(tx, "c", 1, shelf(Tlp::Clear), None));
        let strict = Wanted { all: words(&[&["bridge"]]), none: vec![words(&[&["river"]])], ..Wanted::default() };
        let loose = Wanted { none: Vec::new(), ..strict.clone() };
        let proposed = |loose: &Wanted, audience, after, limit| {
            read(&store, |tx| search::candidates(tx, ("c", audience), (&strict, loose), after, limit))
        };
        assert_eq!(proposed(&loose, 1, 0, 10), [1, 2, 3]);
        assert_eq!(proposed(&strict, 1, 0, 10), [1, 2]);
        assert_eq!(proposed(&loose, 1, 1, 1), [2]);
        assert_eq!(proposed(&loose, 1, 2, 10), [3]);
        assert_eq!(proposed(&loose, 2, 0, 10), [0_i64; 0], "another audience sees none of them");
    }

    fn what_is_forgotten_is_not_found_and_can_be_kept_again(store: Store) {
        filled(&store);
        let counts = || {
            ["document", "name_key", "facet"].map(|table| {
                read(&store, |tx| tx.query(&format!("SELECT count(*) FROM {table} WHERE seq = 3"), &[]))[0].int(0).unwrap()
            })
        };
        assert_eq!(counts(), [1, 2, 2]);
        assert!(write(&store, |tx| search::forget(tx, "c", 3)));
        assert!(!write(&store, |tx| search::forget(tx, "c", 3)));
        assert_eq!(counts(), [0, 0, 0]);
        let river = Wanted { all: words(&[&["river"]]), ..Wanted::default() };
        assert_eq!(numbers(&store, &river, Which::All), [0_i64; 0]);
        let again = entry("river", &[], &[]);
        write(&store, |tx| search::keep(tx, "c", &[(3, &again)]));
        assert_eq!(numbers(&store, &river, Which::All), [3]);
        assert_conflict(&store, |tx| search::keep(tx, "c", &[(3, &again)]));
        assert_eq!(write(&store, |tx| search::forget_all(tx, "c")), 4);
        assert_eq!(numbers(&store, &river, Which::All), [0_i64; 0]);
    }

    fn many_long_entries_go_in_at_once(store: Store) {
        keep_handlings(&store);
        let long: Vec<String> = (0..60_000).map(|n| format!("tǀterm{n}")).collect();
        let entries: Vec<(i64, Entry)> = (1..=300)
            .map(|seq| (seq, entry(&if seq < 4 { long.join(" ") } else { format!("only{seq}") }, &[], &[])))
            .collect();
        let borrowed: Vec<(i64, &Entry)> = entries.iter().map(|(seq, entry)| (*seq, entry)).collect();
        write(&store, |tx| {
            let records: Vec<_> = (1..=300).map(|seq| record("c", seq)).collect();
            record::insert(tx, &records)?;
            search::keep(tx, "c", &borrowed)
        });
        let found = |term: &str| numbers(&store, &Wanted { all: words(&[&[term]]), ..Wanted::default() }, Which::All);
        assert_eq!(found("tǀterm59999"), [1, 2, 3]);
        assert_eq!(found("only300"), [300]);
    }

    fn searches_are_noted_newest_first(store: Store) {
        let one = |n: i64| Consultation {
            id: n.to_string(),
            actor: "lena".into(),
            purpose: "border".into(),
            case: "2026/17".into(),
            reason: String::new(),
            asked: vec![0, 255],
            salt: [7; 32],
            hits: n,
            leaf: n,
            at_us: NOW_US + n,
            inner: ["cell".to_owned()].into(),
        };
        write(&store, |tx| search::note(tx, &one(1)));
        write(&store, |tx| search::note(tx, &one(2)));
        assert_conflict(&store, |tx| search::note(tx, &one(2)));
        assert_eq!(read(&store, |tx| search::consultations(tx, 10)), [one(2), one(1)]);
        assert_eq!(read(&store, |tx| search::consultations(tx, 1)).len(), 1);
    }
}

#[test]
fn a_copy_takes_the_consultations_and_leaves_the_index() {
    let (from, to) = (comity_testkit::Place::memory().open(), comity_testkit::Place::memory().open());
    filled(&from);
    let copied = from.copy_to(&to).unwrap();
    assert_eq!((copied.rows.get("record"), copied.rows.get("document")), (Some(&4), None));
    let rows: Vec<Value> = read(&to, |tx| tx.query("SELECT seq FROM facet", &[]))
        .into_iter()
        .flat_map(comity_store::Row::into_values)
        .collect();
    assert_eq!(rows, []);
}
