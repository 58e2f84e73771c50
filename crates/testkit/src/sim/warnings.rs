//! A node passes a record on without asking its originator, because a life is in danger.

use std::collections::BTreeSet;

use comity_app::model::{MemberId, RecordState};
use comity_app::onward::{self, Danger};
use comity_app::{AppError, Clock as _, person, proposal};
use comity_store::tables::delivery;

use super::check::read;
use super::oracle::Asked;
use super::steps::Play;
use super::truth::{Given, records};
use super::world::{SECOND, Station, edges};
use super::{Fault, NODES};

/// The purpose of every warning; one of the agreement.
const PURPOSE: &str = "border";

impl Play {
    /// Two persons of a node warn a member that it meets.
    pub(super) fn warn(&mut self) -> Result<String, AppError> {
        let n = self.any();
        let met: Vec<usize> =
            edges(NODES).into_iter().filter(|(to, from)| *from == n && *to != n).map(|(to, _)| to).collect();
        let third = met[self.dice.below(met.len())];
        if self.station(n).is_dead() {
            return Ok(format!("node {n} is down"));
        }
        let own = self.station(n).member.clone();
        let mut all = records(self.station(n));
        all.retain(|one| one.state == RecordState::Live && one.key.origin != own);
        if all.is_empty() {
            return Ok(format!("node {n} has nothing of others"));
        }
        let found = all.swap_remove(self.dice.below(all.len()));
        let text = format!("{}@{}", found.key.id, found.key.version);
        let to = self.station(third).member.clone();
        let before: BTreeSet<i64> = self.noted_for(n, &to);
        let station = self.station(n);
        let danger = Danger { third: to.as_str(), purpose: PURPOSE, basis: None, danger: "EXERCISE attack" };
        let done =
            onward::danger::propose(&station.app, &station.operator()?, &text, &danger).and_then(|one| {
                let second = person::actor(&station.app, Some(SECOND))?;
                proposal::approve(&station.app, &second, &one.id)
            });
        self.after(n, done)?;
        self.warned(n, third, &before);
        Ok(format!("node {n} warns node {third} by {text}"))
    }

    /// Leaves of what left from a node for a member.
    fn noted_for(&self, n: usize, to: &MemberId) -> BTreeSet<i64> {
        let noted = read(self.station(n), delivery::noted);
        noted.into_iter().filter(|one| &one.member == to).map(|one| one.leaf).collect()
    }

    /// Notes what left, which had to be something that its originator itself may give.
    fn warned(&mut self, n: usize, third: usize, before: &BTreeSet<i64>) {
        let to = self.world.stations[third].member.clone();
        let station = &self.world.stations[n];
        let noted = read(station, delivery::noted);
        let all = records(station);
        let new = noted.into_iter().filter(|one| one.member == to && !before.contains(&one.leaf));
        for left in new {
            // Several members may have stated the same bytes.
            let mut why = Some("nothing of others has these bytes");
            for one in all.iter().filter(|one| one.held == left.served && one.key.origin != station.member) {
                let (agreement, now) = (&station.agreement, station.clock.now());
                let asked = Asked { agreement, by: &one.key.origin, to: &to, now };
                let refusal = asked.refusal(&one.handling);
                if refusal.is_none() {
                    let named = (one.key.id.clone(), one.key.version.clone());
                    self.truth.had.insert((n, to.clone(), named, one.key.digest));
                }
                why = why.and(refusal);
            }
            if let Some(why) = why {
                self.truth.wrong.push(format!("node {n} warned node {third} by {}: {why}", left.served));
            }
            self.truth.given.push(Given { by: n, to: to.clone(), served: vec![left.served] });
            self.summary.warnings += 1;
        }
    }

    /// What left for a danger to life and must not, if anything did.
    pub(super) fn wrong(&mut self) -> Result<(), Fault> {
        match self.truth.wrong.pop() {
            Some(text) => Err(Fault::new("permit", text)),
            None => Ok(()),
        }
    }
}

/// What stands as the actor of a record that came with a warning of a node.
pub(super) fn actor_of(station: &Station) -> String {
    format!("member:{}", station.member)
}
