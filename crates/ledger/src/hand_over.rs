//! A log that goes on under another key: the first checkpoint under the next key, which the key before signs, too.
//!
//! The checkpoint (C2SP tlog-checkpoint) bears the name of the log under the next key, and states that key in an extension
//! line, `next KEY`. Whoever knows the key before and sees its signature there knows the next one by it.

use crate::key::{checkpoint_in, read_note};
use crate::{Head, LedgerError, LedgerKey, Verifier};

/// The folder of an exported log with these statements, named 1, 2, 3.
pub const HANDED_OVER_PATH: &str = "handed-over";
/// Most of them in an export.
pub(crate) const HANDED_OVER_MAX: usize = 1_000;

/// What the extension line with the next key begins with.
const NEXT: &str = "next ";

/// A log that went on under another key.
#[derive(Debug, Clone)]
pub struct HandOver {
    /// The verifier key as text.
    pub vkey: String,
    /// The key from then on.
    pub next: Verifier,
    /// The head with which the log began to be signed with it.
    pub head: Head,
}

impl HandOver {
    /// States that the log of `before` goes on as the one of `next`, which has another name, from this head on.
    #[must_use]
    pub fn sign(before: &LedgerKey, next: &LedgerKey, head: Head) -> String {
        let (size, root) = (head.size, head.root.to_base64());
        let text = format!("{}\n{size}\n{root}\n{NEXT}{}\n", next.name(), next.vkey());
        format!("{text}\n{}\n{}\n", next.line(&text), before.line(&text))
    }

    /// Reads such a statement that the next key signed; whether a key before did is not looked at.
    ///
    /// # Errors
    /// As for [`Self::open`].
    pub fn stated(text: &str) -> Result<Self, LedgerError> {
        let note = read_note(text)?;
        let extensions = checkpoint_in(&note)?.extension().to_owned();
        let stated = extensions.lines().find_map(|line| line.strip_prefix(NEXT));
        let stated = stated.ok_or_else(|| LedgerError::Note("it states no next key".to_owned()))?;
        let next = Verifier::parse(stated)?;
        let head = next.open(text)?;
        Ok(Self { vkey: stated.to_owned(), next, head })
    }

    /// Opens such a statement with the key before.
    ///
    /// # Errors
    /// [`LedgerError::Note`] when it is none, or not signed with both keys; [`LedgerError::Key`] and
    /// [`LedgerError::Origin`] when the key that it states is none, or not that of the log that it names.
    pub fn open(text: &str, before: &Verifier) -> Result<Self, LedgerError> {
        let note = read_note(text)?;
        // The log may have gone on under another name with the same key meanwhile.
        let names = text.lines().filter_map(|line| line.strip_prefix("\u{2014} ")?.split(' ').next());
        let mut by = names.filter_map(|name| before.named(name).ok());
        if !by.any(|before| before.has_signed(&note).is_ok()) {
            return Err(LedgerError::Note(format!("not signed by the known key of {}", before.name())));
        }
        let stated = Self::stated(text)?;
        if stated.next.is_same_key(before) {
            return Err(LedgerError::Note("it hands over to the key that is known".to_owned()));
        }
        Ok(stated)
    }

    /// Where a chain of such statements leads from a key; those of other keys are passed over.
    #[must_use]
    pub fn follow(from: &Verifier, stated: &[String]) -> Vec<Self> {
        let (mut found, mut at): (Vec<Self>, Verifier) = (Vec::new(), from.clone());
        for _ in stated {
            let Some(next) = stated.iter().find_map(|text| Self::open(text, &at).ok()) else { break };
            if found.iter().any(|one| one.vkey == next.vkey) {
                break;
            }
            at = next.next.clone();
            found.push(next);
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leaf_hash;

    fn key(name: &str, seed: u8) -> LedgerKey {
        LedgerKey::from_seed(name, [seed; 32]).unwrap()
    }

    fn verifier(key: &LedgerKey) -> Verifier {
        Verifier::parse(&key.vkey()).unwrap()
    }

    fn head(size: u64) -> Head {
        Head { size, root: leaf_hash(b"EXERCISE") }
    }

    #[test]
    fn whoever_knows_the_key_before_knows_the_next_one_by_it() {
        let (one, two, three) = (key("exercise/1", 1), key("exercise/2", 2), key("exercise/3", 3));
        let first = HandOver::sign(&one, &two, head(5));
        let opened = HandOver::open(&first, &verifier(&one)).unwrap();
        assert_eq!((opened.vkey, opened.head), (two.vkey(), head(5)));
        assert_eq!(verifier(&two).open(&first), Ok(head(5)), "it is a checkpoint of the next key as well");
        let second = HandOver::sign(&two, &three, head(9));
        let chain = HandOver::follow(&verifier(&one), &[second.clone(), first.clone()]);
        assert_eq!(chain.iter().map(|one| one.vkey.clone()).collect::<Vec<_>>(), [two.vkey(), three.vkey()]);
        assert!(HandOver::follow(&verifier(&three), &[first, second.clone()]).is_empty());
        let renamed = key("exercise/1/7", 1);
        assert!(
            HandOver::open(&HandOver::sign(&renamed, &two, head(6)), &verifier(&one)).is_ok(),
            "one key, two names"
        );
        assert!(HandOver::open(&second, &verifier(&three)).is_err(), "who takes over hands nothing over");
    }

    #[test]
    fn a_key_that_the_one_before_did_not_sign_is_no_next_key() {
        let (one, two, stranger) = (key("exercise/1", 1), key("exercise/2", 2), key("exercise/1", 3));
        let forged = HandOver::sign(&stranger, &two, head(5));
        assert!(HandOver::open(&forged, &verifier(&one)).is_err());
        let good = HandOver::sign(&one, &two, head(5));
        let without: Vec<&str> = good.lines().filter(|line| !line.contains("\u{2014} exercise/2")).collect();
        assert!(HandOver::open(&format!("{}\n", without.join("\n")), &verifier(&one)).is_err());
        assert!(HandOver::open(&good.replace("\n5\n", "\n6\n"), &verifier(&one)).is_err());
        assert!(HandOver::open(&one.sign_checkpoint(head(5)), &verifier(&one)).is_err());
        assert!(HandOver::open("", &verifier(&one)).is_err());
    }
}
