//! Rules of fairness among voices, as checks: what one voice says is no conflict, and remarks go by one rule for all.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::lineage::Said;

/// Pairs of claims of which one is said to contest the other although both are of one voice.
pub fn one_voice_contests_itself<'a>(claims: &'a [Said<'_>]) -> Vec<(&'a str, &'a str)> {
    let voices: HashMap<&str, &str> = claims.iter().map(|said| (said.id, said.voice.as_str())).collect();
    let mut found = Vec::new();
    for said in claims {
        for other in &said.claim.contested_by_refs {
            if let Some((id, voice)) = voices.get_key_value(other.as_str())
                && *voice == said.voice
            {
                found.push((said.id, *id));
            }
        }
    }
    found
}

/// Voices to whose judgements, attributions and allegations the editor's remark on evidence was not added although it was
/// to others: how many of how many claims have it. Empty when all are treated alike.
pub fn remarks_by_two_rules(claims: &[Said<'_>]) -> BTreeMap<String, (usize, usize)> {
    let mut voices: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for said in claims.iter().filter(|said| said.claim.claim_form.needs_evidence()) {
        let counted = voices.entry(said.voice.clone()).or_default();
        let is_noted = said.claim.notes.iter().any(|note| note.text.to_lowercase().contains("evidence"));
        counted.0 = counted.0.saturating_add(usize::from(is_noted));
        counted.1 = counted.1.saturating_add(1);
    }
    let noted = voices.values().any(|(with, _)| *with > 0);
    voices.retain(|_, (with, all)| noted && with < all);
    voices
}

/// How many voices there are.
pub fn voices(claims: &[Said<'_>]) -> usize {
    claims.iter().map(|said| said.voice.as_str()).collect::<BTreeSet<_>>().len()
}
