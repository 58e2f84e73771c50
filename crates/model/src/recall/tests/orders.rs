//! The same things known in any order, twice, or late end in the same.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

fn outcomes_of(word: Outcome) -> (Outcomes, Vec<Exception>) {
    let mut outcomes = Outcomes::default();
    let reason = (word != Outcome::Unknown).then_some(Refusal::NotAble);
    match word {
        Outcome::Unknown => outcomes.unknown = 1,
        Outcome::Complied => outcomes.complied = 1,
        Outcome::Partly => outcomes.partly = 1,
        Outcome::Held => outcomes.held = 1,
        Outcome::Refused => outcomes.refused = 1,
    }
    let exception = Exception { n: 1, outcome: word, reason };
    (outcomes, if word == Outcome::Complied { Vec::new() } else { vec![exception] })
}

/// Answers that are often said at one instant and one leaf.
fn answers() -> impl Strategy<Value = Vec<(Micros, RecallAnswer)>> {
    let one = (0..3_i64, 0..3_u64, 0..6_usize, 0..2_u64).prop_map(|(at, leaf, outcome, open)| {
        let (outcomes, exceptions) = Outcome::ALL
            .get(outcome)
            .map_or_else(|| (Outcomes::default(), Vec::new()), |one| outcomes_of(*one));
        let onward = Onward { told: 1, open, ..Onward::default() };
        let made = RecallAnswer { onward, leaf, ..answer(outcomes, exceptions) };
        (Micros(NOW.0 + at), made.checked().unwrap())
    });
    prop::collection::vec(one, 1..8)
}

fn ordered(said: &[(Micros, RecallAnswer)]) -> Vec<(AnswerOrder, RecallAnswer)> {
    let of = |(n, (at, one)): (u64, &(Micros, RecallAnswer))| (one.order(*at, digest(n)), one.clone());
    (0..).zip(said).map(of).collect()
}

fn after(start: Holder, said: &[(AnswerOrder, RecallAnswer)]) -> Holder {
    said.iter().fold(start, |holder, (order, one)| holder.answered(*order, one).unwrap().unwrap_or(holder))
}

proptest! {
    #[test]
    fn an_older_answer_changes_nothing_and_every_order_ends_in_the_same(
        said in answers(),
        shuffled in prop::collection::vec(any::<prop::sample::Index>(), 0..24),
        start in prop::sample::select(vec![HolderState::Queued, HolderState::Told, HolderState::Cannot]),
    ) {
        let said = ordered(&said);
        let start = Holder { state: start, answer: None };
        let expected = after(start, &said);
        let newest = said.iter().max_by_key(|(order, _)| *order).unwrap();
        prop_assert_eq!(expected.answer, Some(newest.0));
        // Any of them, any number of times, in any order; then those that were lost, from the end.
        let mut holder = start;
        for index in &shuffled {
            let (order, one) = index.get(&said);
            holder = holder.answered(*order, one).unwrap().unwrap_or(holder);
            let state = holder.state.step(HolderEvent::Delivered).unwrap();
            prop_assert_eq!(state, holder.state);
        }
        let late: Vec<_> = said.iter().rev().cloned().collect();
        prop_assert_eq!(after(holder, &late), expected);
        // What is ended stays so, and what was answered is known all the same.
        for ended in [HolderState::Closed, HolderState::Superseded] {
            let closed = after(Holder { state: ended, answer: None }, &late);
            prop_assert_eq!(closed, Holder { state: ended, answer: Some(newest.0) });
        }
    }

    #[test]
    fn recalls_in_force_do_not_depend_on_which_came_first(
        said in prop::collection::vec((0..5_usize, 0..3_usize, prop::option::of(0..12_u64), 0..3_u8), 1..12),
        turns in prop::collection::vec(any::<prop::sample::Index>(), 12),
    ) {
        let members = [member(1), member(2), member(3)];
        let recalls: Vec<Recall> = (0..).zip(&said).map(|(n, (scope, _, supersedes, few))| {
            let targets = (0..=*few).map(target).collect();
            let supersedes = supersedes.filter(|older| *older < n).map(digest);
            Recall { supersedes, number: n + 1, ..recall(Scope::ALL[*scope], targets) }
        }).collect();
        let mut known: Vec<Known<'_>> = (0..).zip(recalls.iter().zip(&said)).map(|(n, (recall, one))| {
            let says = Says::ALL[one.1];
            Known { digest: digest(n), signer: &members[one.1], says, at: NOW, recall }
        }).collect();
        let expected = in_force(&known);
        prop_assert!(!expected.is_empty());
        for (n, turn) in turns.iter().enumerate() {
            let (a, b) = (n % known.len(), turn.index(known.len()));
            known.swap(a, b);
        }
        prop_assert_eq!(&in_force(&known), &expected);
        // What is known later brings back nothing that was replaced; and a record that is taken back stays so.
        let mut replaced = BTreeSet::new();
        for count in 1..=known.len() {
            let now = in_force(&known[..count]);
            let all: BTreeSet<Digest> = known[..count].iter().map(|one| one.digest).collect();
            let gone: BTreeSet<Digest> = all.difference(&now).copied().collect();
            prop_assert!(gone.is_superset(&replaced));
            replaced = gone;
        }
        for one in known.iter().filter(|one| matches!(one.recall.scope, Scope::Withdraw | Scope::Correct)) {
            for target in &one.recall.targets {
                let is_kept = known.iter().filter(|other| expected.contains(&other.digest)).any(|other| {
                    matches!(other.recall.scope, Scope::Withdraw | Scope::Correct)
                        && other.recall.targets.iter().any(|own| own.is_same(target))
                });
                prop_assert!(is_kept, "{:?} is given back", target.id);
            }
        }
    }

    #[test]
    fn a_record_is_purged_by_a_person_alone_and_used_again_only_when_lifted_or_narrowed(
        scope in prop::sample::select(Scope::ALL.to_vec()),
        events in prop::collection::vec(prop::sample::select(TargetEvent::ALL.to_vec()), 0..20),
    ) {
        let mut state = TargetState::Absent;
        let mut is_found = false;
        for event in events {
            let Ok(next) = state.step(scope, event) else { continue };
            is_found |= event == TargetEvent::Found;
            prop_assert!(next != TargetState::Purged || state == next || event == TargetEvent::Purge);
            let is_used = matches!(next, TargetState::Narrowed | TargetState::Lifted);
            prop_assert!(!is_used || matches!(event, TargetEvent::Narrowed | TargetEvent::Lifted) || state == next);
            prop_assert!(next == state || next != TargetState::Absent);
            state = next;
        }
        let is_absent = state == TargetState::Absent;
        prop_assert!(!is_found || !is_absent || scope == Scope::Lift);
    }

    #[test]
    fn what_is_read_is_within_all_limits_whatever_comes(
        text in recall_text(),
    ) {
        let Ok(body) = serde_json::from_str::<Value>(&text) else { return Ok(()) };
        let id = "recall--00000000-0000-4000-8000-000000000abc".to_owned();
        let message = Message { v: 1, id, kind: "recall".into(), from: member(1), to: None, at: NOW, body };
        let signed = SignedMessage { message, key: String::new(), signature: String::new() };
        if let Ok(one) = Recall::read(&signed) {
            prop_assert!((1..=TARGETS_MAX).contains(&one.targets.len()));
            prop_assert!((1..=NUMBER_MAX).contains(&one.number));
            prop_assert_eq!(one.replacement.is_some(), one.scope == Scope::Correct);
            prop_assert_eq!(one.obligation.is_none(), one.scope == Scope::Lift);
        }
    }

    #[test]
    fn a_circle_of_members_ends_and_the_first_who_told_is_told_the_rest(
        edges in prop::collection::btree_set((0..6_usize, 0..6_usize), 1..20),
        turns in prop::collection::vec(any::<prop::sample::Index>(), 64),
    ) {
        storm(&edges.into_iter().filter(|(from, to)| from != to && *to != 0).collect::<Vec<_>>(), &turns);
    }
}

