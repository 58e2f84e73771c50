//! Nodes in one process that reach each other without a network: the same use cases answer as behind the listener, by the
//! real keys, and every request can be made to fail, to come twice or late, or to be answered with a lie.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use comity_app::carrier::{Answer, Carrier, Carriers, Failure};
use comity_app::credential::{self, Channel, Login};
use comity_app::model::MemberId;
use comity_app::serve::{self, Query, Versions};
use comity_app::{App, AppError, Reader, exchange, invite};
use comity_store::tables::peer::Peer;
use serde_json::json;

/// What happens to a request on its way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fate {
    /// It arrives, and so does its answer.
    Arrives,
    /// It never arrives.
    Lost,
    /// It arrives and has its effect; its answer does not come back.
    AnswerLost,
    /// It arrives twice; the second answer comes back.
    Twice,
    /// What is sent arrives at the next [`Mesh::release`], behind what was sent later; what is asked for is lost.
    Held,
}

/// A request on its way.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The member that asks.
    pub from: &'a MemberId,
    /// The address of the node that is asked.
    pub to: &'a str,
    /// The path there.
    pub path: &'a str,
}

/// Says what happens to a request.
pub type Weather = Box<dyn Fn(&Asked<'_>) -> Fate + Send>;
/// Sees every answer where it is given, whether it arrives or not.
pub type Watch = Box<dyn Fn(&Asked<'_>, &Answer) + Send>;

/// A member that does not keep to the rules: it alters what its node sends and answers.
pub trait Liar: Send + Sync {
    /// What it sends in place of this.
    fn sends(&self, asked: &Asked<'_>, body: Vec<u8>) -> Vec<u8>;
    /// What it answers in place of this.
    fn answers(&self, asked: &Asked<'_>, answer: Answer) -> Answer;
    /// What it was answered.
    fn hears(&self, asked: &Asked<'_>, answer: &Answer);
}

/// The member that lies, under its address.
struct Lying {
    url: String,
    member: MemberId,
    liar: Arc<dyn Liar>,
}

/// What was held back on its way.
struct Held {
    way: Way,
    path: String,
    body: Vec<u8>,
}

/// Ways between nodes, by the addresses that their peers know.
#[derive(Default)]
pub struct Mesh {
    nodes: Mutex<BTreeMap<String, App>>,
    weather: Mutex<Option<Weather>>,
    watch: Mutex<Option<Watch>>,
    /// Nodes of a program without messages, by address and by member.
    old: Mutex<BTreeSet<String>>,
    /// Second nodes under one address, for these members.
    twins: Mutex<BTreeMap<(String, MemberId), App>>,
    lying: Mutex<Option<Lying>>,
    held: Mutex<Vec<Held>>,
}

#[expect(clippy::unwrap_used, reason = "a test ends where another thread of it panicked")]
impl Mesh {
    /// Lets a node answer under an address.
    pub fn join(&self, url: &str, app: &App) {
        self.nodes.lock().unwrap().insert(url.to_owned(), app.clone());
    }

    /// Takes a node off, as if it were switched off.
    pub fn leave(&self, url: &str) {
        self.nodes.lock().unwrap().remove(url);
    }

    /// From now on every request asks `weather` first.
    pub fn weather(&self, weather: Weather) {
        *self.weather.lock().unwrap() = Some(weather);
    }

    /// From now on everything arrives.
    pub fn calm(&self) {
        *self.weather.lock().unwrap() = None;
    }

    /// From now on `watch` sees every answer.
    pub fn watch(&self, watch: Watch) {
        *self.watch.lock().unwrap() = Some(watch);
    }

    /// From now on the node of this member runs a program that has no messages.
    pub fn age(&self, url: &str, member: &MemberId) {
        self.old.lock().unwrap().extend([url.to_owned(), member.to_string()]);
    }

    /// From now on another node answers these members under an address: whoever copied a node shows two histories.
    pub fn twin(&self, url: &str, app: &App, for_members: &[MemberId]) {
        let twins = for_members.iter().map(|member| ((url.to_owned(), member.clone()), app.clone()));
        self.twins.lock().unwrap().extend(twins);
    }

    /// From now on the node of this member lies.
    pub fn lie(&self, url: &str, member: &MemberId, liar: Arc<dyn Liar>) {
        let lying = Lying { url: url.to_owned(), member: member.clone(), liar };
        *self.lying.lock().unwrap() = Some(lying);
    }

    /// From now on nobody lies, and nobody has a second node.
    pub fn confess(&self) {
        *self.lying.lock().unwrap() = None;
        self.twins.lock().unwrap().clear();
    }

    /// Lets everything arrive that was held back, the last first. Nobody waits for the answers any more.
    pub fn release(&self) {
        let held = std::mem::take(&mut *self.held.lock().unwrap());
        for one in held.into_iter().rev() {
            let body = one.body;
            one.way.reach(&one.path, |app, reader| post(app, reader, &one.path, &body)).ok();
        }
    }

    /// Who answers a member under an address.
    fn node(&self, asked: &Asked<'_>) -> Option<App> {
        let twin = self.twins.lock().unwrap().get(&(asked.to.to_owned(), asked.from.clone())).cloned();
        twin.or_else(|| self.nodes.lock().unwrap().get(asked.to).cloned())
    }

    fn fate(&self, asked: &Asked<'_>) -> Fate {
        self.weather.lock().unwrap().as_ref().map_or(Fate::Arrives, |weather| weather(asked))
    }

    fn is_old(&self, asked: &Asked<'_>) -> bool {
        let old = self.old.lock().unwrap();
        asked.path == exchange::PATH && (old.contains(asked.to) || old.contains(asked.from.as_str()))
    }

    fn liar(&self, is_it: impl Fn(&Lying) -> bool) -> Option<Arc<dyn Liar>> {
        self.lying.lock().unwrap().as_ref().filter(|lying| is_it(lying)).map(|lying| Arc::clone(&lying.liar))
    }

    fn seen(&self, asked: &Asked<'_>, answer: &Answer) {
        if let Some(watch) = &*self.watch.lock().unwrap() {
            watch(asked, answer);
        }
    }

    fn hold(&self, held: Held) {
        self.held.lock().unwrap().push(held);
    }
}

/// The ways of one mesh, as a node takes them.
pub struct Ways(pub Arc<Mesh>);

impl Carriers for Ways {
    fn open(&self, app: &App, peer: &Peer, secret: String) -> Result<Box<dyn Carrier>, AppError> {
        let (user, url) = (peer.login.clone(), peer.url.clone());
        Ok(Box::new(Way { mesh: Arc::clone(&self.0), from: app.member().clone(), url, user, secret }))
    }
}

#[derive(Clone)]
struct Way {
    mesh: Arc<Mesh>,
    from: MemberId,
    url: String,
    user: String,
    secret: String,
}

impl Way {
    /// Joins by an invitation, without a key.
    fn join(&self, body: &[u8], fate: Fate) -> Result<Answer, Failure> {
        let asked = self.asked(invite::PATH);
        if matches!(fate, Fate::Lost | Fate::Held) {
            return Err(self.cut());
        }
        let app = self.mesh.node(&asked).ok_or_else(|| self.cut())?;
        let body = invite::answer(&app, Channel::Bare, body).map_err(told)?;
        if fate == Fate::AnswerLost {
            return Err(self.cut());
        }
        Ok(Answer { wire_bytes: body.len(), body, last_added: None })
    }

    fn asked<'a>(&'a self, path: &'a str) -> Asked<'a> {
        Asked { from: &self.from, to: &self.url, path }
    }

    fn cut(&self) -> Failure {
        Failure::Final(format!("{} did not answer", self.url))
    }

    /// Asks the node, whatever the weather.
    fn reach(
        &self,
        path: &str,
        run: impl Fn(&App, &Reader) -> Result<Answer, AppError>,
    ) -> Result<Answer, Failure> {
        let asked = self.asked(path);
        let app = self.mesh.node(&asked).ok_or_else(|| self.cut())?;
        let login = Login::Basic { user: self.user.clone(), password: self.secret.clone() };
        let reader = credential::authenticate(&app, &login)
            .map_err(told)?
            .ok_or_else(|| Failure::Final(format!("{} does not accept our key", self.url)))?;
        let answer = run(&app, &reader).map_err(told)?;
        self.mesh.seen(&asked, &answer);
        let liar = self.mesh.liar(|lying| lying.url == self.url);
        Ok(liar.map_or(answer.clone(), |liar| liar.answers(&asked, answer)))
    }

    fn ask(
        &self,
        (path, fate): (&str, Fate),
        run: impl Fn(&App, &Reader) -> Result<Answer, AppError>,
    ) -> Result<Answer, Failure> {
        let asked = self.asked(path);
        if self.mesh.is_old(&asked) {
            return Err(Failure::Absent(path.to_owned()));
        }
        let answer = match fate {
            Fate::Arrives => self.reach(path, run)?,
            Fate::Twice => {
                self.reach(path, &run).ok();
                self.reach(path, run)?
            }
            Fate::AnswerLost => {
                self.reach(path, run)?;
                return Err(self.cut());
            }
            Fate::Lost | Fate::Held => return Err(self.cut()),
        };
        if let Some(liar) = self.mesh.liar(|lying| lying.member == self.from) {
            liar.hears(&asked, &answer);
        }
        Ok(answer)
    }
}

fn told(error: AppError) -> Failure {
    match error {
        AppError::NotFound(text) => Failure::Absent(text),
        other => Failure::Final(other.to_string()),
    }
}

fn post(app: &App, reader: &Reader, path: &str, body: &[u8]) -> Result<Answer, AppError> {
    if path != exchange::PATH {
        return Err(AppError::NotFound(path.to_owned()));
    }
    let body = exchange::answer(app, reader, body)?;
    Ok(Answer { wire_bytes: body.len(), body, last_added: None })
}

/// A way that is given out by [`Ways`].
impl Carrier for Way {
    fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Answer, Failure> {
        let fate = self.mesh.fate(&self.asked(path));
        self.ask((path, fate), |app, reader| match path {
            "/taxii2/" => Ok(of(&json!({"default": "/api/", "api_roots": ["/api/"]}))),
            "/api/collections/" => {
                let list = serve::collections(app, reader)?;
                let list: Vec<_> = list
                    .into_iter()
                    .map(|one| json!({"id": one.id, "title": one.title, "alias": one.alias, "can_read": one.can_read}))
                    .collect();
                Ok(of(&json!({ "collections": list })))
            }
            path => {
                let id = path.strip_prefix("/api/collections/").and_then(|rest| rest.strip_suffix("/objects/"));
                let id = id.ok_or_else(|| AppError::NotFound(path.to_owned()))?;
                objects(app, reader, id, query)
            }
        })
    }

    fn post(&self, path: &str, body: Vec<u8>) -> Result<Answer, Failure> {
        let asked = self.asked(path);
        let liar = self.mesh.liar(|lying| lying.member == self.from);
        let body = liar.map_or(body.clone(), |liar| liar.sends(&asked, body));
        let fate = self.mesh.fate(&asked);
        if path == invite::PATH {
            return self.join(&body, fate);
        }
        if fate == Fate::Held && !self.mesh.is_old(&asked) {
            self.mesh.hold(Held { way: self.clone(), path: path.to_owned(), body });
            return Err(self.cut());
        }
        self.ask((path, fate), |app, reader| post(app, reader, path, &body))
    }

    fn pause(&self, _: Duration) {}
}

fn of(value: &serde_json::Value) -> Answer {
    let body = value.to_string().into_bytes();
    Answer { wire_bytes: body.len(), body, last_added: None }
}

fn objects(app: &App, reader: &Reader, id: &str, asked: &[(&str, &str)]) -> Result<Answer, AppError> {
    let mut query = Query { versions: Versions::All, ..Query::default() };
    for (name, value) in asked {
        match *name {
            "limit" => query.limit = value.parse().ok(),
            "added_after" => query.added_after = Some(value.parse()?),
            "next" => query.next = Some((*value).to_owned()),
            _ => {}
        }
    }
    let page = serve::page(app, reader, id, &query)?;
    let body = page.to_json(true);
    Ok(Answer { wire_bytes: body.len(), body, last_added: page.last_added.map(|at| at.to_string()) })
}
