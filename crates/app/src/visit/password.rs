//! Passwords: what is taken as one, and how it is kept. A copy of the database alone is no ground for guessing, since the
//! hash takes the node's secret, which lies elsewhere.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use argon2::{Algorithm, Argon2, Params, Version};
use comity_store::tables::visit::LoginRow;
use subtle::ConstantTimeEq as _;
use unicode_normalization::UnicodeNormalization as _;

use super::keyed;
use crate::limits::VisitLimits;
use crate::{App, AppError};

/// Words that guessers try first, one a line, in small letters.
const GUESSED_FIRST: &str = include_str!("guessed.txt");
/// Fewer different characters than this are guessed by counting.
const DIFFERENT_MIN: usize = 5;

/// The one place at which passwords are hashed, so that many at once take no more memory than one.
#[derive(Debug, Default)]
pub(crate) struct Hashing {
    waiting: AtomicUsize,
    turn: Mutex<()>,
}

/// A place in the queue, and then at its head.
pub(crate) struct Turn<'a> {
    waiting: &'a AtomicUsize,
    _turn: Option<MutexGuard<'a, ()>>,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.waiting.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Hashing {
    /// Waits for its turn.
    ///
    /// # Errors
    /// [`AppError::Busy`] when too many wait already.
    pub(crate) fn turn(&self) -> Result<Turn<'_>, AppError> {
        let before = self.waiting.fetch_add(1, Ordering::AcqRel);
        let mut place = Turn { waiting: &self.waiting, _turn: None };
        if before > VisitLimits::HASHING_MAX {
            return Err(AppError::Busy("too many people sign in at once".into()));
        }
        place._turn = Some(self.turn.lock().unwrap_or_else(PoisonError::into_inner));
        Ok(place)
    }
}

/// Refuses what is no good password for this user.
///
/// # Errors
/// [`AppError::Invalid`] saying what to do.
pub fn check(name: &str, password: &str) -> Result<(), AppError> {
    let refuse = |reason: &str| Err(AppError::invalid("password", reason));
    let plain: String = password.nfc().collect();
    if plain.chars().count() < VisitLimits::PASSWORD_CHARS_MIN {
        return refuse("12 characters or more: a few words in a row are easy to keep in mind");
    }
    if plain.len() > VisitLimits::PASSWORD_BYTES_MAX {
        return refuse("at most 1,024 bytes");
    }
    let lower = plain.to_lowercase();
    let different: HashSet<char> = lower.chars().collect();
    if different.len() < DIFFERENT_MIN || is_counting(&lower) || is_guessed(&lower, name) {
        return refuse("this is among what guessers try first: take words that nobody connects with you");
    }
    Ok(())
}

/// Whether each character follows the one before, as in `abcdefghijkl` or `987654321098`.
fn is_counting(text: &str) -> bool {
    let codes: Vec<u32> = text.chars().map(u32::from).collect();
    let by: Vec<i64> = codes
        .iter()
        .zip(codes.iter().skip(1))
        .map(|(one, next)| i64::from(*next) - i64::from(*one))
        .collect();
    // After 9 comes 0.
    [1, -1].iter().any(|step| by.iter().all(|by| by == step || *by == -9 * step))
}

/// Whether every letter of a text belongs to a word that guessers try first, or to the user's own name, also where a sign
/// stands for a letter.
fn is_guessed(text: &str, name: &str) -> bool {
    let written: Vec<char> = text.chars().collect();
    let meant: Vec<char> = text.chars().map(unmasked).collect();
    let name = name.to_lowercase();
    let words = GUESSED_FIRST.lines().map(str::trim).chain([name.as_str()]);
    let mut is_known = vec![false; written.len()];
    for word in words.map(|word| word.chars().collect::<Vec<char>>()).filter(|word| word.len() > 1) {
        for letters in [&written, &meant] {
            for (at, _) in letters.windows(word.len()).enumerate().filter(|(_, found)| *found == word) {
                is_known.iter_mut().skip(at).take(word.len()).for_each(|known| *known = true);
            }
        }
    }
    written.iter().zip(is_known).all(|(letter, known)| known || !letter.is_alphabetic())
}

/// The letter that a sign is often written for.
fn unmasked(sign: char) -> char {
    match sign {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    }
}

