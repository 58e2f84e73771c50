//! The four nodes: homes, one agreement, collections, keys for each other, and a serving process for each.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use comity_app::council::{self, import::Wish};
use comity_app::credential::{self, IssuedKey, NewKey, Rights, Scope};
use comity_app::home::Setup;
use comity_app::import::{self, Input, Progress};
use comity_app::peer::{self, NewPeer};
use comity_app::person::{self, Actor};
use comity_app::pull::{self, Pulled};
use comity_app::{App, SystemClock, SystemRandom, agreement, collection, stated};

use super::Options;
use super::child::Serving;
use super::script;
use crate::failure::Failure;

/// The file that marks a folder as the demonstration's own.
const MARK: &str = "EXERCISE-comity-demo";
/// The member that publishes the press reading.
pub const SECRETARIAT: &str = "Demo secretariat";
/// Collection of the press reading.
pub const PRESS: &str = "press";
/// Who wrote the press reading.
const EDITOR: &str = "Demo editor";
/// Collection of the exercise.
pub const EXERCISE: &str = "exercise";

/// One member's node.
pub struct Node {
    /// Display name of the member.
    pub name: String,
    /// Its home.
    pub home: PathBuf,
    /// The home, opened as a second process beside the serving one.
    pub app: App,
    /// Who acts.
    pub actor: Actor,
    /// The serving process.
    pub serving: Serving,
}

/// All nodes.
pub struct Stage {
    /// In the order of the agreement.
    pub nodes: Vec<Node>,
    /// Keys that each node gave to each other member: (node, member).
    pub keys: BTreeMap<(String, String), IssuedKey>,
}

/// Removes what an earlier run left; refuses a folder that is not the demonstration's own.
pub fn clear(folder: &Path) -> Result<(), Failure> {
    if !folder.exists() {
        return Ok(());
    }
    let is_empty = fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none());
    if !is_empty && !folder.join(MARK).exists() {
        return Err(Failure::refused(format!(
            "the folder was not made by the demonstration; {}; name another one with --home",
            folder.display()
        )));
    }
    fs::remove_dir_all(folder)
        .map_err(|error| Failure::file("the last demonstration cannot be removed", folder, &error))
}

impl Stage {
    /// Makes and starts the nodes.
    pub fn build(options: &Options) -> Result<Self, Failure> {
        let folder = &options.folder;
        fs::create_dir_all(folder)
            .map_err(|error| Failure::file("the folder cannot be made", folder, &error))?;
        let mark = folder.join(MARK);
        let text = "EXERCISE: made by `comity demo`; the next run removes this folder.\n";
        fs::write(&mark, text)
            .map_err(|error| Failure::file("the folder cannot be written", &mark, &error))?;

        let mut agreed = script::agreement()?;
        let mut apps = Vec::new();
        for member in &mut agreed.members {
            let home = folder.join(member.name.to_lowercase().replace(' ', "-"));
            let setup = Setup { member_name: &member.name, store_url: None, exercise: true };
            let (clock, random) = (Arc::new(SystemClock), Arc::new(SystemRandom));
            let app = comity_app::home::init_as(&home, &setup, member.id.clone(), clock, random)?;
            let own = agreement::current(&app)?.agreement;
            member.keys = own.members.into_iter().flat_map(|one| one.keys).collect();
            apps.push((member.name.clone(), home, app));
        }
        let text = agreed.to_toml().map_err(comity_app::AppError::from)?;
        let mut nodes = Vec::new();
        for (number, (name, home, app)) in (0_u16..).zip(apps) {
            let actor = person::actor(&app, None)?;
            agreement::import(&app, &actor, &text)?;
            collection::add(&app, &actor, EXERCISE, Some("EXERCISE records, fictional"))?;
            if name == SECRETARIAT {
                collection::add(&app, &actor, PRESS, Some("What the press reported, as claims"))?;
            }
            let port = options.first_port.map_or(0, |first| first.saturating_add(number));
            let serving = Serving::start(&home, port)?;
            nodes.push(Node { name, home, app, actor, serving });
        }
        let mut stage = Self { nodes, keys: BTreeMap::new() };
        stage.introduce()?;
        Ok(stage)
    }

