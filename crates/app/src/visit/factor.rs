//! The second factor: codes that change every half minute (TOTP, RFC 6238), which any authenticator makes, and recovery
//! codes for who lost it. A code counts once.

use aws_lc_rs::hmac;
use comity_model::Micros;
use comity_store::Tx;
use comity_store::tables::visit::{self as rows, LoginRow};
use qrcodegen::{QrCode, QrCodeEcc};
use serde::Serialize;
use subtle::ConstantTimeEq as _;

use super::machine::{self, Event};
use super::{Opened, Outcome, attempt, facts_of, here, keyed, open};
use crate::{Actor, App, AppError, journal, seal, token};

const STEP_SECONDS: i64 = 30;
/// How many codes before and after the one of now count: clocks differ.
const AROUND: i64 = 1;
const RECOVERY_CODES: usize = 10;
const RECOVERY_LETTERS: usize = 10;
/// Letters and digits that nobody takes for one another (RFC 4648 base32).
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// More of the member's name is not put into what is scanned.
const ISSUER_CHARS_MAX: usize = 40;

/// A second factor that is offered and waits for its first code.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Offered {
    /// The secret, to be typed.
    pub secret: String,
    /// The secret with its name, as authenticators take it.
    pub uri: String,
    /// The same to be scanned: rows of modules, 1 for dark.
    pub modules: Vec<Vec<u8>>,
}

/// What a person gets whose second factor is set up.
pub struct Confirmed {
    /// Recovery codes, each good once. They are not shown again.
    pub recovery: Vec<String>,
    /// The visit from now on.
    pub opened: Opened,
}

/// Offers a new second factor. The one before stays until a code of this one was given.
///
/// # Errors
/// [`AppError::Conflict`] before the password; those of the store.
pub fn offer(app: &App, cookie: &str) -> Result<Offered, AppError> {
    let secret = base32(&app.random_bytes::<20>());
    let name = app.store().write("factor.offer", |tx| {
        let (mut row, visit, _) = here(app, tx, cookie)?;
        machine::next(Some(visit.stage), Event::Confirmed, facts_of(app, &visit))
            .ok_or_else(|| AppError::Conflict("give the code of your second factor first".into()))?;
        row.offered = Some(seal::seal(app, &place("offered", &row.name), &secret)?);
        rows::keep_visit(tx, &row)?;
        Ok::<_, AppError>(row.name)
    })?;
    let issuer: String = app.member_name().chars().take(ISSUER_CHARS_MAX).collect();
    let uri = format!(
        "otpauth://totp/{issuer}:{name}?secret={secret}&issuer={issuer}",
        issuer = escaped(&issuer),
        name = escaped(&name)
    );
    let code = QrCode::encode_text(&uri, QrCodeEcc::Medium)
        .map_err(|error| AppError::Internal(format!("the secret cannot be drawn: {error}")))?;
    let line = |y| (0..code.size()).map(|x| u8::from(code.get_module(x, y))).collect();
    Ok(Offered { secret, uri: uri.clone(), modules: (0..code.size()).map(line).collect() })
}

/// Sets the offered second factor up, by its first code. The visit gets a new cookie, every other visit of the person
/// ends, and there are new recovery codes.
///
/// # Errors
/// [`AppError::Conflict`] when none was offered; those of the store.
pub fn confirm(app: &App, cookie: &str, code: &str) -> Result<Outcome<Confirmed>, AppError> {
    let recovery = fresh_codes(app);
    let fresh = token::text(&app.random_bytes::<32>());
    app.store().write("factor.confirm", |tx| {
        let (row, visit, login) = here(app, tx, cookie)?;
        let subject = attempt::subject(app, &row.name)?;
        if let Some(seconds) = attempt::waiting(app, tx, &subject)? {
            return Ok(Outcome::Wait(seconds));
        }
        let none = || AppError::Conflict("no second factor was offered to this visit".into());
        let stage =
            machine::next(Some(visit.stage), Event::Confirmed, facts_of(app, &visit)).ok_or_else(none)?;
        let offered = row.offered.as_deref().ok_or_else(none)?;
        let secret = seal::open(app, &place("offered", &row.name), offered)?;
        let Some(step) = step_of(&secret, code, app.now().0, 0)? else {
            attempt::failed(app, tx, &subject)?;
            return Ok(Outcome::Wrong);
        };
        let totp = Some(seal::seal(app, &place("totp", &row.name), &secret)?);
        rows::keep_login(tx, &LoginRow { totp, totp_step: step, ..login })?;
        rows::keep_recovery(tx, &row.name, &hashes(app, &row.name, &recovery)?)?;
        rows::drop_visits(tx, &row.name)?;
        journal::append(app, tx, vec![journal::leaf(app, "user.factor-set", &row.name)])?;
        let person = Actor { roles: visit.held.clone(), ..visit.actor.clone() };
        let opened = open(app, tx, &person, stage, &fresh)?;
        Ok(Outcome::Right(Confirmed { recovery: recovery.clone(), opened }))
    })
}