/// How a user with this password proves who it is, without a second factor.
pub(super) fn made(app: &App, name: &str, password: &str) -> Result<LoginRow, AppError> {
    check(name, password)?;
    let _turn = app.inner().hashing.turn()?;
    let salt = app.random_bytes::<16>().to_vec();
    let cost = cost_now(app);
    Ok(LoginRow {
        name: name.to_owned(),
        password: derive(app, password, &salt, cost)?.to_vec(),
        salt,
        cost: cost_text(cost),
        totp: None,
        totp_step: 0,
        set_us: app.now().0,
    })
}

/// Whether this is the password; for a user that does not exist, no, after the same work. The caller has its turn.
pub(super) fn fits(app: &App, login: Option<&LoginRow>, password: &str) -> Result<bool, AppError> {
    if password.len() > VisitLimits::PASSWORD_BYTES_MAX * 4 {
        return Ok(false);
    }
    let Some(login) = login else {
        derive(app, password, &[0; 16], cost_now(app))?;
        return Ok(false);
    };
    let found = derive(app, password, &login.salt, cost_of(&login.cost)?)?;
    Ok(found.ct_eq(login.password.as_slice()).into())
}

/// The same login with its password hashed at the cost of today, when it was hashed at another. The caller has its turn.
pub(super) fn stronger(app: &App, login: &LoginRow, password: &str) -> Result<Option<LoginRow>, AppError> {
    let cost = cost_now(app);
    if login.cost == cost_text(cost) {
        return Ok(None);
    }
    let salt = app.random_bytes::<16>().to_vec();
    let password = derive(app, password, &salt, cost)?.to_vec();
    Ok(Some(LoginRow { password, salt, cost: cost_text(cost), ..login.clone() }))
}

/// Memory in KiB and passes.
type Cost = (u32, u32);

fn cost_now(app: &App) -> Cost {
    (app.limits().visit.memory_kib, app.limits().visit.passes)
}

fn cost_text((memory, passes): Cost) -> String {
    format!("{memory},{passes},1")
}

fn cost_of(text: &str) -> Result<Cost, AppError> {
    let fault = || AppError::Environment(format!("`{text}` is no cost of a password"));
    let mut parts = text.split(',').map(str::parse);
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(Ok(memory)), Some(Ok(passes)), Some(Ok(1_u32)), None) => Ok((memory, passes)),
        _ => Err(fault()),
    }
}

fn derive(app: &App, password: &str, salt: &[u8], (memory, passes): Cost) -> Result<[u8; 32], AppError> {
    let fault = |error: argon2::Error| AppError::Internal(format!("a password could not be hashed: {error}"));
    let pepper = keyed(app, "comity/password/1", "")?;
    let params = Params::new(memory, passes, 1, Some(32)).map_err(fault)?;
    let hasher =
        Argon2::new_with_secret(&pepper, Algorithm::Argon2id, Version::V0x13, params).map_err(fault)?;
    let plain: String = password.nfc().collect();
    let mut made = [0; 32];
    hasher.hash_password_into(plain.as_bytes(), salt, &mut made).map_err(fault)?;
    Ok(made)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_guessers_try_first_is_no_password() {
        for guessed in [
            "short",
            "eleven char",
            "aaaaaaaaaaaaaaaa",
            "abcdefghijklm",
            "123456789012",
            "210987654321",
            "password1234",
            "P@ssw0rd!2026",
            "Password-Password",
            "qwertyuiop123",
            "administrator1",
            "lena-lena-lena-1",
            "welcome-lena-2026",
            "пароль123456",
        ] {
            assert!(check("lena", guessed).is_err(), "{guessed}");
        }
        assert!(check("lena", &"ab cd ef gh ".repeat(100)).is_err());
    }

    #[test]
    fn a_few_words_in_any_script_are_a_password() {
        for good in [
            "seven kites over Osh",
            "صباح الخير يا جبل",
            "тихая река ночью",
            "helena1234bridge",
            "oak-tin-rope-9",
        ] {
            check("lena", good).unwrap();
        }
    }

    #[test]
    fn more_than_a_few_at_once_are_sent_away_and_their_places_come_back() {
        let hashing = Hashing::default();
        hashing.waiting.store(VisitLimits::HASHING_MAX + 1, Ordering::Release);
        assert!(matches!(hashing.turn(), Err(AppError::Busy(_))));
        assert_eq!(hashing.waiting.load(Ordering::Acquire), VisitLimits::HASHING_MAX + 1);
        hashing.waiting.store(VisitLimits::HASHING_MAX, Ordering::Release);
        drop(hashing.turn().unwrap());
        assert_eq!(hashing.waiting.load(Ordering::Acquire), VisitLimits::HASHING_MAX);
    }
}
