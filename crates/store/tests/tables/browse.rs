//! The list of records: which are listed, in which order, and that pages follow an index.

use comity_model::stix::Tlp;
use comity_model::{Handling, HandlingId, RecordState};
use comity_store::Store;
use comity_store::tables::browse::{self, Wanted};
use comity_store::tables::search::{self, Entry};
use comity_store::tables::{handling, record};
use comity_testkit::stores;

use crate::sample::{
    at_level, handling as handled, keep_handlings, member, read, record, shelf, versioned, write,
};

const NONE: [i64; 0] = [];

fn wanted() -> Wanted {
    Wanted { collection: "c".into(), states: vec!["live", "held"], ..Wanted::default() }
}

fn numbers(store: &Store, wanted: &Wanted) -> Vec<i64> {
    let found = read(store, |tx| browse::page(tx, wanted, (i64::MAX, -1), 100));
    found.iter().map(|one| one.record.peek().seq).collect()
}

/// Six records: the third is a newer version of the second, the fifth is held, the sixth withdrawn.
fn filled(store: &Store) {
    keep_handlings(store);
    write(store, |tx| {
        let mut held = record("c", 5);
        held.record.state = RecordState::Held;
        let mut gone = record("c", 6);
        gone.record.state = RecordState::Withdrawn;
        let red = at_level(record("c", 4), Tlp::Red, 0);
        let newer = versioned(record("c", 3), 2, 60);
        record::insert(tx, &[record("c", 1), record("c", 2), newer, red, held, gone])?;
        let entry = |kind: &str| Entry { facets: vec![("kind".into(), kind.into())], ..Entry::default() };
        let (note, plan) = (entry("note"), entry("plan"));
        search::keep(tx, "c", &[(1, &note), (2, &note), (3, &plan), (4, &plan), (5, &note), (6, &note)])
    });
}

stores! {
    fn the_newest_come_first_and_each_object_once(store: Store) {
        filled(&store);
        assert_eq!(numbers(&store, &wanted()), [5, 4, 3, 1]);
        let page = read(&store, |tx| browse::page(tx, &wanted(), (5, 1), 100));
        assert_eq!(page.iter().map(|one| one.record.peek().seq).collect::<Vec<_>>(), [4, 3]);
        assert_eq!(numbers(&store, &Wanted { states: vec!["withdrawn"], ..wanted() }), [6]);
        assert_eq!(numbers(&store, &Wanted { states: vec!["held"], ..wanted() }), [5]);
        assert_eq!(numbers(&store, &Wanted { apart: vec![member(1)], ..wanted() }), [5, 4, 3, 2, 1]);
    }

    fn what_is_hidden_hides_nothing(store: Store) {
        filled(&store);
        let hidden = Wanted { hidden: vec![shelf(Tlp::Red)], ..wanted() };
        assert_eq!(numbers(&store, &hidden), [5, 3, 1]);
        // The newer version alone is hidden: the older one is the newest that is there.
        write(&store, |tx| record::insert(tx, &[at_level(versioned(record("c", 7), 1, 60), Tlp::Red, 1)]));
        assert_eq!(numbers(&store, &wanted()), [7, 5, 4, 3]);
        assert_eq!(numbers(&store, &hidden), [5, 3, 1]);
    }

    fn facets_origins_and_actors_narrow(store: Store) {
        filled(&store);
        let of = |values: &[&str]| {
            let values = values.iter().map(|value| (*value).to_owned()).collect();
            numbers(&store, &Wanted { facets: vec![("kind", values)], ..wanted() })
        };
        assert_eq!((of(&["plan"]), of(&["note"]), of(&["find"])), (vec![4, 3], vec![5, 1], NONE.to_vec()));
        assert_eq!(of(&["plan", "note"]), [5, 4, 3, 1]);
        assert_eq!(numbers(&store, &Wanted { origins: vec![member(2)], ..wanted() }), NONE);
        assert_eq!(numbers(&store, &Wanted { not_of: Some(member(1)), ..wanted() }), NONE);
        assert_eq!(numbers(&store, &Wanted { actor: Some("operator".into()), ..wanted() }).len(), 4);
        assert_eq!(numbers(&store, &Wanted { actor: Some("else".into()), ..wanted() }), NONE);
        let found = read(&store, |tx| browse::facets(tx, "c", &[3, 4, 9], &["kind"]));
        assert_eq!(found, [(3, "kind".into(), "plan".into()), (4, "kind".into(), "plan".into())]);
    }

    fn levels_and_categories_are_read_from_the_handling_and_not_from_what_stands_in_it(store: Store) {
        filled(&store);
        let iep = r#""iep":{"description":"\"tlp\":\"red\",\"v\":1} \"category\":\"victim\"",
            "id":"iep--00000000-0000-4000-8000-000000000001","iep_version":"2.0","name":"EXERCISE","tlp":"green"},"originator""#;
        let amber = handled(Tlp::Amber).canonical().unwrap();
        let with_iep = Handling::from_json(&amber.replacen("\"originator\"", iep, 1)).unwrap();
        let mut unmarked = handled(Tlp::Clear);
        unmarked.tlp = None;
        let mut strange = handled(Tlp::Red);
        strange.uninterpreted = true;
        let mut victim = handled(Tlp::Green);
        victim.category = Some(comity_model::Category::Victim);
        for (seq, one) in (7..).zip([with_iep, unmarked, strange, victim]) {
            write(&store, |tx| {
                let id: HandlingId = one.id().unwrap();
                handling::intern(tx, id, &one)?;
                let mut new = record("c", seq);
                new.record.handling_id = id;
                record::insert(tx, &[new])
            });
        }
        let at = |level: &str| numbers(&store, &Wanted { levels: vec![level.into()], ..wanted() });
        assert_eq!(at("TLP:AMBER"), [7]);
        assert_eq!(at("no marking"), [8]);
        assert_eq!(at("unknown marking"), [9]);
        assert_eq!(at("TLP:RED"), [4]);
        assert_eq!(at("TLP:GREEN"), [10]);
        assert_eq!(at("TLP:CLEAR"), [5, 3, 1]);
        assert_eq!(numbers(&store, &Wanted { categories: vec!["victim"], ..wanted() }), [10]);
    }

    fn a_walk_says_where_so_many_rows_end_and_where_a_leaf_begins(store: Store) {
        filled(&store);
        let floor = |wanted: &Wanted, below, rows| read(&store, |tx| browse::floor(tx, wanted, below, rows));
        assert_eq!(floor(&wanted(), i64::MAX, 2), Some(4));
        assert_eq!(floor(&wanted(), 4, 2), Some(1));
        assert_eq!(floor(&wanted(), 4, 3), None);
        let plans = Wanted { facets: vec![("kind", vec!["plan".into()])], ..wanted() };
        assert_eq!((floor(&plans, i64::MAX, 1), floor(&plans, i64::MAX, 2)), (Some(3), None));
        write(&store, |tx| {
            let mut later = record("c", 8);
            later.record.leaf = 5;
            record::insert(tx, &[later])
        });
        let since = |leaf| read(&store, |tx| browse::since(tx, "c", leaf));
        assert_eq!((since(0), since(1), since(6)), (Some(1), Some(8), None));
        assert_eq!(read(&store, |tx| browse::leaf_of(tx, "c", 8)), Some(5));
    }
}
