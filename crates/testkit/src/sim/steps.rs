//! What happens in a storm, a step at a time.

use std::collections::{BTreeMap, BTreeSet};

use comity_app::handling::{self, Change};
use comity_app::import::{self, Input};
use comity_app::model::{Flag, Micros, RecordState, Standing, Stated};
use comity_app::stix::Tlp;
use comity_app::{AppError, Clock as _, agreement, erase, exchange, person, proposal, pull, tick, withdraw};

use super::liar::Liar;
use super::truth::{Named, Truth, records};
use super::weather::{self, Cuts};
use super::world::{COLLECTION, HUB, SECOND, Station, World, edges, peer_name, url};
use super::{Fault, MARKED, NODES, Storm, Summary};
use crate::SeededRandom;

/// Levels of records, as they are stated.
const LEVELS: [Tlp; 6] = [Tlp::Clear, Tlp::Green, Tlp::Green, Tlp::Amber, Tlp::AmberStrict, Tlp::Red];
const GROUPS: [&str; 2] = ["north", "south"];
/// The node that lies, where one does.
const LIAR: usize = 6;
/// The node of an older program, where there is one.
const OLD: usize = 7;

/// Steps in the beginning that publish something.
const FIRST: usize = 6;

/// A step and how often it is drawn.
type Drawn = (usize, fn(&mut Play) -> Result<String, AppError>);

/// Each kind of step, by how often it happens.
const STEPS: [Drawn; 25] = [
    (25, Play::publish),
    (5, Play::edit),
    (12, Play::handle),
    (4, Play::withdraw),
    (6, Play::erase),
    (45, Play::pull),
    (10, Play::exchange),
    (2, Play::tick),
    (5, Play::advance),
    (6, Play::crash),
    (4, Play::back_up),
    (2, Play::restore),
    (4, Play::hear),
    (5, Play::amend),
    (4, Play::catch_up),
    (3, Play::import_copy),
    (5, Play::cut),
    (4, Play::release),
    (2, Play::show_two_histories),
    (12, Play::recall),
    (2, Play::lift),
    (10, Play::comply),
    (1, Play::dispute),
    (5, Play::warn),
    (6, Play::bring_back),
];

/// A storm while it is run.
pub(super) struct Play {
    pub world: World,
    pub truth: Truth,
    pub dice: SeededRandom,
    pub events: Vec<String>,
    pub summary: Summary,
    pub step: usize,
    /// The node that lies.
    pub liar: Option<usize>,
    /// The node of an older program.
    pub old: Option<usize>,
    cuts: Cuts,
    /// Texts of what was published, by the node that did.
    texts: Vec<(usize, Named, String)>,
    /// Numbers of objects and versions.
    numbers: u32,
    trace: bool,
}

impl Play {
    pub(super) fn new(storm: &Storm) -> Self {
        let dice = SeededRandom::new(storm.seed);
        let world = World::new(storm.seed, &dice);
        let mut truth = Truth::of(&world);
        for station in &world.stations {
            truth.look(station);
        }
        let losses = 4 + dice.below(12);
        let cuts =
            weather::begin(&world, SeededRandom::new(SeededRandom::derived(storm.seed, 1_000)), losses);
        let liar = dice.chance(50).then_some(LIAR);
        let old = dice.chance(40).then_some(OLD);
        if let Some(n) = liar {
            let station = &world.stations[n];
            let others =
                world.stations.iter().filter(|one| one.n != n).map(|one| one.member.clone()).collect();
            world.mesh.lie(&url(n), &station.member, Liar::new(station, others, storm.seed));
        }
        if let Some(n) = old {
            world.mesh.age(&url(n), &world.stations[n].member);
        }
        let (events, texts) = (Vec::new(), Vec::new());
        let (summary, trace) = (Summary::default(), storm.trace);
        let mut play =
            Self { world, truth, dice, events, summary, step: 0, liar, old, cuts, texts, numbers: 0, trace };
        play.tell(format!("losses {losses} %, liar {liar:?}, old {old:?}"));
        play
    }

    pub(super) fn tell(&mut self, event: String) {
        if self.trace {
            eprintln!("{event}");
        }
        self.events.push(event);
    }

    pub(super) fn run(&mut self, steps: usize) -> Result<(), Fault> {
        for step in 1..=steps {
            self.step = step;
            self.one()?;
        }
        self.settle()?;
        self.check()
    }

