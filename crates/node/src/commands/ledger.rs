//! The ledger: verify it at home or offline, export it, print its checkpoint and proofs.

use std::fs;
use std::path::Path;

use comity_app::ledger;
use comity_app::model::proof::PROOF_BYTES_MAX;
use comity_app::model::{Micros, ModelError, PublicKey, SignedProof};
use comity_app::witness::{Fork, Shown};
use comity_ledger::{
    Cosigner, LedgerError, Report, Trust, Verifier, parse_path, verify_consistency, verify_log,
    verify_witnessed,
};
use serde_json::json;

use super::{Session, deliveries, new_file, shown};
use crate::cli::ledger::{LedgerCommand, LedgerProofArgs, VerifyArgs};
use crate::failure::Failure;
use crate::input;
use crate::output::{Answer, pairs, table};

/// Largest file of an exported log, in bytes: a full bundle of the largest entries.
const FILE_BYTES_MAX: u64 = 17 << 20;
/// Largest proof, leaf or verifier key, in bytes.
const TEXT_BYTES_MAX: usize = 1 << 20;
/// File beside an exported log that holds the verifier key.
const VKEY_FILE: &str = "vkey";

/// `comity verify`; the answer is no when something does not fit.
///
/// # Errors
/// Exit code 1 when a log or proof does not hold, 3 when it cannot be read.
pub fn verify(session: &Session, args: &VerifyArgs) -> Result<Answer, Failure> {
    match (&args.policy_proof, &args.receipt, args.key.as_slice()) {
        (Some(file), _, [key]) => return verify_policy_proof(file, key),
        (None, Some(file), keys) => return deliveries::verify(file, keys),
        (None, None, []) => {}
        _ => {
            let why = "one key verifies --policy-proof FILE, one or more --receipt FILE; command line; name file and key";
            return Err(Failure::usage(why));
        }
    }
    if let (Some([old, new]), Some(path), Some(vkey)) = (args.consistency.as_deref(), &args.path, &args.vkey)
    {
        return verify_extends([old, new], path, vkey);
    }
    if let (Some(file), Some(vkey)) = (&args.fork, &args.vkey) {
        return verify_fork(file, vkey);
    }
    match (&args.log, &args.proof, &args.leaf, &args.vkey) {
        (Some(folder), _, _, Some(vkey)) => verify_export(folder, vkey),
        (None, Some(proof), Some(leaf), Some(vkey)) => verify_proof(args, [proof, leaf], vkey),
        (None, None, None, None) => verify_home(session),
        _ => Err(Failure::usage(
            "a verifier key alone verifies nothing; command line; add --log DIR, or --proof FILE and --leaf FILE",
        )),
    }
}

fn verify_policy_proof(file: &Path, key: &str) -> Result<Answer, Failure> {
    let text = input::read_text(file, PROOF_BYTES_MAX)?;
    let refused =
        |error: ModelError| Failure::refused(format!("the proof does not verify; {}; {error}", shown(file)));
    let signed = SignedProof::from_json(text.trim_end()).map_err(refused)?;
    let key: PublicKey = key.parse().map_err(|error: ModelError| Failure::usage(error.to_string()))?;
    signed.verify(&key).map_err(refused)?;
    let proof = &signed.proof;
    let text = pairs(&[
        ("verdict", "verified".to_owned()),
        ("signed by", signed.signer.to_string()),
        ("at", proof.at.to_string()),
        ("proved by", proof.solver.clone()),
        ("policies", proof.policies.to_string()),
        ("guards", proof.guards.to_string()),
        ("invariants", proof.invariants.len().to_string()),
    ]);
    Answer::facts(&signed, text)
}

fn verify_home(session: &Session) -> Result<Answer, Failure> {
    let app = session.open_to_verify()?;
    let verified = ledger::verify(&app)?;
    let verdict = if verified.faults.is_empty() { "verified" } else { "NOT verified" };
    let mut text = pairs(&[
        ("verdict", verdict.to_owned()),
        ("leaves", verified.leaves.to_string()),
        ("root", verified.root.clone()),
        ("records", verified.records.to_string()),
        ("ledger key", app.ledger_vkey().to_owned()),
    ]);
    text.push_str(&kinds(verified.kinds.iter().map(|(kind, count)| (kind.as_str(), *count))));
    for fault in &verified.faults {
        text.push_str(&format!("fault: {fault}\n"));
    }
    let refused = !verified.faults.is_empty();
    Ok(Answer::facts(&verified, text)?.refused_if(refused))
}

