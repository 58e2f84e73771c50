//! The ledger: verify it at home or offline, export it, print its checkpoint and proofs.

use std::fs;
use std::path::Path;

use comity_app::ledger;
use comity_app::model::proof::PROOF_BYTES_MAX;
use comity_app::model::{ModelError, PublicKey, SignedProof};
use comity_ledger::{Report, Verifier, verify_log, verify_proof_file};
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
    match (&args.log, &args.proof, &args.leaf, &args.vkey) {
        (Some(folder), _, _, Some(vkey)) => verify_export(folder, vkey),
        (None, Some(proof), Some(leaf), Some(vkey)) => verify_proof(proof, leaf, vkey),
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

fn verify_proof(proof: &Path, leaf: &Path, vkey: &str) -> Result<Answer, Failure> {
    let verifier = verifier(vkey)?;
    let text = input::read_text(proof, TEXT_BYTES_MAX)?;
    let bytes = input::read(leaf, TEXT_BYTES_MAX)?;
    let index = verify_proof_file(&text, &bytes, &verifier)
        .map_err(|error| Failure::refused(format!("the proof does not hold; {}; {error}", shown(proof))))?;
    let facts = json!({"verified": true, "leaf": index, "log": verifier.name()});
    Answer::facts(&facts, format!("verified: the leaf is number {index} of the log {}", verifier.name()))
}

/// The key as typed, or the content of the file of that name.
fn verifier(text: &str) -> Result<Verifier, Failure> {
    let path = Path::new(text);
    let text = if path.is_file() { input::read_text(path, TEXT_BYTES_MAX)? } else { text.to_owned() };
    Verifier::parse(text.trim()).map_err(|error| {
        Failure::usage(format!("no verifier key and no file that holds one; --vkey; {error}"))
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
    }
}

fn proof(app: &comity_app::App, args: &LedgerProofArgs) -> Result<Answer, Failure> {
    let number = args.leaf_number;
    let absent =
        || Failure::refused(format!("there is no leaf {number}; this node; `comity verify` counts them"));
    let proof = ledger::proof(app, number)?.ok_or_else(absent)?;
    if let Some(path) = &args.leaf {
        let path = new_file(path, "the leaf")?;
        let leaf = ledger::leaf(app, number)?.ok_or_else(absent)?;
        fs::write(&path, leaf).map_err(|error| Failure::file("the leaf cannot be written", &path, &error))?;
    }
    Ok(Answer::exact(proof))
}