    fn one(&mut self) -> Result<(), Fault> {
        let all: usize = STEPS.iter().map(|(weight, _)| weight).sum();
        let mut drawn = self.dice.below(all);
        let mut chosen = STEPS[0].1;
        // There must be something to talk about.
        if self.step <= FIRST {
            drawn = 0;
        }
        for (weight, step) in STEPS {
            if drawn < weight {
                chosen = step;
                break;
            }
            drawn -= weight;
        }
        let told = chosen(self);
        let died = self.world.stations.iter().any(Station::is_dead);
        let event = match told {
            Ok(event) => event,
            // What a node that died over it says is its last word.
            Err(error @ (AppError::Internal(_) | AppError::Environment(_))) if !died => {
                return Err(Fault::new("soundness", format!("a use case failed: {error}")));
            }
            Err(error) => format!("no: {error}"),
        };
        self.tell(format!("{} {event}", self.step));
        self.truth.judge(&self.world, self.liar)?;
        self.wrong()?;
        for n in 0..NODES {
            if self.world.stations[n].is_dead() && self.dice.chance(40) {
                self.reopen(n);
            }
        }
        Ok(())
    }

    pub(super) fn reopen(&mut self, n: usize) {
        self.world.stations[n].reopen(&self.world.mesh);
        self.truth.look(&self.world.stations[n]);
        self.tell(format!("{} node {n} died and is back", self.step));
    }

    pub(super) fn any(&self) -> usize {
        self.dice.below(NODES)
    }

    /// Any link; where somebody lies, often one of the liar's.
    fn edge(&self) -> (usize, usize) {
        let mut all = edges(NODES);
        if let Some(n) = self.liar.filter(|_| self.dice.chance(35)) {
            all.retain(|(from, to)| *from == n || *to == n);
        }
        all[self.dice.below(all.len())]
    }

    pub(super) fn station(&self, n: usize) -> &Station {
        &self.world.stations[n]
    }

    fn member_of(&self, n: usize) -> String {
        self.station(n).app.member_name().to_owned()
    }

    /// Looks at what a step changed at a node, unless it died over it.
    pub(super) fn after<T>(&mut self, n: usize, done: Result<T, AppError>) -> Result<T, AppError> {
        self.truth.look(&self.world.stations[n]);
        done
    }

    pub(super) fn import(&mut self, n: usize, text: &str, stated: &Stated) -> Result<String, AppError> {
        let station = self.station(n);
        let input = Input {
            collection: COLLECTION,
            name: "exercise.json",
            stated: stated.clone(),
            ..Input::default()
        };
        let done = import::run(&station.app, &station.operator()?, &input, text.as_bytes(), &mut |_| {});
        let done = self.after(n, done)?;
        let why: Vec<String> = done.rejected.iter().map(|one| one.reason.clone()).collect();
        Ok(format!(
            "{} accepted, {} changed, {} unchanged {why:?}",
            done.accepted, done.changed, done.unchanged
        ))
    }

    fn version(&mut self) -> String {
        self.numbers += 1;
        format!("2026-01-01T00:{:02}:{:02}.000Z", self.numbers / 60, self.numbers % 60)
    }

    /// A note as it is written, sometimes with a part that is marked apart.
    fn note(&self, id: &str, version: &str) -> String {
        let part = match self.dice.below(6) {
            0 => part(MARKED[0]),
            1 => part(MARKED[1]),
            _ => String::new(),
        };
        let green = Tlp::Green.marking_id();
        format!(
            r#"{{"type":"note","spec_version":"2.1","id":"{id}","created":"2026-01-01T00:00:00.000Z","modified":"{version}","object_marking_refs":["{green}"],{part}"content":"EXERCISE {id} {version}","object_refs":["identity--00000000-0000-4000-8000-000000000999"]}}"#
        )
    }

    pub(super) fn stated(&self) -> Stated {
        let dice = &self.dice;
        let some = |percent: usize| -> BTreeSet<_> {
            let drawn =
                (0..2).filter(|_| dice.chance(percent)).map(|_| self.station(self.any()).member.clone());
            drawn.collect()
        };
        let now = self.world.clock.now();
        Stated {
            tlp: Some(LEVELS[dice.below(LEVELS.len())].max(Tlp::Green)),
            to: some(25),
            exclude: some(12),
            groups: GROUPS.iter().filter(|_| dice.chance(10)).map(|group| (*group).to_owned()).collect(),
            delegates: if dice.chance(10) {
                [self.station(HUB).member.clone()].into()
            } else {
                BTreeSet::new()
            },
            embargo_until: dice.chance(8).then(|| now.plus_seconds(dice.below(7_200) as i64)),
            end_at: dice.chance(8).then(|| now.plus_seconds(1_800 + dice.below(7_200) as i64)),
            onward: dice.chance(60),
            flags: if dice.chance(5) { [Flag::OriginatorControl].into() } else { BTreeSet::new() },
            ..Stated::default()
        }
    }

