//! Where claims come from: two outlets with one speech are one source, and corroboration counts roots, not repeats.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use crate::kind::council::{Certainty, Claim};

/// A claim with its voice.
#[derive(Clone, Debug)]
pub struct Said<'a> {
    /// Its STIX id.
    pub id: &'a str,
    /// The claim.
    pub claim: &'a Claim,
    /// Its voice in a form in which spellings of one name are equal.
    pub voice: String,
}

/// Claims that go back to one source.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Root {
    /// Whose voice it is, as written in the first of them.
    pub voice: String,
    /// Ids of the claims, in the order in which they were given.
    pub claims: Vec<String>,
}

/// Whose voice a claim is: the speaker without what stands in brackets or behind a comma or colon; without a speaker, the
/// last of the chain. A speaker of whom the source leaves open who it was is a voice of its own.
pub fn voice(claim: &Claim) -> String {
    let Some(speaker) = &claim.speaker else {
        return claim.words.relayed_by.last().unwrap_or(&claim.words.said_by).trim().to_owned();
    };
    let bare = speaker.split(['(', ',', ':']).next().unwrap_or_default().trim();
    let is_open = bare.eq_ignore_ascii_case("unclear") || bare.is_empty();
    if is_open { speaker.trim().to_owned() } else { bare.to_owned() }
}

