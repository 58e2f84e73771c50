//! Real volume: ATT&CK enterprise is imported, imported again, and pulled by an empty peer.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::exchange::Pair;
use crate::stage::Node;

/// Objects in the bundle.
const OBJECTS: usize = 24_771;

/// The bundle among the shared data; none when there is no such folder, which CI does not accept.
fn bundle() -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "a test finds its data, and asks whether it runs in CI")]
    let (shared, in_ci) = (std::env::var_os("COMITY_SHARED"), std::env::var_os("CI").is_some());
    let shared = shared.map(PathBuf::from).unwrap_or_else(|| Path::new("../../../shared").to_owned());
    let file = shared.join("data/stix/bundles/attack-enterprise-lifted.json.gz");
    if file.is_file() {
        return Some(file);
    }
    assert!(!in_ci, "{} is missing: set COMITY_SHARED", file.display());
    eprintln!("{} is missing: set COMITY_SHARED", file.display());
    None
}

/// Id, version and handling of every record, sorted.
fn held(node: &Node) -> Vec<String> {
    let records = node.json(&["records"]);
    let line = |record: &Value| format!("{} {} {}", record["id"], record["version"], record["handling"]);
    let mut lines: Vec<String> = records.as_array().unwrap().iter().map(line).collect();
    lines.sort();
    lines
}

#[test]
fn attack_enterprise_is_imported_once_and_pulled_whole() {
    let Some(bundle) = bundle() else { return };
    let pair = Pair::make();
    let import = ["import", bundle.to_str().unwrap(), "--collection", "reports", "--tlp", "clear"];
    let first = pair.north.json(&import);
    assert_eq!((&first["accepted"], &first["rejected"]), (&OBJECTS.into(), &Value::Array(Vec::new())));
    let leaves = pair.north.json(&["verify"])["leaves"].clone();
    let again = pair.north.json(&import);
    assert_eq!((&again["accepted"], &again["unchanged"]), (&0.into(), &OBJECTS.into()));
    assert_eq!(pair.north.json(&["verify"])["leaves"], leaves, "an import without news wrote to the ledger");

    let server = pair.north.serve();
    pair.introduce(&server.address);
    let pulled = pair.south.json(&["pull"]);
    assert_eq!((&pulled[0]["received"], &pulled[0]["refused"]), (&OBJECTS.into(), &0.into()));
    let once_more = pair.south.json(&["pull"]);
    assert_eq!((&once_more[0]["received"], &once_more[0]["unchanged"]), (&0.into(), &0.into()));
    assert!(held(&pair.north) == held(&pair.south), "the two nodes hold different records");
    // The digest of every stored object, against its bytes and the envelope that its origin signed.
    assert_eq!(pair.south.json(&["verify"])["records"], OBJECTS);
}
