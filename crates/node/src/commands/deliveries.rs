//! `comity deliveries`: what left for whom and what came of it; and the check of signed receipts, which needs no home.

use std::fs;
use std::path::Path;

use comity_app::delivery::{self, DeliveryView, Without};
use comity_app::model::{ModelError, PublicKey, Receipt, SignedMessage};
use serde_json::{Value, json};

use super::{Session, new_file, shown};
use crate::cli::record::DeliveriesArgs;
use crate::failure::Failure;
use crate::input;
use crate::output::{Answer, pairs, table};

/// Largest file of receipts that is read, in bytes.
const RECEIPTS_BYTES_MAX: usize = 64 << 20;

/// Lists deliveries.
///
/// # Errors
/// Those of the use case; exit code 1 when the file of the proof is there already.
pub fn run(session: &Session, args: &DeliveriesArgs) -> Result<Answer, Failure> {
    let app = session.open_to_read()?;
    let (views, without): (Vec<DeliveryView>, Vec<Without>) = match (&args.record, &args.member) {
        (Some(record), _) => (delivery::of_record(&app, record)?, delivery::without(&app, record)?),
        (None, Some(member)) => (delivery::of_member(&app, member)?, Vec::new()),
        (None, None) => {
            return Err(Failure::usage("no record is named; command line; name one, or --member M"));
        }
    };
    let mut text = String::new();
    if let Some(path) = &args.proof {
        let receipts = delivery::receipts(&app, &views)?;
        let path = new_file(path, "the file")?;
        fs::write(&path, format!("{:#}\n", json!(receipts)))
            .map_err(|error| Failure::file("the receipts cannot be written", &path, &error))?;
        text = format!("\nwrote {} signed receipts to {}", receipts.len(), shown(&path));
    }
    let facts: Vec<Value> =
        views.iter().map(|view| json!(view)).chain(without.iter().map(|one| json!(one))).collect();
    if facts.is_empty() {
        return Answer::facts(&facts, format!("nothing left{text}"));
    }
    let rows: Vec<[String; 9]> = views.iter().map(left).chain(without.iter().map(open)).collect();
    let headings = ["MEMBER", "STATE", "FORM", "FIRST AT", "TIMES", "LEAF", "RECORD", "NAME", "WHY"];
    Answer::facts(&facts, format!("{}{}", table(headings, &rows), text.trim_start()))
}

fn left(view: &DeliveryView) -> [String; 9] {
    let why = if view.why.is_empty() { "-" } else { &view.why };
    [
        view.member.clone(),
        view.state.words().to_owned(),
        view.view.to_owned(),
        view.first_at.clone(),
        view.count.to_string(),
        view.leaf.to_string(),
        format!("{}@{}", view.id, view.version),
        view.name.clone(),
        why.to_owned(),
    ]
}

fn open(one: &Without) -> [String; 9] {
    let none = || "-".to_owned();
    [
        one.member.clone(),
        one.state.words().to_owned(),
        none(),
        none(),
        none(),
        none(),
        format!("{}@{}", one.id, one.version),
        one.name.clone(),
        one.why.clone(),
    ]
}

/// `comity verify --receipt`; the answer is no when one of the receipts is not signed with one of the keys.
///
/// # Errors
/// Exit code 1 when a receipt does not verify, 2 for a key that is none.
pub fn verify(file: &Path, keys: &[String]) -> Result<Answer, Failure> {
    let keys: Vec<PublicKey> = keys
        .iter()
        .map(|key| key.parse().map_err(|error: ModelError| Failure::usage(error.to_string())))
        .collect::<Result<_, _>>()?;
    let text = input::read_text(file, RECEIPTS_BYTES_MAX)?;
    let refused =
        |why: String| Failure::refused(format!("the receipts do not verify; {}; {why}", shown(file)));
    let read: Vec<SignedMessage> = serde_json::from_str(&text).map_err(|error| refused(error.to_string()))?;
    if read.is_empty() {
        return Err(refused("there is none in the file".into()));
    }
    let mut facts = Vec::new();
    let mut lines = vec![("verdict", "verified".to_owned())];
    for signed in read {
        let checked = |signed: SignedMessage| -> Result<(SignedMessage, Receipt), ModelError> {
            let signed = signed.checked()?;
            signed.verify(&keys)?;
            let receipt = signed.read::<Receipt>()?.checked()?;
            Ok((signed, receipt))
        };
        let (signed, receipt) = checked(signed).map_err(|error| refused(error.to_string()))?;
        let message = &signed.message;
        let (got, not) = (receipt.got().len(), receipt.refused().len());
        lines.push(("signed by", format!("{} at {}: got {got}, refused {not}", message.from, message.at)));
        facts.push(json!({"from": message.from, "to": message.to, "at": message.at, "receipt": receipt}));
    }
    Answer::facts(&json!({"verified": true, "receipts": facts}), pairs(&lines))
}
