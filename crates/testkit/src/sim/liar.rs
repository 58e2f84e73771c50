//! A member that does not keep to the rules. It has a node, its own keys and whatever it was given, and it can send what it
//! likes; it cannot sign for others.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use comity_app::Clock as _;
use comity_app::carrier::Answer;
use comity_app::exchange;
use comity_app::model::{MemberId, MemberKey, SignedEnvelope, SignedMessage};
use comity_app::stix::{Digest, Limits, Object, Tlp, canon};
use serde_json::{Value, json};

use super::clock::SkewedClock;
use super::world::{Station, member_key};
use crate::SeededRandom;
use crate::mesh::{self, Asked};

/// Most objects and messages that it keeps to send them again.
const KEPT: usize = 40;

/// The liar behind one node.
pub(super) struct Liar {
    member: MemberId,
    key: MemberKey,
    clock: Arc<SkewedClock>,
    others: Vec<MemberId>,
    dice: SeededRandom,
    /// Objects that it was given or gave, with their envelope entries.
    objects: Mutex<Vec<(Value, Value)>>,
    /// Messages that it was sent or sent.
    messages: Mutex<Vec<Value>>,
}

impl Liar {
    pub(super) fn new(station: &Station, others: Vec<MemberId>, seed: u64) -> Arc<Self> {
        Arc::new(Self {
            member: station.member.clone(),
            key: member_key(station.n),
            clock: Arc::clone(&station.clock),
            others,
            dice: SeededRandom::new(SeededRandom::derived(seed, 2_000)),
            objects: Mutex::default(),
            messages: Mutex::default(),
        })
    }

    fn other(&self) -> &MemberId {
        &self.others[self.dice.below(self.others.len())]
    }

    /// Any of what it keeps.
    fn kept<T: Clone>(&self, kept: &Mutex<Vec<T>>) -> Option<T> {
        let kept = kept.lock().unwrap();
        if kept.is_empty() { None } else { Some(kept[self.dice.below(kept.len())].clone()) }
    }

    fn keep<T>(&self, kept: &Mutex<Vec<T>>, one: T) {
        let mut kept = kept.lock().unwrap();
        if kept.len() < KEPT {
            kept.push(one);
        } else {
            let place = self.dice.below(KEPT);
            kept[place] = one;
        }
    }

    fn learn(&self, page: &Value) {
        let (objects, entries) = lists(page);
        for (object, entry) in objects.iter().zip(&entries) {
            self.keep(&self.objects, (object.clone(), entry.clone()));
        }
    }

    /// An object and its entry, altered so that another member seems to say something else.
    fn forged(&self) -> Option<(Value, Value)> {
        let (mut object, mut entry) = self.kept(&self.objects)?;
        let mut signed: SignedEnvelope = serde_json::from_value(entry["signed"].clone()).ok()?;
        let drawn = self.dice.below(5);
        if drawn < 2 {
            // Another text under the same id, or under a new one, or as a newer version.
            object["content"] = json!("EXERCISE forged");
            if self.dice.chance(50) {
                object["modified"] = json!("2026-01-01T12:00:00.000Z");
            }
            let digest = digest_of(&object)?;
            signed.envelope.object = digest;
            entry["served"] = json!(digest);
        }
        signed.envelope.revision += 7;
        signed.envelope.handling.tlp = Some(Tlp::Green);
        signed.envelope.handling.onward = true;
        signed.envelope.handling.exclusions = BTreeSet::new();
        if self.dice.chance(30) {
            signed.envelope.origin = self.other().clone();
            signed.envelope.handling.originator = signed.envelope.origin.clone();
            signed.envelope.handling.recipients.insert(signed.envelope.origin.clone());
        }
        // Under the old signature, under its own key in the name of the origin, or in its own name.
        let signed = match drawn {
            0 => signed,
            1 | 2 => {
                let origin = signed.envelope.origin.clone();
                signed.envelope.sign(origin, &self.key).ok()?
            }
            3 => signed.envelope.sign(self.member.clone(), &self.key).ok()?,
            _ => {
                let (origin, known) = (signed.envelope.origin.clone(), signed.key.clone());
                SignedEnvelope { key: known, ..signed.envelope.sign(origin, &self.key).ok()? }
            }
        };
        entry["signed"] = json!(signed);
        Some((object, entry))
    }

