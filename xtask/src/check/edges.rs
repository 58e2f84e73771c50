//! Who may depend on whom: the table of crates, the crates that no manifest names, tokio from `app` upward, and the
//! shared lints in every manifest. What the whole tree must not hold is said in `deny.toml`.

use super::Fault;
use super::house::{File, House};
use super::rules::Room;
use toml::Table;

const NAME: &str = "edges";

/// Checks every manifest.
pub fn check(house: &House) -> Vec<Fault> {
    let mut faults = Vec::new();
    for file in house.files() {
        let Some(name) = room_of_manifest(&file.path) else { continue };
        let mut tell = |what: String| {
            faults.push(Fault { check: NAME, path: file.path.clone(), line: 0, what });
        };
        let Some(room) = house.rules().crates.get(name) else {
            tell(format!("the crate {name} does not stand in the table of crates"));
            continue;
        };
        match read(file) {
            Ok(manifest) => manifest.against(name, room, house, &mut tell),
            Err(what) => tell(what),
        }
    }
    faults
}

fn room_of_manifest(path: &str) -> Option<&str> {
    let folder = path.strip_suffix("/Cargo.toml")?;
    let name = folder.strip_prefix("crates/").unwrap_or(folder);
    (!name.contains('/') && name != "fuzz").then_some(name)
}

struct Manifest {
    /// Name of the package that is named, and whether it is named for development only.
    dependencies: Vec<(String, bool)>,
    has_lints: bool,
}

fn read(file: &File) -> Result<Manifest, String> {
    let table: Table = file.text.parse().map_err(|error| format!("this is no TOML: {error}"))?;
    let mut dependencies = Vec::new();
    let targets =
        table.get("target").and_then(|target| target.as_table()).into_iter().flat_map(Table::values);
    for holder in std::iter::once(&table).chain(targets.filter_map(|target| target.as_table())) {
        for (section, dev) in
            [("dependencies", false), ("build-dependencies", false), ("dev-dependencies", true)]
        {
            let listed = holder.get(section).and_then(|section| section.as_table());
            for (name, value) in listed.into_iter().flatten() {
                let package = value.get("package").and_then(|package| package.as_str()).unwrap_or(name);
                dependencies.push((package.to_owned(), dev));
            }
        }
    }
    let lints = table.get("lints").and_then(|lints| lints.get("workspace")).and_then(toml::Value::as_bool);
    Ok(Manifest { dependencies, has_lints: lints == Some(true) })
}

impl Manifest {
    fn against(&self, name: &str, room: &Room, house: &House, tell: &mut dyn FnMut(String)) {
        for (package, dev) in &self.dependencies {
            if let Some(reason) = house.rules().banned.get(package) {
                tell(format!("{package} is not used here: {reason}"));
            }
            if package == "tokio" && !room.tokio {
                tell("only app and what stands above it depend on tokio".to_owned());
            }
            let Some(other) = package.strip_prefix("comity-") else { continue };
            let for_tests = *dev && house.rules().crates.get(other).is_some_and(|other| other.dev);
            if !for_tests && !room.uses.iter().any(|used| used == other) {
                tell(format!("{name} does not use {other}: the table of crates has no such edge"));
            }
        }
        if !self.has_lints {
            tell("the shared lints are missing: add `[lints]` with `workspace = true`".to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: &str = "
        [crates.stix]\nuses = []
        [crates.model]\nuses = [\"stix\"]
        [crates.testkit]\nuses = []\ndev = true
        [crates.http]\nuses = []\ntokio = true
        [banned]\nchrono = \"one library for time\"";

    fn faults(path: &str, manifest: &str) -> Vec<String> {
        let text = format!("{manifest}\n[lints]\nworkspace = true");
        check(&House::of(RULES, &[(path, &text)])).into_iter().map(|fault| fault.what).collect()
    }

    #[test]
    fn an_edge_of_the_table_is_allowed_and_no_other() {
        let model = "crates/model/Cargo.toml";
        assert!(faults(model, "[dependencies]\ncomity-stix.workspace = true").is_empty());
        assert_eq!(
            faults("crates/stix/Cargo.toml", "[dependencies]\ncomity-model.workspace = true").len(),
            1
        );
        assert_eq!(faults(model, "[build-dependencies]\ncomity-http.workspace = true").len(), 1);
        assert_eq!(faults(model, "[target.'cfg(unix)'.dependencies]\ncomity-http.workspace = true").len(), 1);
        assert_eq!(
            faults(model, "[dependencies]\nx = { package = \"comity-http\", path = \"../http\" }").len(),
            1
        );
    }

    #[test]
    fn the_testkit_is_for_tests_only() {
        let model = "crates/model/Cargo.toml";
        assert!(faults(model, "[dev-dependencies]\ncomity-testkit.workspace = true").is_empty());
        assert_eq!(faults(model, "[dependencies]\ncomity-testkit.workspace = true").len(), 1);
        assert_eq!(faults(model, "[dev-dependencies]\ncomity-http.workspace = true").len(), 1);
    }

    #[test]
    fn a_banned_crate_is_a_fault_even_in_tests() {
        assert_eq!(faults("crates/http/Cargo.toml", "[dev-dependencies]\nchrono = \"0.4\"").len(), 1);
    }

    #[test]
    fn tokio_stays_above() {
        assert!(faults("crates/http/Cargo.toml", "[dependencies]\ntokio.workspace = true").is_empty());
        assert_eq!(faults("crates/stix/Cargo.toml", "[dependencies]\ntokio.workspace = true").len(), 1);
    }

    #[test]
    fn a_crate_that_is_not_listed_is_a_fault() {
        assert_eq!(faults("crates/helpers/Cargo.toml", "").len(), 1);
    }

    #[test]
    fn a_manifest_without_the_lints_is_a_fault() {
        let house = House::of(RULES, &[("crates/stix/Cargo.toml", "[package]\nname = \"comity-stix\"")]);
        assert_eq!(check(&house).len(), 1);
    }
}