/// Gives new recovery codes; those before are good no more.
///
/// # Errors
/// [`AppError::Conflict`] when the person has no second factor; those of the store.
pub fn renew_recovery(app: &App, cookie: &str) -> Result<Vec<String>, AppError> {
    let recovery = fresh_codes(app);
    app.store().write("factor.recovery", |tx| {
        let (row, visit, _) = here(app, tx, cookie)?;
        if !visit.factor {
            return Err(AppError::Conflict(
                "recovery codes stand for a second factor: set one up first".into(),
            ));
        }
        rows::keep_recovery(tx, &row.name, &hashes(app, &row.name, &recovery)?)?;
        journal::append(app, tx, vec![journal::leaf(app, "user.recovery-renewed", &row.name)])?;
        Ok(())
    })?;
    Ok(recovery)
}

/// What an authenticator with this secret shows at an instant; none for a text that is no secret.
pub fn code_of(secret: &str, at: Micros) -> Option<String> {
    Some(code_at(&unbase32(secret)?, at.0.div_euclid(STEP_SECONDS * 1_000_000)))
}

/// Whether this is a code of the person's second factor that was not used yet, or a recovery code; it is used up then.
pub(super) fn is_right(app: &App, tx: &mut Tx<'_>, login: &LoginRow, code: &str) -> Result<bool, AppError> {
    if let Some(sealed) = &login.totp {
        let secret = seal::open(app, &place("totp", &login.name), sealed)?;
        if let Some(step) = step_of(&secret, code, app.now().0, login.totp_step)? {
            rows::keep_login(tx, &LoginRow { totp_step: step, ..login.clone() })?;
            return Ok(true);
        }
    }
    match letters(code) {
        Some(letters) => {
            let hash = keyed(app, &place("comity/recovery/1", &login.name), &letters)?;
            Ok(rows::use_recovery(tx, &login.name, &hash, app.now().0)?)
        }
        None => Ok(false),
    }
}

fn place(what: &str, name: &str) -> String {
    format!("{what} {name}")
}

/// The step whose code this is, of those around now and after the one that was used last.
fn step_of(secret: &str, code: &str, now_us: i64, used: i64) -> Result<Option<i64>, AppError> {
    let Some(code) = digits(code) else { return Ok(None) };
    let key = unbase32(secret).ok_or_else(|| AppError::Internal("a secret is no base32".into()))?;
    let now = now_us.div_euclid(STEP_SECONDS * 1_000_000);
    let mut found = None;
    for step in now - AROUND..=now + AROUND {
        let is_code: bool = code_at(&key, step).as_bytes().ct_eq(code.as_bytes()).into();
        if is_code && step > used {
            found = Some(step);
        }
    }
    Ok(found)
}

/// The six digits of a step (RFC 4226 §5.3).
fn code_at(key: &[u8], step: i64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let bytes = tag.as_ref();
    let at = usize::from(bytes.last().copied().unwrap_or_default() & 0x0f);
    let number = bytes.iter().skip(at).take(4).fold(0_u32, |number, byte| (number << 8) | u32::from(*byte));
    format!("{:06}", (number & 0x7fff_ffff) % 1_000_000)
}

/// Six digits, as people type them: with blanks, and in the digits of their script.
fn digits(code: &str) -> Option<String> {
    let plain: Option<String> = code.chars().filter(|c| !c.is_whitespace()).map(plain_digit).collect();
    plain.filter(|plain| plain.len() == 6)
}

fn plain_digit(digit: char) -> Option<char> {
    let zero = ['0', '\u{660}', '\u{6f0}']
        .into_iter()
        .find(|zero| u32::from(digit).checked_sub(u32::from(*zero)).is_some_and(|value| value < 10))?;
    char::from_digit(u32::from(digit) - u32::from(zero), 10)
}