fn verify_export(folder: &Path, vkey: &str) -> Result<Answer, Failure> {
    let verifier = verifier(vkey)?;
    if !folder.is_dir() {
        let missing = std::io::ErrorKind::NotFound.into();
        return Err(Failure::file("the log cannot be read", folder, &missing));
    }
    let read = |path: &str| {
        let path = folder.join(path);
        let length = fs::metadata(&path).ok()?.len();
        if length > FILE_BYTES_MAX { None } else { fs::read(path).ok() }
    };
    let report: Report = verify_log(&read, &verifier)
        .map_err(|error| Failure::refused(format!("the log does not verify; {}; {error}", shown(folder))))?;
    let or_none = |time: &Option<String>| time.clone().unwrap_or_else(|| "-".to_owned());
    let mut text = pairs(&[
        ("verdict", "verified".to_owned()),
        ("log", verifier.name().to_owned()),
        ("leaves", report.entries.to_string()),
        ("root", report.head.root.to_string()),
        ("first at", or_none(&report.first_at)),
        ("last at", or_none(&report.last_at)),
    ]);
    text.push_str(&kinds(report.kinds.iter().map(|(kind, count)| (kind.as_str(), *count))));
    Answer::facts(&report, text)
}

fn kinds<'a>(kinds: impl Iterator<Item = (&'a str, u64)>) -> String {
    let rows: Vec<[String; 2]> = kinds.map(|(kind, count)| [kind.to_owned(), count.to_string()]).collect();
    if rows.is_empty() { String::new() } else { table(["KIND OF LEAF", "COUNT"], &rows) }
}

fn verify_proof(args: &VerifyArgs, [proof, leaf]: [&Path; 2], vkey: &str) -> Result<Answer, Failure> {
    let log = verifier(vkey)?;
    let text = input::read_text(proof, TEXT_BYTES_MAX)?;
    let bytes = input::read(leaf, TEXT_BYTES_MAX)?;
    let witnesses: Vec<Cosigner> =
        args.witness.iter().map(|key| key_of(key, "--witness", Cosigner::parse)).collect::<Result<_, _>>()?;
    let name = log.name().to_owned();
    let need = args.need.unwrap_or(witnesses.len());
    let found = verify_witnessed(&text, &bytes, &Trust { log, witnesses, need })
        .map_err(|error| Failure::refused(format!("the proof does not hold; {}; {error}", shown(proof))))?;
    let by: Vec<_> = found.by.iter().map(|(name, at)| json!({"witness": name, "at": time(*at)})).collect();
    let facts = json!({"verified": true, "leaf": found.index, "log": name, "witnessed": by});
    let mut text = format!("verified: the leaf is number {} of the log {name}", found.index);
    for (witness, at) in &found.by {
        text.push_str(&format!("\nwitnessed by {witness} at {}", time(*at)));
    }
    Answer::facts(&facts, text)
}

/// Seconds since 1970 as a time.
fn time(seconds: u64) -> String {
    Micros(i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1_000_000)).to_string()
}

fn verify_fork(file: &Path, vkey: &str) -> Result<Answer, Failure> {
    let verifier = verifier(vkey)?;
    let refused = |error: String| Failure::refused(format!("it shows nothing; {}; {error}", shown(file)));
    let fork: Fork = serde_json::from_str(&input::read_text(file, TEXT_BYTES_MAX)?)
        .map_err(|error| refused(error.to_string()))?;
    let shows = fork.verify(&verifier).map_err(|error| refused(error.to_string()))?;
    let name = verifier.name();
    let text = match shows {
        Shown::TwoHistories => format!(
            "the log lied: {name} signed two different histories of one size, and no proof joins them"
        ),
        Shown::OweProof => format!(
            "not shown yet: {name} signed both, of different sizes; ask it for the proof between the two \
             (`comity ledger consistency`) and check that with `comity verify --consistency`"
        ),
        Shown::Nothing => "nothing: it is one checkpoint twice".to_owned(),
    };
    let facts = json!({"shows": shows, "log": name, "fork": fork});
    Ok(Answer::facts(&facts, text)?.refused_if(shows != Shown::TwoHistories))
}

