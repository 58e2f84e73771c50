//! Two nodes under one agreement, and the bundle of ATT&CK enterprise that goes from one to the other.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::stage::{Node, SOUTH, Server};

const NORTH: &str = "EXERCISE North desk";

/// Objects in the bundle.
pub const OBJECTS: usize = 24_771;

/// North, which holds the bundle, and South, which pulls it.
pub struct Pair {
    pub north: Node,
    pub south: Node,
}

impl Pair {
    /// Both nodes, empty, each with the other as a member of its agreement.
    pub fn make() -> Self {
        let pair = Self { north: Node::make(NORTH, None), south: Node::make(SOUTH, None) };
        let own = |node: &Node| node.json(&["member", "list"])[0].clone();
        let (north, south) = (own(&pair.north), own(&pair.south));
        for (node, other) in [(&pair.north, south), (&pair.south, north)] {
            let draft = node.path("agreement-draft.toml");
            let draft = draft.to_str().unwrap();
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            let (name, id, key) = (text(&other["name"]), text(&other["id"]), text(&other["keys"][0]));
            let who = ["member", "add", &name, "--id", &id, "--key", &key];
            node.ok(&[&who[..], &["--standing", "member", "--draft", draft]].concat());
            node.ok(&["agreement", "import", draft]);
        }
        pair.north.ok(&["collection", "add", "Attack"]);
        pair
    }

    /// Imports the bundle into North; gives the counts.
    pub fn import(&self, bundle: &Path) -> Value {
        let bundle = bundle.to_str().unwrap();
        self.north.json(&["import", bundle, "--collection", "attack", "--tlp", "clear"])
    }

    /// Serves North and makes it known to South as peer `north`.
    pub fn serve(&self) -> Server {
        let server = self.north.serve();
        let key = self.north.json(&["key", "add", "--member", SOUTH, "--collection", "attack"]);
        let url = format!("http://{}/", server.address);
        let (user, secret) = (key["user"].as_str().unwrap(), key["secret"].as_str().unwrap());
        let peer = ["peer", "add", "north", &url, "--member", NORTH, "--user", user, "--secret", "-"];
        let added = self.south.run_with(&peer, secret.as_bytes());
        assert_eq!(added.code, 0, "{added:?}");
        server
    }

    /// Lets South pull; gives the counts of the one collection.
    pub fn pull(&self) -> Value {
        let pulled = self.south.json(&["pull", "north"]);
        assert_eq!(pulled.as_array().map(Vec::len), Some(1), "{pulled}");
        pulled[0].clone()
    }
}

/// The bundle; none, with one line on standard error, where the shared data is missing. In CI it must be there.
#[expect(clippy::disallowed_methods, reason = "the data is found through the environment")]
pub fn bundle() -> Option<PathBuf> {
    let shared = std::env::var_os("COMITY_SHARED").map(PathBuf::from);
    let file = shared.map(|shared| shared.join("data/stix/bundles/attack-enterprise-lifted.json.gz"));
    let found = file.filter(|file| file.is_file());
    if found.is_none() {
        assert!(std::env::var_os("CI").is_none(), "COMITY_SHARED names no folder with data/stix/bundles");
        eprintln!("left out: COMITY_SHARED names no folder with data/stix/bundles");
    }
    found
}

/// The bundle as plain JSON.
pub fn unpacked(bundle: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(bundle).unwrap();
    std::io::copy(&mut flate2::read::GzDecoder::new(file), &mut bytes).unwrap();
    bytes
}