    fn publish(&mut self) -> Result<String, AppError> {
        let (n, version) = (self.any(), self.version());
        let id = format!("note--00000000-0000-4000-8000-{:012}", self.numbers);
        let (text, stated) = (self.note(&id, &version), self.stated());
        self.texts.push((n, (id.clone(), version), text.clone()));
        let done = self.import(n, &text, &stated);
        Ok(format!("node {n} publishes {id}, {}: {}", summary_of(&stated), done?))
    }

    /// A record of a node's own that is in use.
    pub(super) fn own(&self, n: usize) -> Option<Named> {
        let all: Vec<&Named> = self.truth.own[n]
            .iter()
            .filter(|(_, own)| own.state == RecordState::Live)
            .map(|(named, _)| named)
            .collect();
        if all.is_empty() { None } else { Some(all[self.dice.below(all.len())].clone()) }
    }

    fn edit(&mut self) -> Result<String, AppError> {
        let n = self.any();
        let Some((id, _)) = self.own(n) else { return Ok(format!("node {n} has nothing to edit")) };
        let version = self.version();
        let (text, stated) = (self.note(&id, &version), self.stated());
        self.texts.push((n, (id.clone(), version.clone()), text.clone()));
        let done = self.import(n, &text, &stated);
        Ok(format!("node {n} edits {id} to {version}, {}: {}", summary_of(&stated), done?))
    }

    /// Narrows or widens the handling of a record.
    fn handle(&mut self) -> Result<String, AppError> {
        let n = self.any();
        let Some((id, _)) = self.own(n) else { return Ok(format!("node {n} has nothing to handle")) };
        let member = self.member_of(self.any());
        let one = |text: String| (vec![text], Vec::new());
        let less = |text: String| (Vec::new(), vec![text]);
        let group = GROUPS[self.dice.below(2)].to_owned();
        let date = self.world.clock.now().plus_seconds(self.dice.below(7_200) as i64).to_string();
        let change = match self.dice.below(12) {
            0 | 1 => Change {
                tlp: Some(LEVELS[self.dice.below(LEVELS.len())].name().to_owned()),
                ..Change::default()
            },
            2 => Change { to: one(member), ..Change::default() },
            3 => Change { to: less(member), ..Change::default() },
            4 | 5 => Change { exclude: one(member), ..Change::default() },
            6 => Change { exclude: less(member), ..Change::default() },
            7 => Change { groups: one(group), ..Change::default() },
            8 => Change { groups: less(group), ..Change::default() },
            9 => Change { embargo: Some(date), ..Change::default() },
            10 => Change { end: Some(date), ..Change::default() },
            _ => Change { onward: Some(self.dice.chance(50)), ..Change::default() },
        };
        let station = self.station(n);
        let done = handling::change(&station.app, &station.operator()?, &id, &change);
        let told = self.after(n, done).map(|_| "done".to_owned()).unwrap_or_else(|error| error.to_string());
        Ok(format!("node {n} changes {id}: {} {told}", what(&change)))
    }

    fn withdraw(&mut self) -> Result<String, AppError> {
        let n = self.any();
        let Some((id, version)) = self.own(n) else { return Ok(format!("node {n} has nothing to withdraw")) };
        let text = if self.dice.chance(50) { id } else { format!("{id}@{version}") };
        let station = self.station(n);
        let done = withdraw::run(&station.app, &station.operator()?, &text, "EXERCISE");
        let done = self.after(n, done)?;
        Ok(format!("node {n} withdraws {text}: {}", done.len()))
    }

    /// Two persons of a node erase something that it holds.
    fn erase(&mut self) -> Result<String, AppError> {
        let n = self.any();
        if self.station(n).is_dead() {
            return Ok(format!("node {n} is down"));
        }
        let all: Vec<_> =
            records(self.station(n)).into_iter().filter(|one| one.state == RecordState::Live).collect();
        if all.is_empty() {
            return Ok(format!("node {n} has nothing to erase"));
        }
        let one = &all[self.dice.below(all.len())];
        let text = if self.dice.chance(50) {
            one.key.id.clone()
        } else {
            format!("{}@{}", one.key.id, one.key.version)
        };
        let station = self.station(n);
        let done = (|| {
            let cause = ("unlawful", "EXERCISE order");
            let view = erase::propose(&station.app, &station.operator()?, &text, cause, false)?;
            let second = person::actor(&station.app, Some(SECOND))?;
            proposal::approve(&station.app, &second, &view.id)
        })();
        self.after(n, done)?;
        Ok(format!("node {n} erases {text}"))
    }