fn verify_extends(checkpoints: [&Path; 2], path: &Path, vkey: &str) -> Result<Answer, Failure> {
    let verifier = verifier(vkey)?;
    let refused = |file: &Path, error: LedgerError| {
        Failure::refused(format!("it does not hold; {}; {error}", shown(file)))
    };
    let open = |file: &Path| {
        let note = input::read_text(file, TEXT_BYTES_MAX)?;
        verifier.open(&note).map_err(|error| refused(file, error))
    };
    let [old, new] = [open(checkpoints[0])?, open(checkpoints[1])?];
    let hashes =
        parse_path(&input::read_text(path, TEXT_BYTES_MAX)?).map_err(|error| refused(path, error))?;
    verify_consistency(old, new, &hashes).map_err(|error| refused(path, error))?;
    let facts = json!({"verified": true, "log": verifier.name(), "old": old, "new": new});
    let text = format!(
        "verified: the log {} with {} leaves begins with the {} leaves it had before",
        verifier.name(),
        new.size,
        old.size
    );
    Answer::facts(&facts, text)
}

/// The key as typed, or the content of the file of that name.
fn verifier(text: &str) -> Result<Verifier, Failure> {
    key_of(text, "--vkey", Verifier::parse)
}

fn key_of<K>(text: &str, option: &str, parse: impl Fn(&str) -> Result<K, LedgerError>) -> Result<K, Failure> {
    let path = Path::new(text);
    let text = if path.is_file() { input::read_text(path, TEXT_BYTES_MAX)? } else { text.to_owned() };
    parse(text.trim()).map_err(|error| {
        Failure::usage(format!("no verifier key and no file that holds one; {option}; {error}"))
    })
}

/// `comity ledger`.
///
/// # Errors
/// Those of the use case; exit code 1 for a leaf that is not there.
pub fn run(session: &Session, command: &LedgerCommand) -> Result<Answer, Failure> {
    let app = session.open()?;
    match command {
        LedgerCommand::Export(args) => {
            let files = ledger::export(&app, &args.folder)?;
            let path = args.folder.join(VKEY_FILE);
            fs::write(&path, format!("{}\n", app.ledger_vkey()))
                .map_err(|error| Failure::file("the verifier key cannot be written", &path, &error))?;
            let folder = shown(&args.folder);
            let text = format!(
                "wrote {files} files to {folder}\nanybody verifies it with: comity verify --log {folder} --vkey {}",
                shown(&path)
            );
            Answer::facts(&json!({"folder": folder, "files": files, "vkey": app.ledger_vkey()}), text)
        }
        LedgerCommand::Checkpoint => {
            let note = ledger::checkpoint(&app)?.ok_or_else(|| {
                Failure::refused("the ledger is empty; this node; it has no checkpoint yet")
            })?;
            Ok(Answer::exact(note))
        }
        LedgerCommand::Proof(args) => proof(&app, args),
        LedgerCommand::Consistency(args) => {
            let (old, new) = (args.old, args.new);
            let path = ledger::consistency(&app, old, new)?.ok_or_else(|| {
                let why = "sizes go from 0 to that of `comity ledger checkpoint`, the older first";
                Failure::refused(format!("no log of {new} leaves begins with one of {old}; this node; {why}"))
            })?;
            Ok(Answer::exact(path))
        }
    }
}

fn proof(app: &comity_app::App, args: &LedgerProofArgs) -> Result<Answer, Failure> {
    let number = args.leaf_number;
    let absent =
        || Failure::refused(format!("there is no leaf {number}; this node; `comity verify` counts them"));
    let proof = if args.witnessed {
        let unsigned = "no other member signed a checkpoint that holds it; this node; `comity witness list`";
        ledger::witnessed_proof(app, number)?.ok_or_else(|| Failure::refused(unsigned.to_owned()))?
    } else {
        ledger::proof(app, number)?.ok_or_else(absent)?
    };
    if let Some(path) = &args.leaf {
        let path = new_file(path, "the leaf")?;
        let leaf = ledger::leaf(app, number)?.ok_or_else(absent)?;
        fs::write(&path, leaf).map_err(|error| Failure::file("the leaf cannot be written", &path, &error))?;
    }
    Ok(Answer::exact(proof))
}
