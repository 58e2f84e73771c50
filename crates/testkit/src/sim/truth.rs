//! What really happened in a storm: what each member stated, and what each node gave to whom.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use comity_app::Clock as _;
use comity_app::carrier::Answer;
use comity_app::model::{Handling, MemberId, Micros, Record, RecordState, SignedEnvelope};
use comity_app::stix::Digest;
use comity_store::tables::record;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::clock::SkewedClock;
use super::oracle::Asked;
use super::world::{Station, World, number_of};
use super::{Fault, MARKED};
use crate::mesh;

/// A record of a node's own member, as it stands there.
#[derive(Clone)]
pub(super) struct Own {
    pub object: Digest,
    pub handling: Arc<Handling>,
    pub envelope: String,
    pub state: RecordState,
}

/// STIX id and version.
pub(super) type Named = (String, String);

/// What was given by one node to the member of another.
pub(super) struct Given {
    pub by: usize,
    pub to: MemberId,
    /// Digests of what was served, in the order of the page.
    pub served: Vec<Digest>,
}

/// A page as it was given.
struct Page {
    by: usize,
    to: MemberId,
    at: Micros,
    body: Vec<u8>,
}

/// Everything that happened.
#[derive(Default)]
pub(super) struct Truth {
    /// The records of each member's own, at its node now.
    pub own: Vec<BTreeMap<Named, Own>>,
    /// Every envelope that a member's node ever had for a record of its own.
    pub stated: BTreeSet<String>,
    /// Every page that was given.
    pub given: Vec<Given>,
    /// Who was given what: by which node, for whom, which object under which id and version.
    pub had: BTreeSet<(usize, MemberId, Named, Digest)>,
    /// What was passed on for a danger to life and must not be.
    pub wrong: Vec<String>,
    pages: Arc<Mutex<Vec<Page>>>,
}

#[derive(Deserialize)]
struct Read<'a> {
    #[serde(default, borrow)]
    objects: Vec<&'a RawValue>,
    #[serde(default, borrow)]
    x_comity_envelopes: Vec<Entry<'a>>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    served: Digest,
    #[serde(borrow)]
    signed: &'a RawValue,
}

#[derive(Deserialize)]
struct Version {
    #[serde(default)]
    modified: String,
}

impl Truth {
    /// Watches what the nodes of a world give.
    pub(super) fn of(world: &World) -> Self {
        let truth = Self { own: vec![BTreeMap::new(); world.stations.len()], ..Self::default() };
        let pages = Arc::clone(&truth.pages);
        let clocks: Vec<Arc<SkewedClock>> =
            world.stations.iter().map(|station| Arc::clone(&station.clock)).collect();
        world.mesh.watch(Box::new(move |asked: &mesh::Asked<'_>, answer: &Answer| {
            let by = number_of(asked.to);
            if asked.path.ends_with("/objects/")
                && let Some(clock) = clocks.get(by)
            {
                let page = Page { by, to: asked.from.clone(), at: clock.now(), body: answer.body.clone() };
                pages.lock().unwrap().push(page);
            }
        }));
        truth
    }

    /// Looks at what stands at a node that may have changed records of its own, unless it died over that.
    pub(super) fn look(&mut self, station: &Station) {
        if station.is_dead() {
            return;
        }
        let own = records(station).into_iter().filter(|one| one.key.origin == station.member);
        let own: BTreeMap<Named, Own> = own
            .map(|one| {
                let named = (one.key.id.clone(), one.key.version.clone());
                let Record { handling, envelope, state, .. } = one;
                (named, Own { object: one.key.digest, handling, envelope, state })
            })
            .collect();
        self.stated.extend(own.values().map(|one| one.envelope.clone()));
        if let Some(slot) = self.own.get_mut(station.n) {
            *slot = own;
        }
    }

    /// Judges the pages that were given since it was asked last. The liar's are not judged.
    pub(super) fn judge(&mut self, world: &World, liar: Option<usize>) -> Result<(), Fault> {
        let pages = std::mem::take(&mut *self.pages.lock().unwrap());
        for page in pages {
            let read: Read<'_> = serde_json::from_slice(&page.body).unwrap();
            let mut served = Vec::new();
            for (object, entry) in read.objects.iter().zip(&read.x_comity_envelopes) {
                let signed = SignedEnvelope::from_json(entry.signed.get()).unwrap();
                let version: Version = serde_json::from_str(object.get()).unwrap();
                let named = (signed.envelope.id.clone(), version.modified);
                if Some(page.by) != liar {
                    self.judge_one(world, &page, (object.get(), entry.signed.get(), &signed), &named)?;
                }
                self.had.insert((page.by, page.to.clone(), named, signed.envelope.object));
                served.push(entry.served);
            }
            self.given.push(Given { by: page.by, to: page.to, served });
        }
        Ok(())
    }

    fn judge_one(
        &self,
        world: &World,
        page: &Page,
        (object, envelope, signed): (&str, &str, &SignedEnvelope),
        named: &Named,
    ) -> Result<(), Fault> {
        let station = &world.stations[page.by];
        let asked = Asked { agreement: &station.agreement, by: &station.member, to: &page.to, now: page.at };
        let told = |why: &str| {
            let to = world.number(&page.to).unwrap_or_default();
            let text =
                format!("node {} gave {} {} to node {to}: {why}\n{envelope}", page.by, named.0, named.1);
            Err(Fault::new("permit", text))
        };
        let handling = &signed.envelope.handling;
        if let Some(why) = asked.refusal(handling) {
            return told(why);
        }
        if let Some(level) = MARKED.iter().find(|(_, text)| object.contains(text)).map(|(level, _)| *level)
            && let Some(why) = asked.refusal(&handling.at_least(Some(level)))
        {
            return told(&format!("its marked part: {why}"));
        }
        if signed.envelope.origin == station.member {
            match self.own[page.by].get(named) {
                None => return told("it was never written there"),
                Some(own) if own.state != RecordState::Live => return told(own.state.name()),
                Some(own) if own.envelope != envelope => return told("under an older statement"),
                Some(_) => {}
            }
        }
        Ok(())
    }
}

/// Every record of a node, of its own and of others.
pub(super) fn records(station: &Station) -> Vec<Record> {
    station
        .reader
        .read("sim.records", |tx| {
            let mut all = Vec::new();
            for one in comity_store::tables::collection::list(tx)? {
                all.extend(record::list(tx, &one.id, 0, i64::MAX)?);
            }
            Ok::<_, comity_store::StoreError>(all)
        })
        .unwrap()
        .into_iter()
        .map(comity_app::model::Stored::into_inner)
        .collect()
}