/// The letters of a recovery code, as people type them: small or large, with blanks and dashes.
fn letters(code: &str) -> Option<String> {
    let plain: String =
        code.chars().filter(|c| !c.is_whitespace() && *c != '-').map(|c| c.to_ascii_uppercase()).collect();
    let fits = plain.len() == RECOVERY_LETTERS && plain.bytes().all(|byte| BASE32.contains(&byte));
    fits.then_some(plain)
}

fn fresh_codes(app: &App) -> Vec<String> {
    let code = |_| {
        let letters: String = base32(&app.random_bytes::<8>()).chars().take(RECOVERY_LETTERS).collect();
        let (head, tail) = letters.split_at_checked(RECOVERY_LETTERS / 2).unwrap_or((&letters, ""));
        format!("{head}-{tail}")
    };
    (0..RECOVERY_CODES).map(code).collect()
}

fn hashes(app: &App, name: &str, codes: &[String]) -> Result<Vec<[u8; 32]>, AppError> {
    let usage = place("comity/recovery/1", name);
    codes.iter().filter_map(|code| letters(code)).map(|letters| keyed(app, &usage, &letters)).collect()
}

fn base32(bytes: &[u8]) -> String {
    let bit = |at: usize| bytes.get(at / 8).is_some_and(|byte| byte >> (7 - at % 8) & 1 == 1);
    let value =
        |at: usize| (0..5).fold(0_usize, |value, place| value << 1 | usize::from(bit(at * 5 + place)));
    let count = (bytes.len() * 8).div_ceil(5);
    (0..count).filter_map(|at| BASE32.get(value(at)).copied()).map(char::from).collect()
}

fn unbase32(text: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut held, mut bits) = (Vec::new(), 0_u32, 0);
    for letter in text.bytes() {
        let value = u32::try_from(BASE32.iter().position(|known| *known == letter)?).ok()?;
        (held, bits) = (held << 5 | value, bits + 5);
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(held >> bits & 0xff).ok()?);
        }
    }
    Some(bytes)
}

/// A text as it stands in an address.
fn escaped(text: &str) -> String {
    let mut made = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            made.push(char::from(byte));
        } else {
            made.push_str(&format!("%{byte:02X}"));
        }
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_are_those_of_the_standard() {
        // RFC 6238, appendix B, the last six of its eight digits.
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_234_567_890, "005924"),
            (20_000_000_000_i64, "353130"),
        ] {
            assert_eq!(code_at(b"12345678901234567890", seconds / 30), code);
        }
    }

    #[test]
    fn a_code_counts_a_step_early_or_late_and_never_again() {
        let secret = base32(b"12345678901234567890");
        let now_us = 59_000_000;
        assert_eq!(step_of(&secret, "287082", now_us, 0).unwrap(), Some(1));
        assert_eq!(step_of(&secret, "287082", now_us + 30_000_000, 0).unwrap(), Some(1));
        assert_eq!(step_of(&secret, "287082", now_us - 30_000_000, 0).unwrap(), Some(1));
        assert_eq!(step_of(&secret, "287082", now_us + 60_000_000, 0).unwrap(), None);
        assert_eq!(step_of(&secret, "287082", now_us, 1).unwrap(), None);
        assert_eq!(step_of(&secret, "287082", now_us, 2).unwrap(), None);
    }

    #[test]
    fn codes_are_taken_as_people_type_them() {
        assert_eq!(digits(" 287 082 ").as_deref(), Some("287082"));
        assert_eq!(digits("\u{662}\u{668}\u{667}\u{660}\u{668}\u{662}").as_deref(), Some("287082"));
        for no_code in ["28708", "2870820", "-28708", "28708a", "", "\u{0}", "２８７０８２"] {
            assert_eq!(digits(no_code), None, "{no_code}");
        }
        assert_eq!(letters("abcde-fgh23").as_deref(), Some("ABCDEFGH23"));
        assert_eq!(letters("abcde-fgh01"), None);
    }

    #[test]
    fn base32_comes_back() {
        for bytes in [&b"12345678901234567890"[..], b"", b"f", b"foobar"] {
            assert_eq!(unbase32(&base32(bytes)).unwrap(), bytes);
        }
        assert_eq!(base32(b"foobar"), "MZXW6YTBOI");
    }
}
