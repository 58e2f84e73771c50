//! Deliveries, and the receipts for them.

use comity_model::Micros;
use comity_model::stix::Tlp;
use comity_store::Store;
use comity_store::tables::delivery::{self, Delivery, Departure, Filter, Page, Place};
use comity_store::tables::{receipt, record, release};
use comity_testkit::stores;

use crate::sample::{NAME, digest, keep_handlings, member, note_id, read, salt, shelf, write};

fn departure(seq: i64) -> Departure {
    Departure { seq, served: digest(&seq.to_string()), handling: shelf(Tlp::Clear), salt: salt(seq) }
}

fn page(audience: i64, at_us: i64, leaf: i64) -> Page {
    Page { collection: "c".to_owned(), audience, policy: digest("policy"), epoch: 1, leaf, at_us }
}

/// Three records, and the audiences 1 (member 2), 2 (member 2 with a purpose) and 3 (member 3).
fn prepare(store: &Store) {
    keep_handlings(store);
    write(store, |tx| {
        record::insert(
            tx,
            &[1, 2, 3].map(|seq| {
                let mut new = crate::sample::record("c", seq);
                new.record.name = format!("{NAME} {seq}");
                new
            }),
        )
    });
    write(store, |tx| {
        release::audience_of(tx, &member(2), "", "", &Default::default())?;
        release::audience_of(tx, &member(2), "border", "", &Default::default())?;
        release::audience_of(tx, &member(3), "", "", &Default::default()).map(drop)
    });
}

fn first_time(store: &Store, audience: i64, departures: &[Departure]) -> Vec<Departure> {
    read(store, |tx| Ok(delivery::first_time(tx, "c", audience, departures)?.into_iter().cloned().collect()))
}