    fn pull(&mut self) -> Result<String, AppError> {
        let (n, from) = self.edge();
        let done = self.pull_over(n, from)?;
        Ok(format!("node {n} pulls from {from}: {done}"))
    }

    pub(super) fn pull_over(&mut self, n: usize, from: usize) -> Result<String, AppError> {
        let station = self.station(n);
        let name = peer_name(from);
        let done =
            pull::run(&station.app, &station.operator()?, Some(&name), None, Some(COLLECTION), &mut |_| {});
        let done = match done {
            Err(AppError::NotNow(_)) => return Ok("not before it has caught up".to_owned()),
            other => other?,
        };
        let told: Vec<String> = done
            .iter()
            .map(|one| {
                format!(
                    "{} new, {} changed, {} same, {} refused, {} own {}{}",
                    one.received, one.changed, one.unchanged, one.refused, one.own, one.failure, one.unsaid
                )
            })
            .collect();
        Ok(told.join("; "))
    }

    fn exchange(&mut self) -> Result<String, AppError> {
        let (n, with) = self.edge();
        let station = self.station(n);
        let done = exchange::run(&station.app, &station.operator()?, Some(&peer_name(with)))?;
        let one = &done[0];
        let numbers = [one.given, one.taken, one.waiting, one.refused, one.left];
        Ok(format!("node {n} exchanges with {with}: {numbers:?} {}", one.failure))
    }

    fn tick(&mut self) -> Result<String, AppError> {
        let n = self.any();
        let done = tick::run(&self.station(n).app);
        self.after(n, done)?;
        Ok(format!("node {n} ticks"))
    }

    fn advance(&mut self) -> Result<String, AppError> {
        let seconds = [1, 30, 120, 1_800, 5_400][self.dice.below(5)] + self.dice.below(60) as i64;
        self.world.clock.advance_seconds(seconds);
        Ok(format!("{seconds} s go by"))
    }

    fn crash(&mut self) -> Result<String, AppError> {
        let (n, commits) = (self.any(), self.dice.below(12) as u64);
        if !self.station(n).is_dead() {
            self.station(n).dies_after(commits);
        }
        Ok(format!("node {n} will die after {commits} commits"))
    }

    fn back_up(&mut self) -> Result<String, AppError> {
        let n = self.any();
        if self.station(n).is_dead() {
            return Ok(format!("node {n} is down"));
        }
        self.world.stations[n].back_up()?;
        Ok(format!("node {n} makes a backup"))
    }

    fn restore(&mut self) -> Result<String, AppError> {
        let n = self.any();
        let done = self.world.stations[n].restore(&self.world.mesh);
        self.truth.look(&self.world.stations[n]);
        Ok(format!("node {n} is put back to its backup: {done}"))
    }

    /// A node that was put back tries to catch up, amid the storm.
    fn hear(&mut self) -> Result<String, AppError> {
        let behind: Vec<usize> = (0..NODES).filter(|n| self.hears(*n)).collect();
        if behind.is_empty() {
            return Ok("nobody has to catch up".to_owned());
        }
        let n = behind[self.dice.below(behind.len())];
        let done = self.world.stations[n].hear(&self.world.mesh);
        let done = self.after(n, done)?;
        Ok(format!("node {n} catches up: {done}"))
    }

    /// Whether a node is up and has to catch up.
    pub(super) fn hears(&self, n: usize) -> bool {
        !self.station(n).is_dead() && self.station(n).is_behind()
    }

    /// Changes the agreement, and brings it into force here and there.
    fn amend(&mut self) -> Result<String, AppError> {
        let n = self.any();
        let drawn = self.dice.below(5);
        let group = GROUPS[self.dice.below(2)].to_owned();
        let standing = [Standing::Member, Standing::Observer, Standing::Partner][self.dice.below(3)];
        let agreement = &mut self.world.agreement;
        agreement.version += 1;
        let member = &mut agreement.members[n];
        match drawn {
            0 | 1 => {
                if !member.groups.remove(&group) {
                    member.groups.insert(group);
                }
            }
            2 | 3 => member.standing = standing,
            _ => member.active = !member.active,
        }
        let told = format!("{} {:?} {:?}", member.active, member.standing, member.groups);
        for other in 0..NODES {
            if self.dice.chance(70) {
                self.agree(other)?;
            }
        }
        Ok(format!("the agreement has node {n} {told}"))
    }

