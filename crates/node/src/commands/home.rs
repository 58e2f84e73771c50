//! The home itself: make it, rebuild what is derived, back it up, restore it.

use std::sync::Arc;

use comity_app::home::Setup;
use comity_app::{App, SystemClock, SystemRandom, backup, catchup, reindex};
use serde_json::json;

use super::{Session, new_file, shown};
use crate::cli::setup::{BackupArgs, CatchUpArgs, InitArgs, RestoreArgs};
use crate::failure::Failure;
use crate::output::{Answer, pairs};

/// `comity init`.
///
/// # Errors
/// Those of the use case.
pub fn init(args: &InitArgs) -> Result<Answer, Failure> {
    let setup =
        Setup { member_name: &args.member, store_url: args.store.as_deref(), exercise: args.exercise };
    let app = comity_app::home::init(&args.folder, &setup, Arc::new(SystemClock), Arc::new(SystemRandom))?;
    let text = format!(
        "{}next: comity collection add TITLE --home {}",
        pairs(&described(&app)),
        shown(&args.folder)
    );
    let facts = json!({
        "home": shown(&args.folder),
        "member": app.member_name(),
        "id": app.member().as_str(),
        "ledger_vkey": app.ledger_vkey(),
    });
    Answer::facts(&facts, text)
}

fn described(app: &App) -> [(&'static str, String); 4] {
    [
        ("home", shown(app.home())),
        ("member", app.member_name().to_owned()),
        ("id", app.member().to_string()),
        ("ledger key", app.ledger_vkey().to_owned()),
    ]
}

/// `comity reindex`.
///
/// # Errors
/// Those of the use case.
pub fn reindex(session: &Session) -> Result<Answer, Failure> {
    let (app, actor) = session.open_as_user()?;
    let done = reindex::run(&app, &actor)?;
    Answer::facts(
        &done,
        format!("read {} records again, dropped {} derived rows", done.records, done.dropped),
    )
}

/// `comity backup`.
///
/// # Errors
/// Those of the use case; exit code 1 when the file exists.
pub fn backup(session: &Session, args: &BackupArgs) -> Result<Answer, Failure> {
    let file = new_file(&args.file, "the backup")?;
    let (app, actor) = session.open_as_user()?;
    let view = backup::write(&app, &actor, &file)?;
    let text = format!(
        "wrote {}: {} rows, {} ledger leaves, as of {}\nthe keys are not in it: keep a copy of {} apart",
        shown(&file),
        view.rows,
        view.leaves,
        view.taken_at,
        shown(&app.home().join("keys"))
    );
    Answer::facts(&view, text)
}

/// `comity restore`.
///
/// # Errors
/// Those of the use case.
pub fn restore(session: &Session, args: &RestoreArgs) -> Result<Answer, Failure> {
    let home = session.home()?;
    let restored = backup::restore(
        &args.file,
        home,
        args.store.as_deref(),
        args.keys.as_deref(),
        Arc::new(SystemClock),
        Arc::new(SystemRandom),
    )?;
    let lacks: Vec<String> = restored.lacks.iter().map(|one| format!("- {one}")).collect();
    let text = format!(
        "restored {} into {}: {} rows, {} ledger leaves, as of {}\nit lacks:\n{}\nnext: comity catch-up --home {}",
        restored.member,
        shown(home),
        restored.backup.rows,
        restored.backup.leaves,
        restored.backup.taken_at,
        lacks.join("\n"),
        shown(home)
    );
    Answer::facts(&restored, text)
}

/// `comity catch-up`.
///
/// # Errors
/// Those of the use case.
pub fn catch_up(session: &Session, args: &CatchUpArgs) -> Result<Answer, Failure> {
    let (mut app, mut actor) = session.open_as_user()?;
    if catchup::take_up(&app, &actor)? {
        // Under the name with which its ledger goes on.
        (app, actor) = session.open_as_user()?;
    }
    let caught = catchup::run(&app, &actor, &args.without, args.reason.as_deref().unwrap_or_default())?;
    let mut lines = vec![format!("{} records came", caught.received)];
    for name in &caught.other_agreement {
        lines.push(format!(
            "another agreement is in force at {name}: compare `comity agreement show` on both sides"
        ));
    }
    for one in &caught.outstanding {
        lines.push(format!("still to be heard: {}: {}", one.member, one.why));
    }
    lines.push(if caught.done {
        "caught up: the node works as before".into()
    } else {
        "not caught up: try again when they can be reached, or name who is gone with --without".into()
    });
    Ok(Answer::facts(&caught, lines.join("\n"))?.refused_if(!caught.done))
}
