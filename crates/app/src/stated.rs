//! From what a person types to what a handling states.

use std::collections::BTreeSet;

use comity_model::handling::is_state;
use comity_model::{Category, Flag, HandlingCode, MemberId, Micros, Pap, Stated};

use crate::compose::statement::StatementText;
use crate::force::{InForce, find_member, in_force};
use crate::{App, AppError, group};

/// Resolves what is stated about release against the agreement in force.
///
/// # Errors
/// [`AppError::Invalid`] or [`AppError::NotFound`] naming the word that is not known.
pub fn resolve(app: &App, text: &StatementText) -> Result<Stated, AppError> {
    let force = app.store().read("stated.resolve", |tx| in_force(app, tx))?;
    let mut stated = Stated::default();
    if let Some(name) = &text.preset {
        let preset =
            force.agreement.presets.get(name).ok_or_else(|| {
                AppError::invalid("--preset", format!("the agreement has no preset `{name}`"))
            })?;
        stated.tlp = preset.tlp;
        stated.groups.clone_from(&preset.groups);
        stated.purposes.clone_from(&preset.purposes);
        stated.onward = preset.onward;
        stated.code = preset.code;
        stated.pap = preset.pap;
        stated.flags.clone_from(&preset.flags);
        stated.iep.clone_from(&preset.iep);
    }
    if let Some(level) = &text.tlp {
        stated.tlp = Some(tlp(level)?);
    }
    if let Some(code) = &text.code {
        stated.code = Some(word::<HandlingCode>("--code", code)?);
    }
    if let Some(pap) = &text.pap {
        stated.pap = Some(word::<Pap>("--pap", pap)?);
    }
    stated.category =
        text.category.as_deref().map(|category| word::<Category>("--category", category)).transpose()?;
    stated.to = members(&force, &text.to)?;
    stated.exclude = members(&force, &text.exclude)?;
    stated.delegates = members(&force, &text.delegates)?;
    stated.groups.extend(defined(&force.agreement.groups, &text.groups, "--group")?);
    let purposes = if text.purposes.is_empty() { text.purpose.as_slice() } else { &text.purposes };
    stated.purposes.extend(defined(&force.agreement.purposes, purposes, "--purpose")?);
    stated.embargo_until = time("--embargo", text.embargo_until.as_deref())?;
    stated.end_at = time("--until", text.end_at.as_deref())?;
    stated.onward |= text.onward;
    stated.personal = text.personal;
    stated.flags.extend(flags(&text.flags)?);
    if let Some(iep) = &text.iep {
        stated.iep = Some(iep.clone().checked()?);
    }
    stated.inner.extend(text.inner.iter().cloned());
    if !stated.inner.is_empty() {
        if app.viewer().member != *app.member() {
            return Err(AppError::invalid("--inner", "readers' groups are those of this node's own member"));
        }
        app.store().read("stated.groups", |tx| group::require(tx, &stated.inner))?;
    }
    stated.refugee_from = states(&text.refugee_from)?;
    Ok(stated)
}

/// Reads a TLP level.
pub(crate) fn tlp(level: &str) -> Result<comity_model::stix::Tlp, AppError> {
    let plain = level.trim().to_ascii_lowercase();
    let plain = plain.strip_prefix("tlp:").unwrap_or(&plain);
    plain.parse().map_err(|_| {
        AppError::invalid(
            "--tlp",
            format!("`{level}` is no level: use clear, green, amber, amber+strict or red"),
        )
    })
}

/// Reads one word of a closed vocabulary.
pub(crate) fn word<T: serde::de::DeserializeOwned>(place: &str, text: &str) -> Result<T, AppError> {
    serde_json::from_value(serde_json::Value::String(text.to_owned()))
        .map_err(|error| AppError::invalid(place, error.to_string()))
}

/// Reads flags.
pub(crate) fn flags(words: &[String]) -> Result<BTreeSet<Flag>, AppError> {
    words.iter().map(|flag| word::<Flag>("--flag", flag)).collect()
}

/// Reads codes of states.
pub(crate) fn states(codes: &[String]) -> Result<BTreeSet<String>, AppError> {
    let read = |code: &String| {
        let upper = code.trim().to_ascii_uppercase();
        let why = format!("`{code}` is no state: use two letters of ISO 3166-1");
        if is_state(&upper) { Ok(upper) } else { Err(AppError::invalid("--refugee-from", why)) }
    };
    codes.iter().map(read).collect()
}

pub(crate) fn time(place: &str, text: Option<&str>) -> Result<Option<Micros>, AppError> {
    text.map(|text| {
        text.parse().map_err(|error: comity_model::ModelError| AppError::invalid(place, error.to_string()))
    })
    .transpose()
}

pub(crate) fn members(force: &InForce, names: &[String]) -> Result<BTreeSet<MemberId>, AppError> {
    names.iter().map(|name| find_member(force, name)).collect()
}

pub(crate) fn defined<T>(
    known: &std::collections::BTreeMap<String, T>,
    names: &[String],
    place: &str,
) -> Result<BTreeSet<String>, AppError> {
    names
        .iter()
        .map(|name| {
            if known.contains_key(name) {
                Ok(name.clone())
            } else {
                Err(AppError::invalid(place, format!("`{name}` is not defined in the agreement")))
            }
        })
        .collect()
}
