//! The nodes of a storm: eight members around a hub, each with a home in memory that survives a crash.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use comity_app::credential::{self, NewKey, Scope};
use comity_app::home::{self, Setup};
use comity_app::model::{Agreement, Member, MemberId, MemberKey};
use comity_app::peer::{self, NewPeer};
use comity_app::{
    Actor, App, AppError, Limits, Random as _, Role, agreement, backup, catchup, collection, person,
};
use comity_store::{Store, crash};
use tempfile::TempDir;

use super::clock::SkewedClock;
use crate::community::empty;
use crate::mesh::{Mesh, Ways};
use crate::{READ, SeededRandom, VirtualClock};

/// The collection of each node: what it publishes and what it pulls stand in it together, so that every node passes on
/// what it may.
pub(super) const COLLECTION: &str = "reports";
/// The node that everybody pulls from, and that pulls from everybody.
pub(super) const HUB: usize = 0;
/// The second person of each node.
pub(super) const SECOND: &str = "second";

/// Homes of a community, made once and copied for each storm.
struct Template {
    folder: TempDir,
    agreement: Agreement,
    members: Vec<MemberId>,
}

/// Who pulls from whom.
pub(super) fn edges(nodes: usize) -> Vec<(usize, usize)> {
    let around = (1..nodes).flat_map(|n| [(n, HUB), (HUB, n)]);
    around
        .chain((1..nodes).step_by(2).map(|n| (n, n % (nodes - 1) + 1)))
        .filter(|(from, to)| from != to)
        .collect()
}

pub(super) fn url(n: usize) -> String {
    format!("https://node-{n}.example:6180")
}

/// The number of the node under an address.
pub(super) fn number_of(url: &str) -> usize {
    url.strip_prefix("https://node-")
        .and_then(|rest| rest.split('.').next()?.parse().ok())
        .unwrap_or(usize::MAX)
}

pub(super) fn peer_name(n: usize) -> String {
    format!("node-{n}")
}

/// A folder in memory where there is one.
fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() };
    made.unwrap_or_else(|error| unreachable!("a temporary folder: {error}"))
}

fn seed_of(n: usize) -> u64 {
    SeededRandom::derived(0x5eed, n as u64)
}

/// The member key that [`home::init`] draws from this seed: it comes behind the 16 bytes of the member's id.
pub(super) fn member_key(n: usize) -> MemberKey {
    let random = SeededRandom::new(seed_of(n));
    let (mut id, mut seed) = ([0_u8; 16], [0_u8; 32]);
    random.fill(&mut id);
    random.fill(&mut seed);
    MemberKey::from_seed(seed)
}

impl Template {
    fn new(nodes: usize) -> Self {
        let folder = folder();
        let clock = Arc::new(VirtualClock::default());
        clock.tick(1);
        let mut agreement = Agreement { title: "EXERCISE storm".into(), ..empty() };
        let mut apps = Vec::new();
        for n in 0..nodes {
            let name = format!("EXERCISE node {n}");
            let setup = Setup { member_name: &name, store_url: None, exercise: true };
            let random = Arc::new(SeededRandom::new(seed_of(n)));
            let app = home::init(&home_in(folder.path(), n), &setup, clock.clone(), random).unwrap();
            let first = agreement::current(&app).unwrap().agreement;
            assert_eq!(first.members[0].keys, [member_key(n).public()], "see member_key");
            let groups = [if n % 2 == 0 { "north" } else { "south" }.to_owned()].into();
            agreement.members.push(Member { groups, ..first.members[0].clone() });
            apps.push(app);
        }
        agreement.version = 2;
        let text = agreement.to_toml().unwrap();
        for app in &apps {
            let operator = person::actor(app, None).unwrap();
            agreement::import(app, &operator, &text).unwrap();
            person::add(app, &operator, SECOND, &Role::ALL, &[]).unwrap();
            assert_eq!(collection::add(app, &operator, "Reports", None).unwrap().alias, COLLECTION);
        }
        for (from, to) in edges(nodes) {
            befriend(&apps[from], &apps[to], to);
        }
        let members = apps.iter().map(|app| app.member().clone()).collect();
        Self { folder, agreement, members }
    }

    fn of_eight() -> &'static Self {
        static MADE: OnceLock<Template> = OnceLock::new();
        MADE.get_or_init(|| Self::new(super::NODES))
    }
}

fn befriend(app: &App, other: &App, n: usize) {
    let member = app.member_name();
    let new = NewKey {
        member,
        collections: vec![(COLLECTION.to_owned(), READ)],
        purpose: None,
        basis: None,
        days: None,
        scope: Scope::Exchange,
        inner: Vec::new(),
    };
    let key = credential::add(other, &person::actor(other, None).unwrap(), &new).unwrap();
    let (name, url, member) = (peer_name(n), url(n), other.member_name());
    let new =
        NewPeer { name: &name, url: &url, member, login: &key.user, secret: &key.secret, authority: None };
    peer::add(app, &person::actor(app, None).unwrap(), &new).unwrap();
}