    fn catch_up(&mut self) -> Result<String, AppError> {
        let n = self.any();
        self.agree(n)?;
        Ok(format!("node {n} takes the newest agreement"))
    }

    /// Brings the newest agreement into force at a node that is up.
    pub(super) fn agree(&mut self, n: usize) -> Result<(), AppError> {
        if self.station(n).is_dead() {
            return Ok(());
        }
        let text = self.world.agreement.to_toml()?;
        let station = &self.world.stations[n];
        let done = agreement::import(&station.app, &station.operator()?, &text);
        if self.station(n).is_dead() {
            return Ok(());
        }
        self.world.stations[n].agreement = agreement::current(&self.station(n).app)?.agreement;
        self.after(n, done)?;
        Ok(())
    }

    /// Any text that was published, with who did.
    pub(super) fn text(&self) -> Option<(usize, Named, String)> {
        if self.texts.is_empty() { None } else { Some(self.texts[self.dice.below(self.texts.len())].clone()) }
    }

    /// What was published under an id and a version.
    pub(super) fn written(&self, id: &str, version: &str) -> Option<String> {
        let found = self.texts.iter().find(|(_, named, _)| named.0 == id && named.1 == version);
        found.map(|(_, _, text)| text.clone())
    }

    /// A node states what another published as its own record.
    fn import_copy(&mut self) -> Result<String, AppError> {
        let Some((by, named, text)) = self.text() else { return Ok("nothing to copy".into()) };
        let n = self.any();
        if by == n {
            return Ok(format!("node {n} has it"));
        }
        let stated = self.stated();
        let done = self.import(n, &text, &stated);
        Ok(format!("node {n} imports a copy of {}: {}", named.0, done?))
    }

    /// Cuts a link, or heals all.
    fn cut(&mut self) -> Result<String, AppError> {
        let mut cuts = self.cuts.lock().unwrap();
        if self.dice.chance(30) {
            cuts.clear();
            return Ok("all links are whole".into());
        }
        let (from, to) = self.edge();
        cuts.insert((from, to));
        Ok(format!("the link from {from} to {to} is cut"))
    }

    fn release(&mut self) -> Result<String, AppError> {
        self.world.mesh.release();
        Ok("what was held back arrives".into())
    }

    /// The liar copies its node, and shows some members the copy.
    fn show_two_histories(&mut self) -> Result<String, AppError> {
        let Some(n) = self.liar.filter(|n| !self.station(*n).is_dead()) else {
            return Ok("nobody lies".into());
        };
        let twin = self.world.stations[n].twin(&self.world.mesh);
        let some: Vec<_> = self
            .world
            .stations
            .iter()
            .filter(|one| one.n != n && self.dice.chance(40))
            .map(|one| one.member.clone())
            .collect();
        self.world.mesh.twin(&url(n), &twin, &some);
        Ok(format!("node {n} shows {} members another history", some.len()))
    }

    /// The weather calms.
    pub(super) fn calm(&mut self) {
        self.cuts.lock().unwrap().clear();
        self.world.mesh.calm();
        self.world.mesh.release();
    }
}

fn part((level, text): (Tlp, &str)) -> String {
    let marking = level.marking_id();
    format!(
        r#""abstract":"{text}","granular_markings":[{{"marking_ref":"{marking}","selectors":["abstract"]}}],"#
    )
}

fn summary_of(stated: &Stated) -> String {
    let Stated { tlp, to, exclude, groups, delegates, onward, embargo_until, end_at, flags, .. } = stated;
    let level = tlp.map_or("", Tlp::name);
    let dates: BTreeMap<&str, Option<Micros>> = [("from", *embargo_until), ("until", *end_at)].into();
    let counts = [to.len(), exclude.len(), groups.len(), delegates.len(), flags.len()];
    format!("{level} to, exclude, groups, delegates, flags {counts:?} onward {onward} {dates:?}")
}

fn what(change: &Change) -> String {
    let Change { tlp, to, groups, exclude, embargo, end, onward, .. } = change;
    format!("{tlp:?} to {to:?} groups {groups:?} exclude {exclude:?} {embargo:?} {end:?} {onward:?}")
}
