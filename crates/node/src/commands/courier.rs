//! Bundles for members without a network: write them, open them, see how one stands.

use comity_app::courier::{self, Begin, CourierView, Opened, Packed, Wish};
use comity_app::pull::Pulled;

use super::{Session, shown};
use crate::cli::courier::{CourierCommand, CourierOpenArgs, CourierPackArgs};
use crate::failure::Failure;
use crate::output::{Answer, table};
use crate::progress::Progress;

/// `comity courier`.
///
/// # Errors
/// Those of the use case.
pub fn run(session: &Session, command: &CourierCommand) -> Result<Answer, Failure> {
    match command {
        CourierCommand::Pack(args) => pack(session, args),
        CourierCommand::Open(args) => open(session, args),
        CourierCommand::Status(args) => {
            let views = courier::status(&session.open()?, args.member.as_deref())?;
            let is_missing = views.iter().any(|view| !view.missing.is_empty());
            Ok(Answer::facts(&views, stands(&views))?.refused_if(is_missing))
        }
    }
}

fn pack(session: &Session, args: &CourierPackArgs) -> Result<Answer, Failure> {
    let begin = match (args.again, args.whole) {
        (_, true) => Begin::Whole,
        (true, _) => Begin::Again,
        _ => Begin::Behind,
    };
    let wish = Wish { begin, part_bytes: args.part_bytes };
    let (app, actor) = session.open_as_user()?;
    let packed = courier::pack(&app, &actor, &args.member, &args.out, &wish)?;
    let lines: Vec<String> = packed.iter().map(line).collect();
    Answer::facts(&packed, lines.join("\n"))
}

fn line(one: &Packed) -> String {
    let mut text = format!(
        "packed {}: bundle {} for {}, {} records, {} bytes; to be opened by {}",
        shown(&one.file),
        one.n,
        one.member,
        one.records,
        one.bytes,
        one.expires
    );
    if one.acknowledges > 0 {
        text.push_str(&format!("; says that bundle {} from there is here", one.acknowledges));
    }
    if !one.without.is_empty() {
        text.push_str(&format!("\nno records: {}", one.without));
    }
    text
}

fn open(session: &Session, args: &CourierOpenArgs) -> Result<Answer, Failure> {
    let (app, actor) = session.open_as_user()?;
    let bar = Progress::start("open");
    let opened = courier::open(&app, &actor, &args.files, &mut |at: &Pulled| {
        bar.set(u64::try_from(at.received + at.unchanged + at.changed).unwrap_or(u64::MAX), None);
    })?;
    drop(bar);
    let is_good = |one: &Opened| {
        ["taken", "seen-before"].contains(&one.outcome) && one.refused == 0 && one.records.refused == 0
    };
    let texts: Vec<String> = opened.iter().map(told).collect();
    Ok(Answer::facts(&opened, texts.join("\n"))?.refused_if(!opened.iter().all(is_good)))
}

fn told(one: &Opened) -> String {
    let file = shown(&one.file);
    if one.n == 0 {
        return format!("{file}: {}", one.words);
    }
    let mut text = format!("{file}: bundle {} from {}: {}", one.n, one.member, one.words);
    let records = &one.records;
    if one.outcome != "seen-before" {
        text.push_str(&format!(
            "\n  records: received {}, unchanged {}, changed {}, ours {}, refused {}\n  messages: taken {}, waiting {}, \
             refused {}; of ours it has {} more",
            records.received,
            records.unchanged,
            records.changed,
            records.own,
            records.refused,
            one.taken,
            one.waiting,
            one.refused,
            one.given
        ));
    }
    if one.acknowledges > 0 {
        text.push_str(&format!("\n  it says that bundle {} from here arrived", one.acknowledges));
    }
    for why in &one.why {
        text.push_str(&format!("\n  not taken: {why}"));
    }
    if one.ahead_seconds > 0 {
        text.push_str(&format!(
            "\n  its clock was {} seconds ahead of this one when it was made: tell its people to set it",
            one.ahead_seconds
        ));
    }
    if one.messages_missing {
        text.push_str(
            "\n  messages before those in it are missing: pack a bundle for it, and they come with its next one",
        );
    }
    for n in &one.open_again {
        text.push_str(&format!("\n  bundle {n} waited for it: open that one again"));
    }
    text
}

fn stands(views: &[CourierView]) -> String {
    if views.is_empty() {
        return "no bundle was made and none came".into();
    }
    let mut texts = Vec::new();
    for view in views {
        let mut text = format!(
            "{}: made {}, arrived {}; from there {}\n",
            view.member, view.made, view.acknowledged, view.taken
        );
        let rows: Vec<[String; 4]> = view
            .bundles
            .iter()
            .map(|one| {
                let state = match one.waits_for {
                    0 => one.state.to_owned(),
                    n => format!("out of order: waits for {n}"),
                };
                [one.way.to_owned(), one.n.to_string(), one.at.clone(), state]
            })
            .collect();
        text.push_str(&table(["WAY", "N", "AT", "STATE"], &rows));
        for n in &view.missing {
            text.push_str(&format!("a bundle is missing: {n}\n"));
        }
        texts.push(text);
    }
    texts.join("\n")
}