fn home_in(folder: &Path, n: usize) -> PathBuf {
    folder.join(format!("home-{n}"))
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// One node of a storm.
pub(super) struct Station {
    /// Its number.
    pub n: usize,
    pub app: App,
    pub member: MemberId,
    pub clock: Arc<SkewedClock>,
    /// Its database, as the checkers read it.
    pub reader: Store,
    /// The agreement in force there.
    pub agreement: Agreement,
    /// Times that it was put back to an older state.
    pub restored: usize,
    /// The newest backup.
    backup: Option<PathBuf>,
    home: PathBuf,
    /// Processes that it was opened in, and files that were made for it.
    made: u64,
    seed: u64,
}

impl Station {
    fn open(
        n: usize,
        member: MemberId,
        home: PathBuf,
        mesh: &Arc<Mesh>,
        clock: SkewedClock,
        seed: u64,
    ) -> Self {
        let clock = Arc::new(clock);
        let app = open(&home, mesh, &clock, seed);
        let agreement = agreement::current(&app).unwrap().agreement;
        mesh.join(&url(n), &app);
        let reader = reader(&app);
        Self { n, app, member, clock, reader, agreement, restored: 0, backup: None, home, made: 1, seed }
    }

    pub(super) fn operator(&self) -> Result<Actor, AppError> {
        person::actor(&self.app, None)
    }

    /// Whether its process died.
    pub(super) fn is_dead(&self) -> bool {
        crash::is_dead(self.app.location())
    }

    /// Lets its process die after so many more commits.
    pub(super) fn dies_after(&self, commits: u64) {
        crash::after(self.app.location(), commits);
    }

    /// Lets its process live for good.
    pub(super) fn lives_on(&self) {
        crash::over(self.app.location());
    }

    /// Starts it in a new process.
    pub(super) fn reopen(&mut self, mesh: &Arc<Mesh>) {
        mesh.leave(&url(self.n));
        crash::over(self.app.location());
        self.made += 1;
        self.app = open(&self.home, mesh, &self.clock, SeededRandom::derived(self.seed, self.made));
        self.reader = reader(&self.app);
        self.agreement = agreement::current(&self.app).unwrap().agreement;
        mesh.join(&url(self.n), &self.app);
    }

    /// Makes a backup. It is none when the node dies over it.
    pub(super) fn back_up(&mut self) -> Result<(), AppError> {
        self.made += 1;
        let file = self.home.with_extension(format!("backup-{}", self.made));
        backup::write(&self.app, &self.operator()?, &file)?;
        self.backup = Some(file);
        Ok(())
    }

    /// Puts it back to its newest backup, if it has one.
    pub(super) fn restore(&mut self, mesh: &Arc<Mesh>) -> bool {
        let Some(file) = self.backup.clone() else { return false };
        self.made += 1;
        let new = self.home.with_extension(format!("restored-{}", self.made));
        let random = Arc::new(SeededRandom::new(SeededRandom::derived(!self.seed, self.made)));
        backup::restore(&file, &new, None, Some(&self.home.join("keys")), self.clock.clone(), random)
            .unwrap();
        crash::over(self.app.location());
        self.home = new;
        self.restored += 1;
        self.reopen(mesh);
        true
    }

    /// The name of its ledger now.
    pub(super) fn log(&self) -> String {
        self.app.ledger_vkey().split('+').next().unwrap_or_default().to_owned()
    }

    /// Whether it was put back and has not caught up.
    pub(super) fn is_behind(&self) -> bool {
        catchup::state(&self.app).unwrap().is_some()
    }

    /// Lets it catch up, as its people do: whether it has heard everybody.
    pub(super) fn hear(&mut self, mesh: &Arc<Mesh>) -> Result<bool, AppError> {
        if catchup::take_up(&self.app, &self.operator()?)? {
            self.reopen(mesh);
        }
        Ok(catchup::run(&self.app, &self.operator()?, &[], "")?.done)
    }

    /// A copy of the node as it is now, that goes its own way.
    pub(super) fn twin(&mut self, mesh: &Arc<Mesh>) -> App {
        self.made += 1;
        self.reader.settle().unwrap();
        let home = self.home.with_extension(format!("twin-{}", self.made));
        copy(&self.home, &home);
        open(&home, mesh, &self.clock, SeededRandom::derived(self.seed, self.made))
    }
}

impl Drop for Station {
    fn drop(&mut self) {
        crash::over(self.app.location());
    }
}

fn open(home: &Path, mesh: &Arc<Mesh>, clock: &Arc<SkewedClock>, seed: u64) -> App {
    let random = Arc::new(SeededRandom::new(seed));
    let ways = Arc::new(Ways(Arc::clone(mesh)));
    home::open_on(home, clock.clone(), random, Limits::default(), ways).unwrap()
}

fn reader(app: &App) -> Store {
    Store::open(app.location(), 0).unwrap()
}

/// Nodes on one mesh.
pub(super) struct World {
    pub stations: Vec<Station>,
    pub mesh: Arc<Mesh>,
    /// True time.
    pub clock: Arc<VirtualClock>,
    /// The newest agreement, in force here and there.
    pub agreement: Agreement,
    _folder: TempDir,
}

impl World {
    /// Eight nodes whose clocks stand up to ten minutes apart from the true time.
    pub(super) fn new(seed: u64, dice: &SeededRandom) -> Self {
        let template = Template::of_eight();
        let folder = folder();
        let mesh = Arc::new(Mesh::default());
        let clock = Arc::new(VirtualClock::default());
        clock.advance_seconds(3_600);
        let mut stations = Vec::new();
        for (n, member) in template.members.iter().enumerate() {
            let home = home_in(folder.path(), n);
            copy(&home_in(template.folder.path(), n), &home);
            let offset_us = (dice.below(1_201) as i64 - 600) * 1_000_000;
            let skewed = SkewedClock::new(&clock, offset_us, dice.below(1_000) as i64);
            let seed = SeededRandom::derived(seed, n as u64);
            stations.push(Station::open(n, member.clone(), home, &mesh, skewed, seed));
        }
        Self { stations, mesh, clock, agreement: template.agreement.clone(), _folder: folder }
    }

    /// The number of the node of a member.
    pub(super) fn number(&self, member: &MemberId) -> Option<usize> {
        self.stations.iter().position(|one| &one.member == member)
    }
}
