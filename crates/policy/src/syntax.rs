//! Reading rule texts: each rule with its name and its sentence, and errors with their place in the text.

use std::collections::HashSet;

use cedar_policy::{Effect, Policy, PolicyId, PolicySet};
use miette::Diagnostic;

use crate::decision::{RESERVED_IDS, Rule};
use crate::{PolicyError, rules};

/// Names of guards begin so; local names do not.
const GUARD_PREFIX: &str = "guard-";
const ID_BYTES_MAX: usize = 80;
pub(crate) const SAYS_BYTES_MAX: usize = 400;

/// A rule that was read: the policy under its name, and what to say about it.
#[derive(Clone, Debug)]
pub(crate) struct Read {
    pub(crate) policy: Policy,
    pub(crate) rule: Rule,
}

/// Reads the guards. Each must forbid, and have a name that begins with `guard-` and a sentence.
pub(crate) fn read_guards(text: &str) -> Result<Vec<Read>, PolicyError> {
    let mut read = Vec::new();
    for policy in policies_in_order(text).map_err(|error| PolicyError::Shipped(error.to_string()))? {
        let (id, says) = (policy.annotation("id").unwrap_or(""), policy.annotation("says").unwrap_or(""));
        if !id.starts_with(GUARD_PREFIX) || says.is_empty() || policy.effect() != Effect::Forbid {
            return Err(PolicyError::Shipped(format!(
                "guard `{id}` must forbid and have a name and a sentence"
            )));
        }
        read.push(renamed(&policy, id, says));
    }
    Ok(read)
}

/// Reads local rules. A rule without `@id` is called `local-1`, `local-2` and so on by its place.
pub(crate) fn read_local(text: &str) -> Result<Vec<Read>, PolicyError> {
    if text.len() > rules::LOCAL_BYTES_MAX {
        let max_bytes = rules::LOCAL_BYTES_MAX;
        return Err(PolicyError::TooLarge { found_bytes: text.len(), max_bytes });
    }
    let mut read = Vec::new();
    let mut ids = HashSet::new();
    for (index, policy) in policies_in_order(text)?.into_iter().enumerate() {
        let given = policy.annotation("id");
        let id = given.map_or_else(|| format!("local-{}", index + 1), str::to_owned);
        check_id(&id)?;
        if !ids.insert(id.clone()) {
            return Err(name_fault(&id, "another rule has this name; choose a different @id"));
        }
        let default = match policy.effect() {
            Effect::Permit => "a rule of this community permits it",
            Effect::Forbid => "a rule of this community forbids it",
        };
        let says = policy.annotation("says").filter(|says| !says.trim().is_empty()).unwrap_or(default);
        if says.len() > SAYS_BYTES_MAX || says.contains(char::is_control) {
            return Err(name_fault(&id, "@says must be one line of at most 400 bytes"));
        }
        read.push(renamed(&policy, &id, says));
    }
    Ok(read)
}

/// Line and column, both from 1 and in characters, of a byte offset.
pub(crate) fn place_of(text: &str, offset: usize) -> (usize, usize) {
    let before = text.char_indices().take_while(|(at, _)| *at < offset).map(|(_, character)| character);
    before.fold((1, 1), |(line, column), character| match character {
        '\n' => (line + 1, 1),
        _ => (line, column + 1),
    })
}

/// Where in `text` an error of the rule engine points; its beginning when it points nowhere.
pub(crate) fn place_of_error(text: &str, error: &dyn Diagnostic) -> (usize, usize) {
    let first = error.labels().and_then(|mut labels| labels.next());
    place_of(text, first.map_or(0, |label| label.offset()))
}

/// The message of an error of the rule engine on one line, with its advice if it has one.
pub(crate) fn message_of(error: &dyn Diagnostic) -> String {
    let mut message = error.to_string();
    if let Some(label) = error.labels().and_then(|mut labels| labels.next())
        && let Some(text) = label.label()
    {
        message.push_str(": ");
        message.push_str(text);
    }
    if let Some(advice) = error.help() {
        message.push_str("; ");
        message.push_str(&advice.to_string());
    }
    message.replace('\n', " ")
}

pub(crate) fn policies_in_order(text: &str) -> Result<Vec<Policy>, PolicyError> {
    let set: PolicySet = text.parse().map_err(|errors: cedar_policy::ParseErrors| {
        let (line, column) = place_of_error(text, &errors);
        PolicyError::Syntax { line, column, message: message_of(&errors) }
    })?;
    if let Some(template) = set.templates().next() {
        let message = "templates (`?principal`, `?resource`) have no meaning here; write a whole rule";
        return Err(name_fault(template.annotation("id").unwrap_or("without @id"), message));
    }
    let mut policies: Vec<Policy> = set.policies().cloned().collect();
    policies.sort_by_key(|policy| number_of(policy.id()));
    Ok(policies)
}

/// The engine numbers the policies of a text from 0, `policy0`, `policy1`, in their order.
fn number_of(id: &PolicyId) -> usize {
    let text: &str = id.as_ref();
    text.trim_start_matches(|character: char| !character.is_ascii_digit()).parse().unwrap_or(usize::MAX)
}

pub(crate) fn check_id(id: &str) -> Result<(), PolicyError> {
    if id.starts_with(GUARD_PREFIX) {
        return Err(name_fault(
            id,
            "names that begin with `guard-` belong to the guards; choose a different @id",
        ));
    }
    if RESERVED_IDS.contains(&id) {
        return Err(name_fault(id, "the program uses this name itself; choose a different @id"));
    }
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
    if id.is_empty() || id.len() > ID_BYTES_MAX || !id.chars().all(is_plain) {
        return Err(name_fault(id, "an @id is 1 to 80 letters, digits, `-`, `_` and `.`"));
    }
    Ok(())
}

pub(crate) fn name_fault(rule: &str, message: &str) -> PolicyError {
    PolicyError::Name { rule: format!("`{}`", rule.escape_debug()), message: message.to_owned() }
}

fn renamed(policy: &Policy, id: &str, says: &str) -> Read {
    Read { policy: policy.new_id(PolicyId::new(id)), rule: Rule::new(id, says) }
}
