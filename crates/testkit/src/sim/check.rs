//! What has to be true after a storm, read from the databases of the nodes and compared with what really happened.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use comity_app::model::recall::TargetState;
use comity_app::model::{MemberId, Micros, Receipt, Record, RecordState, SignedEnvelope, SignedMessage};
use comity_app::policy::PolicySet;
use comity_app::stix::Digest;
use comity_app::{Clock as _, ledger, replay};
use comity_ledger::{Hash, Head, Leaf, commitment, head_at, root_of};
use comity_store::tables::delivery::{self, Noted};
use comity_store::tables::outbox::{self, MessageState};
use comity_store::tables::tombstone::{self, Tombstone};
use comity_store::tables::{journal, recall, receipt, witness};
use comity_store::{StoreError, Tx};

use super::oracle::Asked;
use super::steps::Play;
use super::truth::{Own, records};
use super::world::{Station, edges, peer_name};
use super::{Fault, NODES, warnings};

pub(super) fn read<T>(station: &Station, run: impl FnMut(&mut Tx<'_>) -> Result<T, StoreError>) -> T {
    station.reader.read("sim.check", run).unwrap()
}

/// A ledger as it stands: its head and all stored hashes.
struct Tree {
    now: Head,
    hashes: Vec<Hash>,
}

impl Tree {
    fn of(station: &Station) -> Self {
        read(station, |tx| {
            let row = journal::head(tx)?.unwrap();
            let now = Head { size: row.size.unsigned_abs(), root: Hash(row.root) };
            let hashes = journal::hash_range(tx, -1, i64::MAX)?.into_iter().map(|(_, hash)| Hash(hash));
            Ok(Self { now, hashes: hashes.collect() })
        })
    }

    /// Whether it had this root at this size.
    fn had(&self, size: i64, root: [u8; 32]) -> bool {
        let then = head_at(self.now, size.unsigned_abs(), &self.hashes);
        then.is_ok_and(|then| then.root == Hash(root))
    }
}

/// What is known of the nodes when the checks begin.
pub(super) struct Found {
    pub(super) records: Vec<Vec<Record>>,
    stones: Vec<Vec<Tombstone>>,
    trees: Vec<Tree>,
    /// Ids of recalled records that a node knows.
    decided: Vec<Vec<String>>,
}

impl Play {
    pub(super) fn check(&mut self) -> Result<(), Fault> {
        let all = &self.world.stations;
        let found = Found {
            records: all.iter().map(records).collect(),
            stones: all.iter().map(|station| read(station, tombstone::list)).collect(),
            trees: all.iter().map(Tree::of).collect(),
            decided: all.iter().map(decided).collect(),
        };
        let liar = self.liar;
        for n in (0..NODES).filter(|n| Some(*n) != liar) {
            self.ledger(n, &found)?;
            self.leaf(n)?;
            self.receipts(n)?;
            self.permit(n, &found)?;
            self.forgery(n, &found)?;
            self.erased(n, &found)?;
            self.recalled(n, &found)?;
        }
        let first = self.events.len() % NODES;
        self.replayed(if Some(first) == liar { 0 } else { first })?;
        for edge in edges(NODES) {
            self.mailboxes(edge)?;
            self.copies(edge, &found)?;
            self.confirmed(edge, &found)?;
        }
        self.summary.pages = self.truth.given.iter().filter(|given| !given.served.is_empty()).count();
        Ok(())
    }

    pub(super) fn is_honest(&self, n: usize) -> bool {
        Some(n) != self.liar
    }

    /// A node that was put back does not know any more what it stated, gave and heard after its backup, and what others
    /// have of that they keep. Its ledger goes on under another name, which nobody takes for a second history.
    pub(super) fn was_put_back(&self, n: usize) -> bool {
        self.world.stations[n].restored > 0
    }

    fn ledger(&mut self, n: usize, found: &Found) -> Result<(), Fault> {
        let station = &self.world.stations[n];
        let verified = ledger::verify(&station.app).unwrap();
        if !verified.faults.is_empty() {
            return Err(Fault::new("ledger", format!("node {n}: {:?}", verified.faults)));
        }
        let mut alarms = 0;
        for (owner, other) in self.world.stations.iter().enumerate().filter(|(owner, _)| *owner != n) {
            let log = other.log();
            let (newest, open) = read(station, |tx| {
                Ok((witness::newest(tx, &log)?, witness::evidence(tx, Some(&log), "open")?))
            });
            alarms += open.len();
            if open.is_empty() {
                let is_part = |seen: &witness::Seen| found.trees[owner].had(seen.size, seen.root);
                if let Some(seen) = newest.filter(|seen| !is_part(seen)) {
                    let text = format!(
                        "node {n} saw the ledger of node {owner} with {} leaves, which is no part of it now, and there \
                         is no alarm",
                        seen.size
                    );
                    return Err(Fault::new("ledger", text));
                }
            } else if self.is_honest(owner) {
                let kinds: Vec<String> = open.into_iter().map(|one| one.kind).collect();
                let text = format!("node {n} has alarms against node {owner}, which is honest: {kinds:?}");
                return Err(Fault::new("ledger", text));
            }
        }
        self.summary.alarms += alarms;
        Ok(())
    }

    /// Each delivery stands under a leaf of its own page.
    fn leaf(&self, n: usize) -> Result<(), Fault> {
        let station = &self.world.stations[n];
        let (noted, leaves) =
            read(station, |tx| Ok((delivery::noted(tx)?, journal::leaves(tx, 0, i64::MAX)?)));
        let mut by_leaf: BTreeMap<i64, Vec<Noted>> = BTreeMap::new();
        for one in noted {
            by_leaf.entry(one.leaf).or_default().push(one);
        }
        for (number, rows) in &by_leaf {
            let told = |why: &str| {
                Err(Fault::new(
                    "leaf",
                    format!("node {n}, {} deliveries of leaf {number}: {why}", rows.len()),
                ))
            };
            let bytes = usize::try_from(*number).ok().and_then(|number| leaves.get(number));
            let Some(leaf) = bytes.and_then(|bytes| Leaf::decode(bytes).ok()) else {
                return told("there is no such leaf");
            };
            let to = &rows[0].member;
            let is_it = leaf.kind == "records.delivered"
                && leaf.member.as_deref() == Some(to.as_str())
                && leaf.count == Some(rows.len() as u64)
                && rows.iter().all(|row| &row.member == to)
                && leaf.detail.get("epoch") == Some(&rows[0].epoch.to_string());
            if !is_it {
                return told("it speaks of something else");
            }
            if !self.is_root(n, rows, leaf.object) {
                return told("its root is another one");
            }
        }
        self.noted(n, &by_leaf)
    }

    /// Whether a root is that over the commitments of these deliveries, in the order of a page that was given.
    fn is_root(&self, n: usize, rows: &[Noted], root: Option<Hash>) -> bool {
        let pages = self.truth.given.iter().filter(|given| given.by == n && given.to == rows[0].member);
        pages.into_iter().any(|page| {
            // Two records of the same bytes may stand on one page, in either order, and one of them may have been given
            // before: then this leaf speaks of the other alone.
            [(false, false), (true, false), (false, true), (true, true)].into_iter().any(
                |(is_reversed, is_late)| {
                    let mut rest: Vec<&Noted> = rows.iter().collect();
                    if is_reversed {
                        rest.reverse();
                    }
                    let mut page = page.served.clone();
                    if is_late {
                        page.reverse();
                    }
                    let mut all = Vec::new();
                    for served in &page {
                        if let Some(at) = rest.iter().position(|row| row.served == *served) {
                            all.push(commitment(&rest.remove(at).salt, &served.0));
                        }
                    }
                    if is_late {
                        all.reverse();
                    }
                    rest.is_empty() && Some(root_of(&all)) == root
                },
            )
        })
    }

    /// Everything that was given is noted, where the node was not put back since.
    fn noted(&self, n: usize, by_leaf: &BTreeMap<i64, Vec<Noted>>) -> Result<(), Fault> {
        if self.was_put_back(n) {
            return Ok(());
        }
        let noted: BTreeSet<(&MemberId, Digest)> =
            by_leaf.values().flatten().map(|row| (&row.member, row.served)).collect();
        for given in self.truth.given.iter().filter(|given| given.by == n) {
            if let Some(served) = given.served.iter().find(|served| !noted.contains(&(&given.to, **served))) {
                return Err(Fault::new(
                    "leaf",
                    format!("node {n} gave {served} to {} and did not note it", given.to),
                ));
            }
        }
        Ok(())
    }

    /// Each receipt is signed by the member that it is of, and speaks of what was delivered to it.
    fn receipts(&mut self, n: usize) -> Result<(), Fault> {
        let station = &self.world.stations[n];
        let noted = read(station, delivery::noted);
        let mut served: BTreeMap<MemberId, Vec<Digest>> = BTreeMap::new();
        for row in noted {
            served.entry(row.member).or_default().push(row.served);
        }
        for (member, digests) in &served {
            let words = read(station, |tx| receipt::of(tx, member, digests));
            for (digest, word) in &words {
                let told =
                    |why: &str| Err(Fault::new("receipts", format!("node {n}, {member}, {digest}: {why}")));
                let Some(row) = read(station, |tx| outbox::find(tx, word.message)) else {
                    return told("the message is missing");
                };
                let signed = SignedMessage::from_json(&row.body).unwrap();
                let keys = &station.agreement.member(member).unwrap().keys;
                if row.state != MessageState::Taken
                    || &signed.message.from != member
                    || signed.verify(keys).is_err()
                {
                    return told("the message is not its own, or not signed");
                }
                let receipt: Receipt = signed.read().unwrap();
                let mut said = receipt.all().filter(|(named, _)| named == digest);
                if !said.any(|(_, why)| why.map_or("", |why| why.code()) == word.reason) {
                    return told("the message does not say so");
                }
            }
            self.summary.receipts += words.len();
        }
        Ok(())
    }

    /// Each record of others came from a node that gave it, and was judged when it did.
    fn permit(&mut self, n: usize, found: &Found) -> Result<(), Fault> {
        let station = &self.world.stations[n];
        for one in found.records[n].iter().filter(|one| one.key.origin != station.member) {
            self.summary.copies += 1;
            let from = (0..NODES).find(|from| self.came_from(one, *from));
            if from.is_some() && from == self.liar {
                continue;
            }
            let named = (one.key.id.clone(), one.key.version.clone());
            let is_given = from.is_some_and(|from| {
                self.truth.had.contains(&(from, station.member.clone(), named.clone(), one.key.digest))
            });
            if !is_given {
                let text = format!("node {n} holds {named:?} from {}, which nobody gave it", one.actor);
                return Err(Fault::new("permit", text));
            }
        }
        Ok(())
    }

    /// Whether a record came from a node, on a page or with a warning.
    pub(super) fn came_from(&self, one: &Record, from: usize) -> bool {
        one.actor == format!("peer:{}", peer_name(from))
            || one.actor == warnings::actor_of(&self.world.stations[from])
    }

    /// Nothing that a member did not state itself stands anywhere as its own.
    fn forgery(&self, n: usize, found: &Found) -> Result<(), Fault> {
        let station = &self.world.stations[n];
        for one in found.records[n].iter().filter(|one| one.state != RecordState::Erased) {
            let signed = SignedEnvelope::from_json(&one.envelope).unwrap();
            let origin = station.agreement.member(&one.key.origin).unwrap();
            let is_said = self.truth.stated.contains(&one.envelope);
            let is_liars = self.liar.is_some_and(|liar| self.world.stations[liar].member == one.key.origin);
            let is_signed = signed.signer == one.key.origin && signed.verify(&origin.keys).is_ok();
            if !is_signed || !(is_said || is_liars) {
                let text = format!(
                    "node {n} holds {} {} which {} never stated",
                    one.key.id, one.key.version, origin.name
                );
                return Err(Fault::new("forgery", text));
            }
        }
        Ok(())
    }

    /// What was erased is not there again, whoever brought it: a copy is a copy. What was erased because its originator
    /// recalled it speaks for that one alone.
    fn erased(&self, n: usize, found: &Found) -> Result<(), Fault> {
        for stone in &found.stones[n] {
            let back = found.records[n].iter().find(|one| {
                (one.key.origin == stone.origin || stone.scope != "recalled")
                    && one.key.digest == stone.digest
                    && one.key.id == stone.id
                    && one.state != RecordState::Erased
            });
            if let Some(one) = back {
                let text = format!("node {n} erased {} {} and holds it again", one.key.id, one.key.version);
                return Err(Fault::new("erased", text));
            }
        }
        Ok(())
    }

    /// Decided again under the same policies, everything would leave that left.
    fn replayed(&self, n: usize) -> Result<(), Fault> {
        let local = PolicySet::standard().unwrap();
        let replayed =
            replay::policies(&self.world.stations[n].app, local.local_text(), Micros(0), None).unwrap();
        for course in &replayed.readers {
            if course.withheld.count > 0 || course.other_parts.count > 0 {
                return Err(Fault::new("permit", format!("node {n} would decide otherwise: {course:?}")));
            }
        }
        Ok(())
    }

    /// Both sides of two nodes that met know alike what was said.
    fn mailboxes(&self, (a, b): (usize, usize)) -> Result<(), Fault> {
        if [a, b].iter().any(|n| Some(*n) == self.liar || Some(*n) == self.old) {
            return Ok(());
        }
        for (one, other) in [(a, b), (b, a)] {
            let [own, member] = [&self.world.stations[one], &self.world.stations[other]];
            let (told, left, waiting) = read(own, |tx| {
                let told = outbox::mailbox(tx, &member.member)?.told_n;
                let waiting = outbox::waiting(tx, &member.member, 1)?.len();
                Ok((told, outbox::left(tx, &member.member, told)?, waiting))
            });
            let have = read(member, |tx| outbox::mailbox(tx, &own.member)).have_n;
            if told != have || left != 0 || waiting != 0 {
                let text = format!(
                    "node {one} believes that node {other} has its messages up to {told}, it has up to {have}; {left} \
                     are left, {waiting} wait"
                );
                return Err(Fault::new("convergence", text));
            }
        }
        Ok(())
    }

    /// Who may have a record and asks for it has it, as its originator states it now.
    fn copies(&self, (to, from): (usize, usize), found: &Found) -> Result<(), Fault> {
        if !self.is_honest(to) || !self.is_honest(from) || self.was_put_back(from) {
            return Ok(());
        }
        let [giver, taker] = [&self.world.stations[from], &self.world.stations[to]];
        let asked = Asked {
            agreement: &giver.agreement,
            by: &giver.member,
            to: &taker.member,
            now: giver.clock.now(),
        };
        let held: HashMap<(&str, &str, Digest), &Record> = found.records[to]
            .iter()
            .filter(|one| one.key.origin == giver.member && !one.actor.starts_with("member:"))
            .map(|one| ((one.key.id.as_str(), one.key.version.as_str(), one.key.digest), one))
            .collect();
        for ((id, version), own) in &self.truth.own[from] {
            let is_erased = found.stones[to].iter().any(|stone| &stone.id == id);
            let is_decided = found.decided[to].iter().any(|one| one == id);
            if own.state != RecordState::Live
                || is_erased
                || is_decided
                || asked.refusal(&own.handling).is_some()
            {
                continue;
            }
            let told = |what: &str| {
                let text = format!("node {to} may have {id} {version} of node {from}, and {what}");
                Err(Fault::new("convergence", text))
            };
            match held.get(&(id.as_str(), version.as_str(), own.object)) {
                None => return told("has it not"),
                Some(one) if one.state != RecordState::Live => return told(one.state.name()),
                Some(one) if !is_same(one, own) => return told("has it under another statement"),
                Some(_) => {}
            }
        }
        Ok(())
    }

    /// What one node took from another is confirmed there.
    fn confirmed(&self, (to, from): (usize, usize), found: &Found) -> Result<(), Fault> {
        let speak = |n: usize| self.is_honest(n) && Some(n) != self.old;
        if !speak(to) || !speak(from) || self.was_put_back(from) {
            return Ok(());
        }
        let [giver, taker] = [&self.world.stations[from], &self.world.stations[to]];
        let given: BTreeSet<Digest> = self
            .truth
            .given
            .iter()
            .filter(|given| given.by == from && given.to == taker.member)
            .flat_map(|given| given.served.iter().copied())
            .collect();
        let actor = format!("peer:{}", peer_name(from));
        // A fuller form of what came first may have come from elsewhere.
        let held: Vec<Digest> = found.records[to]
            .iter()
            .filter(|one| one.actor == actor && one.state == RecordState::Live && given.contains(&one.held))
            .map(|one| one.held)
            .collect();
        let words = read(giver, |tx| receipt::of(tx, &taker.member, &held));
        if let Some(missing) = held.iter().find(|digest| !words.contains_key(digest)) {
            let text = format!("node {to} took {missing} from node {from}, which has no receipt for it");
            return Err(Fault::new("receipts", text));
        }
        Ok(())
    }
}

/// Ids of records about which people of a node decided because they were recalled, and of what their bytes keep out.
fn decided(station: &Station) -> Vec<String> {
    read(station, |tx| {
        let mut ids = Vec::new();
        for one in recall::list(tx, false)? {
            let targets = recall::targets(tx, one.message)?;
            let kept = targets.into_iter().filter(|target| target.state != TargetState::Lifted);
            ids.extend(kept.map(|target| target.id));
        }
        Ok(ids)
    })
}

/// Whether a copy is what its originator states now.
fn is_same(copy: &Record, own: &Own) -> bool {
    copy.envelope == own.envelope
}