stores! {
    fn what_was_served_to_a_member_is_known_by_its_digest_in_whatever_context(store: Store) {
        prepare(&store);
        write(&store, |tx| delivery::write(tx, &page(1, 100, 7), &[departure(1)]));
        write(&store, |tx| delivery::write(tx, &page(2, 100, 7), &[departure(1), departure(2)]));
        write(&store, |tx| delivery::write(tx, &page(3, 100, 7), &[departure(3)]));
        let served = |of| {
            let asked: Vec<_> = (1..=1_200).map(|seq| departure(seq).served).collect();
            read(&store, |tx| receipt::served(tx, &member(of), &asked)).into_iter().collect::<Vec<_>>()
        };
        let mut two = vec![departure(1).served, departure(2).served];
        two.sort();
        assert_eq!(served(2), two);
        assert_eq!(served(3), [departure(3).served]);
        assert_eq!(served(4), []);
    }

    fn the_last_word_of_a_member_about_something_holds(store: Store) {
        let (one, two) = (departure(1).served, departure(2).served);
        let say = |message: &str, at, said: &[(_, &'static str)]| {
            let named = (digest(message), Micros(at));
            write(&store, |tx| receipt::keep(tx, &member(2), named, said.iter().copied()));
        };
        say("second", 20, &[(one, ""), (two, "older")]);
        say("first", 10, &[(one, "erased")]);
        say("third", 30, &[(two, "")]);
        let found = read(&store, |tx| receipt::of(tx, &member(2), &[one, two, departure(3).served]));
        let word = |message: &str, at| {
            receipt::Word { reason: String::new(), message: digest(message), at: Micros(at) }
        };
        assert_eq!(found, [(one, word("second", 20)), (two, word("third", 30))].into());
        assert!(read(&store, |tx| receipt::of(tx, &member(3), &[one])).is_empty());
    }

    fn a_delivery_tells_what_left_when_and_how_often(store: Store) {
        prepare(&store);
        write(&store, |tx| delivery::write(tx, &page(1, 100, 7), &[departure(2)]));
        write(&store, |tx| delivery::write(tx, &page(1, 50, 8), &[departure(2)]));
        write(&store, |tx| delivery::write(tx, &page(1, 300, 9), &[departure(2)]));
        let record = crate::sample::record("c", 2).record;
        let wanted = Delivery {
            collection: "c".to_owned(),
            seq: 2,
            id: note_id(2),
            version: record.key.version,
            name: format!("{NAME} 2"),
            audience: 1,
            member: member(2),
            served: departure(2).served,
            digest: record.key.digest,
            handling: shelf(Tlp::Clear),
            first_at: Micros(100),
            last_at: Micros(300),
            count: 3,
            leaf: 7,
        };
        assert_eq!(read(&store, |tx| delivery::list(tx, None, None, 10)), [wanted], "the first leaf stays");
    }

    fn only_what_never_left_for_an_audience_is_new(store: Store) {
        prepare(&store);
        let all: Vec<Departure> = (1..=1_200).map(departure).collect();
        assert_eq!(first_time(&store, 1, &all), all);
        let gone: Vec<Departure> = all.iter().filter(|one| one.seq % 3 == 0).cloned().collect();
        write(&store, |tx| delivery::write(tx, &page(1, 100, 1), &gone));
        let rest: Vec<Departure> = all.iter().filter(|one| one.seq % 3 != 0).cloned().collect();
        assert_eq!(first_time(&store, 1, &all), rest, "in their order");
        assert_eq!(first_time(&store, 2, &all), all, "another context is another audience");
        assert_eq!(first_time(&store, 1, &gone), []);
        assert_eq!(first_time(&store, 1, &[]), []);
        let elsewhere = read(&store, |tx| Ok(delivery::first_time(tx, "d", 1, &gone)?.len()));
        assert_eq!(elsewhere, gone.len());
    }

    fn other_bytes_or_another_handling_are_a_delivery_of_their_own(store: Store) {
        prepare(&store);
        write(&store, |tx| delivery::write(tx, &page(1, 100, 1), &[departure(1)]));
        let redacted = Departure { served: digest("redacted"), ..departure(1) };
        let restated = Departure { handling: shelf(Tlp::Green), ..departure(1) };
        let salted = Departure { salt: salt(9), ..departure(1) };
        let all = [redacted.clone(), salted, restated.clone()];
        assert_eq!(first_time(&store, 1, &all), [redacted, restated], "a salt makes no delivery");
        write(&store, |tx| delivery::write(tx, &page(1, 200, 2), &all));
        let counts: Vec<(i64, i64)> = read(&store, |tx| delivery::list(tx, Some(("c", 1)), None, 10))
            .iter()
            .map(|one| (one.first_at.0, one.count))
            .collect();
        assert_eq!(counts, [(100, 2), (200, 1), (200, 1)]);
    }

    fn a_page_without_objects_leaves_no_trace(store: Store) {
        prepare(&store);
        write(&store, |tx| delivery::write(tx, &page(1, 100, 1), &[]));
        assert_eq!(read(&store, |tx| delivery::list(tx, None, None, 10)), []);
    }

    fn deliveries_are_listed_by_record_and_by_member_oldest_first(store: Store) {
        prepare(&store);
        for (audience, at_us, seqs) in [(1, 300, &[1, 2][..]), (2, 200, &[1]), (3, 100, &[1, 3])] {
            let gone: Vec<Departure> = seqs.iter().map(|seq| departure(*seq)).collect();
            write(&store, |tx| delivery::write(tx, &page(audience, at_us, 1), &gone));
        }
        let list = |record, who: Option<u32>, limit| {
            let who = who.map(member);
            let who = who.as_ref().map(comity_model::MemberId::as_str);
            let found = read(&store, |tx| delivery::list(tx, record, who, limit));
            found.iter().map(|one| (one.audience, one.seq)).collect::<Vec<_>>()
        };
        let all = [(3, 1), (3, 3), (2, 1), (1, 1), (1, 2)];
        assert_eq!(list(None, None, 10), all);
        assert_eq!(list(None, None, 2), all[..2]);
        assert_eq!(list(None, None, 0), []);
        assert_eq!(list(Some(("c", 1)), None, 10), [(3, 1), (2, 1), (1, 1)]);
        assert_eq!(list(None, Some(2), 10), [(2, 1), (1, 1), (1, 2)], "in every context");
        assert_eq!(list(Some(("c", 1)), Some(3), 10), [(3, 1)]);
        assert_eq!(list(Some(("c", 2)), Some(3), 10), []);
        assert_eq!(list(Some(("d", 1)), None, 10), []);
        assert_eq!(list(None, Some(9), 10), []);
    }

    fn pages_of_deliveries_leave_none_out_and_keep_to_their_filter(store: Store) {
        prepare(&store);
        write(&store, |tx| record::insert(tx, &[crate::sample::record("d", 1), crate::sample::record("e", 2)]));
        for (audience, collection, at_us, seqs) in
            [(1, "c", 300, &[1, 2, 3][..]), (1, "d", 300, &[1]), (1, "e", 300, &[2]), (2, "c", 300, &[1]), (3, "c", 300, &[1])]
        {
            let gone: Vec<Departure> = seqs.iter().map(|seq| departure(*seq)).collect();
            let to = Page { collection: collection.to_owned(), ..page(audience, at_us, 1) };
            write(&store, |tx| delivery::write(tx, &to, &gone));
            let redacted: Vec<Departure> =
                gone.into_iter().map(|one| Departure { served: digest("redacted"), ..one }).collect();
            write(&store, |tx| delivery::write(tx, &to, &redacted));
        }
        let walk = |filter: &Filter<'_>, limit| {
            let mut all: Vec<Place> = Vec::new();
            loop {
                let page = read(&store, |tx| delivery::page(tx, filter, all.last(), limit));
                assert!(i64::try_from(page.len()).unwrap() <= limit);
                if page.is_empty() {
                    return all;
                }
                all.extend(page.iter().map(Delivery::place));
            }
        };
        let collections = ["c", "e"];
        let filter = Filter { audience: Some(1), collections: Some(&collections), ..Filter::default() };
        let whole = walk(&filter, 1_000);
        assert_eq!(whole.len(), 8, "three in `c` and one in `e`, each in two forms");
        assert!(whole.iter().all(|one| one.audience == 1 && one.collection != "d"));
        for limit in 1..=3 {
            assert_eq!(walk(&filter, limit), whole, "pages of {limit}");
            assert_eq!(walk(&Filter::default(), limit).len(), 14, "all, by pages of {limit}");
        }
        assert_eq!(walk(&Filter { collections: Some(&[]), ..filter }, 10), [], "no collection is no delivery");
    }
}
