//! Inviting and joining.

use std::sync::Arc;

use comity_app::credential::Rights;
use comity_app::invite::{self, InvitationView, NewInvitation};
use comity_app::join::{self, InvitationRead, JoinView, Wish};
use comity_app::model::{Standing, TlsEnd};
use comity_app::{SystemClock, SystemRandom};

use super::{Session, shown};
use crate::cli::join::{InvitationsArgs, InviteArgs, JoinArgs, Tls};
use crate::failure::Failure;
use crate::input;
use crate::output::{Answer, pairs, table};

fn tls_end(tls: Tls) -> TlsEnd {
    match tls {
        Tls::Own => TlsEnd::Own,
        Tls::Authority => TlsEnd::Authority,
        Tls::Proxy => TlsEnd::Proxy,
    }
}

/// The standing of this name.
///
/// # Errors
/// Exit code 2 for a word that is none.
pub fn standing(word: &str) -> Result<Standing, Failure> {
    let all = [Standing::Member, Standing::Observer, Standing::Partner, Standing::Oversight];
    all.into_iter()
        .find(|one| one.name() == word)
        .ok_or_else(|| Failure::usage(format!("`{word}` is no standing; --standing; correct it")))
}

/// `comity invite`: the text on standard output, what to compare on standard error.
///
/// # Errors
/// Those of the use case.
pub fn invite(session: &Session, args: &InviteArgs) -> Result<Answer, Failure> {
    let collections: Vec<(String, Rights)> =
        args.collection.iter().map(String::as_str).map(opened).collect::<Result<_, _>>()?;
    let new = NewInvitation {
        name: &args.name,
        standing: standing(&args.standing)?,
        state: args.state.as_deref(),
        groups: &args.group,
        adequate: args.adequate,
        collections,
        purpose: args.purpose.as_deref(),
        basis: args.basis.as_deref(),
        url: &args.url,
        tls: tls_end(args.tls),
        days: args.days,
    };
    let (app, actor) = session.open_as_user()?;
    let invited = invite::make(&app, &actor, &new)?;
    if !session.wants_json() {
        eprintln!(
            "for {}, good once until {}\nfingerprint: {}\nread it out to them on the telephone; this text is not shown again",
            invited.name, invited.expires_at, invited.fingerprint
        );
    }
    Answer::facts(&invited, invited.text.clone())
}

/// `NAME:r` or `NAME:rw`.
fn opened(text: &str) -> Result<(String, Rights), Failure> {
    let wrong = || Failure::usage(format!("`{text}` names no rights; --collection; write NAME:r or NAME:rw"));
    let (name, rights) = text.rsplit_once(':').ok_or_else(wrong)?;
    match rights {
        "r" => Ok((name.to_owned(), Rights { read: true, write: false })),
        "rw" => Ok((name.to_owned(), Rights { read: true, write: true })),
        _ => Err(wrong()),
    }
}

/// `comity invitations`.
///
/// # Errors
/// Those of the use case.
pub fn invitations(session: &Session, args: &InvitationsArgs) -> Result<Answer, Failure> {
    let (app, actor) = session.open_as_user()?;
    if let Some(name) = &args.revoke {
        let view = invite::revoke(&app, &actor, name)?;
        let text = format!("took back the invitation of {}", view.name);
        return Answer::facts(&view, text);
    }
    let views = invite::list(&app)?;
    let rows: Vec<[String; 7]> = views.iter().map(line).collect();
    Answer::facts(&views, table(["ID", "FOR", "STATE", "KEY", "BY", "EXPIRES", "PROPOSAL"], &rows))
}

fn line(view: &InvitationView) -> [String; 7] {
    let or_dash = |text: &str| if text.is_empty() { "-".to_owned() } else { text.to_owned() };
    [
        view.id.clone(),
        view.name.clone(),
        view.state.clone(),
        or_dash(&view.key),
        view.by.clone(),
        view.expires_at.clone(),
        or_dash(&view.proposal),
    ]
}

/// `comity join`; the answer is no while a second person over there has yet to approve.
///
/// # Errors
/// Those of the use case.
pub fn join(session: &Session, args: &JoinArgs) -> Result<Answer, Failure> {
    if let Some(file) = &args.file {
        let text = input::read_text(file, join::BYTES_MAX)?;
        let read = join::read(&text)?;
        if let Some(expected) = &args.fingerprint {
            let plain = |text: &str| text.split_whitespace().collect::<String>().to_lowercase();
            if plain(expected) != plain(&read.fingerprint) {
                return Err(Failure::refused(format!(
                    "the invitation is another one; {}; its fingerprint is {}",
                    shown(file),
                    read.fingerprint
                )));
            }
        }
        if args.show {
            return Answer::facts(&read, pairs(&described(&read)));
        }
        let wish = Wish {
            url: args.url.as_deref(),
            tls: tls_end(args.tls),
            collections: &args.collection,
            store_url: args.store.as_deref(),
        };
        join::begin(session.home()?, &text, &wish, Arc::new(SystemClock), Arc::new(SystemRandom))?;
    }
    let (app, actor) = session.open_as_user()?;
    let view = join::ask(&app, &actor)?;
    let text = format!("{}{}", pairs(&described(&view.invitation)), outcome(session, &view)?);
    Ok(Answer::facts(&view, text)?.refused_if(view.peer.is_none()))
}

fn described(read: &InvitationRead) -> [(&'static str, String); 8] {
    [
        ("fingerprint", read.fingerprint.clone()),
        ("community", read.community.clone()),
        ("invited by", read.from.clone()),
        ("its key", read.key.clone()),
        ("its node", read.url.clone()),
        ("invited", read.name.clone()),
        ("as", read.standing.clone()),
        ("good until", read.expires_at.clone()),
    ]
}

fn outcome(session: &Session, view: &JoinView) -> Result<String, Failure> {
    let home = shown(session.home()?);
    let key = pairs(&[("your key", view.own_key.clone())]);
    let Some(peer) = &view.peer else {
        return Ok(format!(
            "{key}waiting: a second person there has yet to approve\nthen: comity join --again --home {home}"
        ));
    };
    let met = match &view.met {
        Some(met) if met.failure.is_empty() => "the two nodes have met".to_owned(),
        Some(met) => format!("the first exchange failed: {}", met.failure),
        None => String::new(),
    };
    Ok(format!("{key}joined; the peer is {peer}; {met}\nnext: comity pull --home {home}"))
}

#[cfg(test)]
mod tests {
    use super::opened;

    #[test]
    fn a_collection_is_named_with_its_rights() {
        assert!(opened("reports:r").is_ok_and(|(name, rights)| name == "reports" && !rights.write));
        assert!(opened("a:b:rw").is_ok_and(|(name, rights)| name == "a:b" && rights.write));
        for wrong in ["reports", "reports:w", "reports:", ""] {
            assert!(opened(wrong).is_err(), "{wrong}");
        }
    }
}
