//! Real volume: ATT&CK enterprise is imported, imported again, and pulled by an empty peer, through the real binary.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test of its own crate; what fails here is the test"
)]

mod pair;
#[path = "../node/stage.rs"]
#[allow(dead_code, reason = "other journeys use the rest of it")]
mod stage;

use std::collections::BTreeSet;
use std::path::Path;

use comity_stix::{Digest, Limits, canon, read};
use comity_testkit::comity_store::tables::{collection, record};
use comity_testkit::comity_store::{Location, Store, StoreError};

use crate::pair::{OBJECTS, Pair, bundle, unpacked};
use crate::stage::Node;

/// A record by what makes it the same everywhere.
type Named = (String, String, Digest);

/// What stands in the file.
fn in_file(path: &Path) -> BTreeSet<Named> {
    let bytes = unpacked(path);
    let limits = Limits { bytes: bytes.len(), objects: OBJECTS, ..Limits::default() };
    let document = read(&bytes, &limits).unwrap();
    let name = |item: &comity_stix::Item<'_>| {
        let object = item.object.as_ref().unwrap();
        let version = object.version().unwrap().as_str().to_owned();
        (object.id().unwrap().as_str().to_owned(), version, canon::digest_of(object.value()).unwrap())
    };
    document.items.iter().map(name).collect()
}

/// What a node holds, under the digest of the bytes that it holds.
fn held_by(node: &Node) -> Vec<Named> {
    let store = Store::open(&Location::File(Path::new(node.home_text()).join("comity.db")), 0).unwrap();
    store
        .read("attack.held", |tx| {
            let mut held = Vec::new();
            for one in collection::list(tx)? {
                let records = record::list(tx, &one.id, 0, i64::MAX)?.into_iter();
                held.extend(records.map(|stored| {
                    let record = stored.into_inner();
                    (record.key.id, record.key.version, record.held)
                }));
            }
            Ok::<_, StoreError>(held)
        })
        .unwrap()
}

#[test]
fn attack_enterprise_is_imported_once_and_pulled_whole_by_an_empty_peer() {
    let Some(bundle) = bundle() else { return };
    let pair = Pair::make();
    let first = pair.import(&bundle);
    let counts = |summary: &serde_json::Value| {
        let count = |name: &str| summary[name].as_u64().unwrap();
        let rejected = summary["rejected"].as_array().unwrap().len();
        (count("accepted"), count("unchanged"), count("changed"), count("held"), rejected)
    };
    assert_eq!(counts(&first), (OBJECTS as u64, 0, 0, 0, 0));

    // The same import again writes nothing: the checkpoint names the size and the root of the ledger.
    let checkpoint = pair.north.ok(&["ledger", "checkpoint"]);
    let again = pair.import(&bundle);
    assert_eq!(counts(&again), (0, OBJECTS as u64, 0, 0, 0));
    assert_eq!(pair.north.ok(&["ledger", "checkpoint"]), checkpoint);

    let server = pair.serve();
    let pulled = pair.pull();
    assert_eq!((&pulled["received"], &pulled["refused"]), (&OBJECTS.into(), &0.into()), "{pulled}");
    let (north, south) = (held_by(&pair.north), held_by(&pair.south));
    assert_eq!((north.len(), south.len()), (OBJECTS, OBJECTS));
    let (north, south) = (BTreeSet::from_iter(north), BTreeSet::from_iter(south));
    assert!(north == in_file(&bundle), "North holds something else than the file");
    assert!(south == north, "South holds something else than North");

    // Nothing is left to bring over, and asking for it writes nothing either.
    let checkpoint = pair.south.ok(&["ledger", "checkpoint"]);
    let again = pair.pull();
    assert_eq!((&again["received"], &again["changed"]), (&0.into(), &0.into()), "{again}");
    assert_eq!(pair.south.ok(&["ledger", "checkpoint"]), checkpoint);
    assert_eq!(server.stop(), 0);
}