    /// A page with something on it that is not as it should be.
    fn page(&self, page: &mut Value) {
        let (mut objects, mut entries) = lists(page);
        match self.dice.below(5) {
            0 | 1 => {
                if let Some((object, entry)) = self.forged() {
                    objects.push(object);
                    entries.push(entry);
                }
            }
            2 => {
                if let Some((object, entry)) = self.kept(&self.objects) {
                    objects.push(object);
                    entries.push(entry);
                }
            }
            3 => entries.reverse(),
            _ => {
                if let Some((object, _)) = self.kept(&self.objects) {
                    objects.push(object);
                }
            }
        }
        if !objects.is_empty() {
            if page.get("more").is_none() {
                page["more"] = json!(false);
            }
            page["objects"] = json!(objects);
            page["x_comity_envelopes"] = json!(entries);
        }
    }

    /// A message that is not what it says.
    fn message(&self, to: Option<&str>) -> Option<Value> {
        let mut one = self.kept(&self.messages)?;
        if let Some(to) = to {
            one["message"]["to"] = json!(to);
        }
        let body = &mut one["message"]["body"];
        match self.dice.below(4) {
            0 => {}
            1 => {
                if let Some(got) = body.get_mut("got").and_then(Value::as_array_mut)
                    && let Some(first) = got.first_mut()
                {
                    *first = json!(Digest::of(b"EXERCISE never delivered"));
                }
            }
            2 => one["message"]["from"] = json!(self.other()),
            _ => one["message"]["id"] = json!(format!("receipt-{}", self.dice.below(1_000_000))),
        }
        if self.dice.chance(60) {
            let signed: SignedMessage = serde_json::from_value(one.clone()).ok()?;
            return signed.message.sign(&self.key).ok().map(|signed| json!(signed));
        }
        Some(one)
    }

    /// An exchange with something in it that is not as it should be.
    fn form(&self, form: &mut Value) {
        for line in form["messages"].as_array().cloned().unwrap_or_default() {
            self.keep(&self.messages, line["message"].clone());
        }
        let last = form["messages"].as_array().and_then(|all| all.last()?.get("n")?.as_u64());
        match self.dice.below(6) {
            0 | 1 => {
                let to = form["messages"][0]["message"]["message"]["to"].as_str().map(str::to_owned);
                let n = last.unwrap_or(100_000) + 1;
                if let (Some(message), Some(lines)) =
                    (self.message(to.as_deref()), form["messages"].as_array_mut())
                {
                    lines.push(json!({"n": n, "message": message}));
                }
            }
            2 => {
                if let Some(lines) = form["messages"].as_array_mut() {
                    lines.reverse();
                }
            }
            3 => form["have"] = json!({"n": self.dice.below(20)}),
            4 => form["ledger"]["path"] = json!(""),
            _ => form["agreement"] = json!(Digest::of(b"EXERCISE another agreement")),
        }
    }

    fn lie(&self, asked: &Asked<'_>, body: &[u8]) -> Option<Vec<u8>> {
        let mut value: Value = serde_json::from_slice(body).ok()?;
        if asked.path == exchange::PATH {
            self.form(&mut value);
        } else if asked.path.ends_with("/objects/") {
            self.learn(&value);
            self.page(&mut value);
        }
        Some(value.to_string().into_bytes())
    }
}

impl mesh::Liar for Liar {
    fn sends(&self, asked: &Asked<'_>, body: Vec<u8>) -> Vec<u8> {
        if self.dice.chance(60) {
            return body;
        }
        self.lie(asked, &body).unwrap_or(body)
    }

    fn answers(&self, asked: &Asked<'_>, answer: Answer) -> Answer {
        if self.dice.chance(40) {
            return answer;
        }
        let body = self.lie(asked, &answer.body).unwrap_or_else(|| answer.body.clone());
        let is_page = asked.path.ends_with("/objects/");
        let last_added = answer.last_added.or_else(|| is_page.then(|| self.clock.now().to_string()));
        Answer { wire_bytes: body.len(), body, last_added }
    }

    fn hears(&self, asked: &Asked<'_>, answer: &Answer) {
        let Ok(value) = serde_json::from_slice::<Value>(&answer.body) else { return };
        if asked.path == exchange::PATH {
            for line in value["messages"].as_array().into_iter().flatten() {
                self.keep(&self.messages, line["message"].clone());
            }
        } else {
            self.learn(&value);
        }
    }
}

fn lists(page: &Value) -> (Vec<Value>, Vec<Value>) {
    let list = |name: &str| page[name].as_array().cloned().unwrap_or_default();
    (list("objects"), list("x_comity_envelopes"))
}

fn digest_of(object: &Value) -> Option<Digest> {
    let text = object.to_string();
    let object = Object::parse(text.as_bytes(), &Limits::default()).ok()?;
    canon::digest_of(object.value()).ok()
}