    /// Gives every member a key to every other node, and makes the nodes known to each other.
    fn introduce(&mut self) -> Result<(), Failure> {
        for host in &self.nodes {
            for guest in self.nodes.iter().filter(|guest| guest.name != host.name) {
                let is_member = guest.name != "Demo observer";
                let mut collections = vec![(EXERCISE.to_owned(), Rights { read: true, write: false })];
                if host.name == SECRETARIAT {
                    collections.push((PRESS.to_owned(), Rights { read: true, write: false }));
                }
                let new = NewKey {
                    member: &guest.name,
                    collections,
                    purpose: is_member.then_some("border-security"),
                    basis: is_member.then_some("council-agreement"),
                    days: None,
                    scope: Scope::Exchange,
                    inner: Vec::new(),
                };
                let key = credential::add(&host.app, &host.actor, &new)?;
                let known = NewPeer {
                    name: &host.name,
                    url: &host.serving.url,
                    member: &host.name,
                    login: &key.user,
                    secret: &key.secret,
                    authority: None,
                };
                peer::add(&guest.app, &guest.actor, &known)?;
                self.keys.insert((host.name.clone(), guest.name.clone()), key);
            }
        }
        Ok(())
    }

    /// The node of a member.
    pub fn node(&self, name: &str) -> Result<&Node, Failure> {
        self.nodes
            .iter()
            .find(|node| node.name == name)
            .ok_or_else(|| Failure::environment(format!("the demonstration has no node `{name}`")))
    }

    /// Publishes the frame of the exercise: marking definitions and desks, which the other records refer to.
    pub fn publish_frames(&self) -> Result<(usize, Vec<String>), Failure> {
        self.publish(|set| set.is_frame(), false)
    }

    /// Publishes the press reading and the exercise; answers how many records, and what was rejected.
    pub fn publish_all(&self) -> Result<(usize, Vec<String>), Failure> {
        self.publish(|set| !set.is_frame(), true)
    }

    fn publish(
        &self,
        wanted: impl Fn(&script::Set) -> bool,
        with_press: bool,
    ) -> Result<(usize, Vec<String>), Failure> {
        let mut accepted = 0;
        let mut rejected = Vec::new();
        let mut count = |summary: import::Summary| {
            accepted += summary.accepted + summary.unchanged;
            rejected.extend(summary.rejected.into_iter().map(|one| format!("{}: {}", one.id, one.reason)));
        };
        if with_press {
            let node = self.node(SECRETARIAT)?;
            let wish = Wish { collection: PRESS, editor: Some(EDITOR), text: script::PRESS, dry_run: false };
            let imported = council::import::run(&node.app, &node.actor, &wish)?;
            count(import::Summary {
                accepted: imported.new,
                unchanged: imported.unchanged,
                ..import::Summary::default()
            });
        }
        for set in script::exercise()?.sets.into_iter().filter(wanted) {
            let node = self.node(&set.member)?;
            let input = Input {
                collection: &set.collection,
                name: "exercise",
                stated: stated::resolve(&node.app, &set.handling.text())?,
                purpose: set.handling.purpose.clone(),
                legal_basis: set.handling.legal_basis.clone(),
                ..Input::default()
            };
            let text = script::bundle(&set.objects);
            count(import::run(&node.app, &node.actor, &input, text.as_bytes(), &mut silent)?);
        }
        Ok((accepted, rejected))
    }

    /// Lets every node pull from every other.
    pub fn pull_all(&self) -> Result<Vec<(String, Pulled)>, Failure> {
        let mut all = Vec::new();
        for node in &self.nodes {
            for pulled in pull::run(&node.app, &node.actor, None, None, None, &mut |_| {})? {
                all.push((node.name.clone(), pulled));
            }
        }
        Ok(all)
    }

    /// Serves on until Ctrl-C.
    pub fn wait(&self) -> Result<(), Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Failure::environment(format!("no signals can be awaited; {error}")))?;
        // A signal that cannot be awaited ends the demonstration at once, which is what a signal would do.
        let _ = runtime.block_on(tokio::signal::ctrl_c());
        runtime.shutdown_timeout(Duration::from_secs(1));
        Ok(())
    }

    /// Stops every node.
    pub fn stop(&mut self) {
        for node in &mut self.nodes {
            node.serving.stop();
        }
    }
}

fn silent(_: Progress) {}
