//! Nodes in one process that reach each other without a network: the same use cases answer as behind the listener, by the
//! real keys, and every request can be made to fail.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use comity_app::carrier::{Answer, Carrier, Carriers, Failure};
use comity_app::credential::{self, Channel, Login};
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
}

/// Says what happens to a request, by its path.
pub type Weather = Box<dyn Fn(&str) -> Fate + Send>;

/// Ways between nodes, by the addresses that their peers know.
#[derive(Default)]
pub struct Mesh {
    nodes: Mutex<BTreeMap<String, App>>,
    weather: Mutex<Option<Weather>>,
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

    fn node(&self, url: &str) -> Option<App> {
        self.nodes.lock().unwrap().get(url).cloned()
    }

    fn fate(&self, path: &str) -> Fate {
        self.weather.lock().unwrap().as_ref().map_or(Fate::Arrives, |weather| weather(path))
    }
}

/// The ways of one mesh, as a node takes them.
pub struct Ways(pub Arc<Mesh>);

impl Carriers for Ways {
    fn open(&self, _: &App, peer: &Peer, secret: String) -> Result<Box<dyn Carrier>, AppError> {
        let (user, url) = (peer.login.clone(), peer.url.clone());
        Ok(Box::new(Way { mesh: Arc::clone(&self.0), url, user, secret }))
    }
}

struct Way {
    mesh: Arc<Mesh>,
    url: String,
    user: String,
    secret: String,
}

impl Way {
    /// Asks as whom the key says.
    fn ask(
        &self,
        path: &str,
        run: impl Fn(&App, &Reader) -> Result<Answer, AppError>,
    ) -> Result<Answer, Failure> {
        let login = Login::Basic { user: self.user.clone(), password: self.secret.clone() };
        self.send(path, |app| {
            let reader = credential::authenticate(app, &login)?
                .ok_or_else(|| AppError::Denied(format!("{} does not accept our key", self.url)))?;
            run(app, &reader)
        })
    }

    /// Asks without a key.
    fn open(&self, path: &str, run: impl Fn(&App) -> Result<Vec<u8>, AppError>) -> Result<Answer, Failure> {
        self.send(path, |app| {
            let body = run(app)?;
            Ok(Answer { wire_bytes: body.len(), body, last_added: None })
        })
    }

    fn send(&self, path: &str, run: impl Fn(&App) -> Result<Answer, AppError>) -> Result<Answer, Failure> {
        let cut = || Failure::Final(format!("{} did not answer", self.url));
        let fate = self.mesh.fate(path);
        let Some(app) = self.mesh.node(&self.url).filter(|_| fate != Fate::Lost) else { return Err(cut()) };
        let answer = run(&app).map_err(|error| match error {
            AppError::NotFound(text) => Failure::Absent(text),
            other => Failure::Final(other.to_string()),
        })?;
        if fate == Fate::AnswerLost { Err(cut()) } else { Ok(answer) }
    }
}

/// A way that is given out by [`Ways`].
impl Carrier for Way {
    fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Answer, Failure> {
        self.ask(path, |app, reader| match path {
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
        if path == invite::PATH {
            return self.open(path, |app| invite::answer(app, Channel::Bare, &body));
        }
        self.ask(path, |app, reader| {
            if path != exchange::PATH {
                return Err(AppError::NotFound(path.to_owned()));
            }
            let body = exchange::answer(app, reader, &body)?;
            Ok(Answer { wire_bytes: body.len(), body, last_added: None })
        })
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