/// A recall as text in which some bytes are changed.
fn recall_text() -> impl Strategy<Value = String> {
    let scope = prop::sample::select(Scope::ALL.to_vec());
    let changes = prop::collection::vec((any::<prop::sample::Index>(), 32..127_u8), 0..4);
    (scope, 0..3_u8, changes).prop_map(|(scope, few, changes)| {
        let mut bytes = plain(&recall(scope, (0..=few).map(target).collect())).to_string().into_bytes();
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        String::from_utf8(bytes).unwrap()
    })
}

/// Member 0 recalls. Each passes it on to all to whom it gave the record, and answers again whenever what it knows of them
/// changed: with what is behind it to who told it first, without that to the others.
fn storm(edges: &[(usize, usize)], turns: &[prop::sample::Index]) {
    let mut first: [Option<usize>; 6] = [None; 6];
    first[0] = Some(usize::MAX);
    let mut queue = vec![0];
    while let Some(hop) = queue.pop() {
        for (_, to) in edges.iter().filter(|(from, _)| *from == hop) {
            if first[*to].is_none() {
                first[*to] = Some(hop);
                queue.push(*to);
            }
        }
    }
    let complied = answer(outcomes_of(Outcome::Complied).0, Vec::new());
    let told: Vec<(usize, usize)> =
        edges.iter().filter(|(from, _)| first[*from].is_some()).copied().collect();
    let mut known: Vec<Option<RecallAnswer>> = vec![None; told.len()];
    let onward = |known: &[Option<RecallAnswer>], member: usize| {
        let of = |(_, answer): (&(usize, usize), &Option<RecallAnswer>)| {
            let state =
                answer.as_ref().map_or(Ok(HolderState::Told), |one| HolderState::Told.step(one.adds_up()));
            (state.unwrap(), answer.clone())
        };
        let held: Vec<_> = told.iter().zip(known).filter(|((from, _), _)| *from == member).map(of).collect();
        Onward::over(held.iter().map(|(state, one)| (*state, one.as_ref())))
    };
    let say = |known: &mut Vec<Option<RecallAnswer>>, place: usize| {
        let (to, holder) = told[place];
        let onward = if first[holder] == Some(to) { onward(known, holder) } else { Onward::default() };
        let new = Some(RecallAnswer { onward, ..complied.clone() });
        let is_new = known[place] != new;
        known[place] = new;
        is_new
    };
    if told.is_empty() {
        return;
    }
    for turn in turns {
        say(&mut known, turn.index(told.len()));
    }
    let mut rounds = 0;
    while (0..told.len()).filter(|place| say(&mut known, *place)).count() > 0 {
        rounds += 1;
        assert!(rounds <= 7, "the answers go round for ever: {told:?}");
    }
    let all = onward(&known, 0);
    assert_eq!((all.told, all.open, all.silent), (told.len() as u64, 0, 0), "{told:?}");
}
