//! One node of a test: an app on a home of its own, with short ways to do what most tests do first.

use std::path::Path;
use std::sync::Arc;

use comity_app::credential::{self, IssuedKey, Login, NewKey, Rights, Scope};
use comity_app::home::{self, Setup};
use comity_app::import::{self, Input, Summary};
use comity_app::model::{MemberId, Stated};
use comity_app::peer::{self, NewPeer};
use comity_app::serve::{self, Outgoing, Page, Query};
use comity_app::{Actor, App, AppError, Reader, Released, Role, collection, person};
use comity_store::Location;
use tempfile::TempDir;

use crate::mesh::{Mesh, Ways};
use crate::{Place, SeededRandom, VirtualClock};

/// What a reader's key may do.
pub const READ: Rights = Rights { read: true, write: false };
/// What a writer's key may do.
pub const WRITE: Rights = Rights { read: false, write: true };
/// Both.
pub const READ_WRITE: Rights = Rights { read: true, write: true };

/// A node of an exercise community, with the user `operator` who has every role.
pub struct Node {
    /// The node.
    pub app: App,
    clock: Arc<VirtualClock>,
    seed: u64,
    place: Place,
    folder: TempDir,
}

#[expect(clippy::unwrap_used, reason = "a test ends where its node does not work")]
impl Node {
    /// Makes a node at a place.
    #[must_use]
    pub fn new(name: &str, place: Place, clock: &Arc<VirtualClock>, seed: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = match place.location() {
            Location::Memory => "sqlite::memory:".to_owned(),
            Location::File(path) => format!("sqlite:{}", path.display()),
            Location::Postgres(url) => url.clone(),
        };
        let setup = Setup { member_name: name, store_url: Some(&url), exercise: true };
        let random = Arc::new(SeededRandom::new(seed));
        let app = home::init(&folder.path().join("home"), &setup, clock.clone(), random).unwrap();
        Self { app, clock: Arc::clone(clock), seed, place, folder }
    }

    /// Opens the same home once more, as a second process does. Not for places in memory.
    #[must_use]
    pub fn second(&self) -> App {
        let random = Arc::new(SeededRandom::new(!self.seed));
        home::open(self.app.home(), self.clock.clone(), random).unwrap()
    }

    /// From now on this node reaches its peers through a mesh, and answers there under an address. Not for places in
    /// memory.
    pub fn join(&mut self, mesh: &Arc<Mesh>, url: &str) {
        let random = Arc::new(SeededRandom::new(self.seed.wrapping_add(1)));
        let ways = Arc::new(Ways(Arc::clone(mesh)));
        let limits = self.app.limits().clone();
        let home = self.folder.path().join("home");
        self.app = home::open_on(&home, self.clock.clone(), random, limits, ways).unwrap();
        mesh.join(url, &self.app);
    }

    /// Makes another node of the mesh a peer, with a key that it issues for one of its collections.
    pub fn befriend(&self, other: &Self, name: &str, url: &str, collection: &str) {
        let key = other.key(self.app.member_name(), collection, READ);
        let member = other.app.member_name();
        let new = NewPeer { name, url, member, login: &key.user, secret: &key.secret, authority: None };
        peer::add(&self.app, &self.operator(), &new).unwrap();
    }

    /// The member that operates it.
    #[must_use]
    pub fn member(&self) -> &MemberId {
        self.app.member()
    }

    /// Where its database is.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// A folder that goes with the test.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The clock it goes by.
    #[must_use]
    pub fn clock(&self) -> &Arc<VirtualClock> {
        &self.clock
    }

    /// The user with every role.
    #[must_use]
    pub fn operator(&self) -> Actor {
        person::actor(&self.app, None).unwrap()
    }

    /// Adds a user.
    #[must_use]
    pub fn user(&self, name: &str, roles: &[Role]) -> Actor {
        person::add(&self.app, &self.operator(), name, roles, &[]).unwrap();
        person::actor(&self.app, Some(name)).unwrap()
    }

    /// Adds a collection and answers its alias.
    #[must_use]
    pub fn collection(&self, title: &str) -> String {
        collection::add(&self.app, &self.operator(), title, None).unwrap().alias
    }

    /// Makes a key of a member for one collection.
    #[must_use]
    pub fn key(&self, member: &str, collection: &str, rights: Rights) -> IssuedKey {
        self.key_for(member, collection, rights, None, None)
    }

    /// Makes a key of a member for one collection, with a purpose and a legal basis.
    #[must_use]
    pub fn key_for(
        &self,
        member: &str,
        collection: &str,
        rights: Rights,
        purpose: Option<&str>,
        basis: Option<&str>,
    ) -> IssuedKey {
        let collections = vec![(collection.to_owned(), rights)];
        let new = NewKey {
            member,
            collections,
            purpose,
            basis,
            days: None,
            scope: Scope::Exchange,
            inner: Vec::new(),
        };
        credential::add(&self.app, &self.operator(), &new).unwrap()
    }

    /// The client that comes with a key.
    #[must_use]
    pub fn client(&self, key: &IssuedKey) -> Reader {
        credential::authenticate(&self.app, &Login::Bearer(key.secret.clone())).unwrap().unwrap()
    }

    /// A client of a member that reads one collection.
    #[must_use]
    pub fn reader(&self, member: &str, collection: &str) -> Reader {
        self.client(&self.key(member, collection, READ))
    }

    /// Imports a document as the operator.
    ///
    /// # Errors
    /// Those of [`import::run`].
    pub fn import(&self, collection: &str, stated: &Stated, text: &str) -> Result<Summary, AppError> {
        let input = Input { collection, name: "exercise.json", stated: stated.clone(), ..Input::default() };
        import::run(&self.app, &self.operator(), &input, text.as_bytes(), &mut |_| {})
    }

    /// Imports a document whose objects must all be new, and published at once.
    pub fn publish(&self, collection: &str, stated: &Stated, text: &str) {
        let summary = self.import(collection, stated, text).unwrap();
        assert!(summary.accepted > 0 && summary.rejected.is_empty(), "{summary:?}");
        assert_eq!((summary.unchanged, summary.changed, summary.held), (0, 0, 0), "{summary:?}");
    }

    /// Everything that a client sees, by pages of at most `limit` objects.
    #[must_use]
    pub fn stream(
        &self,
        reader: &Reader,
        collection: &str,
        query: &Query,
        limit: usize,
    ) -> Vec<Released<Outgoing>> {
        let mut query = Query { limit: Some(limit), ..query.clone() };
        let mut all = Vec::new();
        loop {
            let page: Page = serve::page(&self.app, reader, collection, &query).unwrap();
            all.extend(page.objects);
            match page.next {
                Some(next) => query.next = Some(next),
                None => return all,
            }
        }
    }

    /// The STIX ids of everything that a client sees (the newest versions), sorted.
    #[must_use]
    pub fn sees(&self, reader: &Reader, collection: &str) -> Vec<String> {
        let seen = self.stream(reader, collection, &Query::default(), 100);
        let mut ids: Vec<String> = seen.iter().map(|one| one.get().id().to_owned()).collect();
        ids.sort();
        ids
    }
}