/// Groups claims by the source that they go back to. It does not depend on their order, apart from that of the answer.
///
/// One claim restates another: one source. One voice at one session, reported as certain and said there: one speech, and
/// one source. Without a speaker, one outlet in one document: one source. Circles end in one root.
pub fn roots(claims: &[Said<'_>]) -> Vec<Root> {
    let mut sets = Sets::new(claims.len());
    let places: HashMap<&str, usize> = claims.iter().enumerate().map(|(at, said)| (said.id, at)).collect();
    let mut speeches: HashMap<(bool, &str, &str), usize> = HashMap::new();
    for (at, said) in claims.iter().enumerate() {
        let claim = said.claim;
        if let Some(other) = claim.restates_ref.as_ref().and_then(|id| places.get(id.as_str())) {
            sets.join(at, *other);
        }
        let occasion = match (&claim.speaker, &claim.session_ref, &claim.source) {
            (Some(_), Some(session), _)
                if claim.certainty == Certainty::Reported && claim.at_session != Some(false) =>
            {
                Some((true, session.as_str()))
            }
            (None, _, Some(source)) => Some((false, source.document_ref.as_str())),
            _ => None,
        };
        let Some((spoken, place)) = occasion else { continue };
        match speeches.get(&(spoken, said.voice.as_str(), place)) {
            Some(first) => sets.join(at, *first),
            None => {
                speeches.insert((spoken, said.voice.as_str(), place), at);
            }
        }
    }
    let mut found: BTreeMap<usize, Root> = BTreeMap::new();
    for (at, said) in claims.iter().enumerate() {
        let first = sets.first(at);
        let root =
            found.entry(first).or_insert_with(|| Root { voice: voice(said.claim), claims: Vec::new() });
        root.claims.push(said.id.to_owned());
    }
    found.into_values().collect()
}

/// Disjoint sets of places; the first place stands for its set.
struct Sets(Vec<usize>);

impl Sets {
    fn new(count: usize) -> Self {
        Self((0..count).collect())
    }

    fn first(&mut self, at: usize) -> usize {
        let mut found = at;
        while let Some(above) = self.0.get(found).copied().filter(|above| *above != found) {
            found = above;
        }
        // Every place on the way leads there at once from now on.
        let mut on = at;
        while let Some(above) = self.0.get_mut(on).filter(|above| **above != found && on != found) {
            on = std::mem::replace(above, found);
        }
        found
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.first(one), self.first(other));
        let (low, high) = (one.min(other), one.max(other));
        if let Some(above) = self.0.get_mut(high) {
            *above = low;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Kind;

    const EXAMPLES: &str = include_str!("../kind/tests/examples.json");

    /// A claim of a speaker at a session; without a speaker one of an outlet.
    fn claim(speaker: Option<&str>, session: u8, restates: Option<usize>) -> Claim {
        let all: Vec<serde_json::Value> = serde_json::from_str(EXAMPLES).unwrap();
        let mut one = all.into_iter().find(|one| one["kind"] == "claim").unwrap();
        one["session_ref"] = format!("comity-session--00000000-0000-4000-8000-0000000000{session:02}").into();
        one["speaker"] = speaker.into();
        one["restates_ref"] = restates.map(id).into();
        one.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        let Kind::Claim(claim) = Kind::from_json(&one.to_string()).unwrap() else { unreachable!() };
        *claim
    }

    fn id(n: usize) -> String {
        format!("comity-claim--00000000-0000-4000-8000-{n:012}")
    }

    fn said<'a>(claims: &'a [Claim], ids: &'a [String]) -> Vec<Said<'a>> {
        let voiced = |claim: &Claim| voice(claim).to_lowercase();
        claims.iter().zip(ids).map(|(claim, id)| Said { id, claim, voice: voiced(claim) }).collect()
    }

    fn counted(claims: &[Claim]) -> Vec<usize> {
        let ids: Vec<String> = (0..claims.len()).map(id).collect();
        roots(&said(claims, &ids)).iter().map(|root| root.claims.len()).collect()
    }

    #[test]
    fn k7_one_speech_in_two_outlets_is_one_source() {
        let first = claim(Some("EXERCISE Orlan Vesk (chair)"), 1, None);
        let mut second = claim(Some("Exercise Orlan Vesk"), 1, None);
        second.words.relayed_by = vec!["EXERCISE Gazette".into()];
        assert_eq!(counted(&[first.clone(), second.clone()]), [2]);
        second.at_session = Some(false);
        assert_eq!(counted(&[first.clone(), second.clone()]), [1, 1], "said elsewhere, it is said once more");
        second.restates_ref = Some(id(0).parse().unwrap());
        assert_eq!(counted(&[first.clone(), second]), [2], "what only repeats is no second source");
        assert_eq!(counted(&[first, claim(Some("EXERCISE Ilva Torn"), 1, None)]), [1, 1]);
    }

    #[test]
    fn an_unclear_speaker_is_a_voice_of_its_own() {
        let open = claim(Some("unclear: probably EXERCISE Orlan Vesk"), 1, None);
        assert_eq!(voice(&open), "unclear: probably EXERCISE Orlan Vesk");
        assert_eq!(counted(&[open, claim(Some("EXERCISE Orlan Vesk"), 1, None)]), [1, 1]);
        assert_eq!(voice(&claim(None, 1, None)), "EXERCISE Herald", "the last of the chain speaks then");
    }

    #[test]
    fn ten_thousand_claims_that_restate_each_other_in_a_circle_are_one_root() {
        let count = 10_000;
        let bare = claim(None, 1, None);
        let claims: Vec<Claim> = (0..count)
            .map(|n| Claim {
                restates_ref: Some(id((n + 1) % count).parse().unwrap()),
                source: None,
                ..bare.clone()
            })
            .collect();
        assert_eq!(counted(&claims), [count]);
    }

    proptest! {
        #[test]
        fn roots_do_not_depend_on_the_order_of_claims(
            made in prop::collection::vec((0..4usize, 0..3u8, prop::option::of(0..12usize)), 1..12),
            shift in 0..12usize,
        ) {
            let names = [Some("EXERCISE A"), Some("EXERCISE B (chair)"), Some("unclear"), None];
            let claims: Vec<Claim> =
                made.iter().map(|(who, session, other)| claim(names[*who], *session, *other)).collect();
            let ids: Vec<String> = (0..claims.len()).map(id).collect();
            let sets = |said: &[Said<'_>]| {
                let mut all: Vec<Vec<String>> = roots(said)
                    .into_iter()
                    .map(|mut root| {
                        root.claims.sort();
                        root.claims
                    })
                    .collect();
                all.sort();
                all
            };
            let mut turned = said(&claims, &ids);
            let before = sets(&turned);
            let by = shift.checked_rem(turned.len()).unwrap_or_default();
            turned.rotate_left(by);
            prop_assert_eq!(sets(&turned), before.clone());
            turned.reverse();
            prop_assert_eq!(sets(&turned), before);
        }
    }
}
