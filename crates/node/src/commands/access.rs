//! Collections, keys, users and readers' groups.

use comity_app::collection::CollectionView;
use comity_app::credential::{IssuedKey, NewKey, Rights, Scope};
use comity_app::person::PersonView;
use comity_app::rotate::{self, Key};
use comity_app::visit::{self, link};
use comity_app::{Role, collection, compromise, credential, group, person, tls};
use serde_json::json;

use super::Session;
use crate::cli::access::{
    CollectionAddArgs, CollectionCommand, GroupArgs, GroupCommand, GroupJoinArgs, GroupLeaveArgs,
    GroupRemoveArgs, KeyAddArgs, KeyCommand, KeyCompromisedArgs, KeyRotateArgs, KeyScope, Right, UserAddArgs,
    UserCommand, UserEndArgs, UserLinkArgs,
};
use crate::failure::Failure;
use crate::output::{Answer, pairs, table};

/// `comity collection`.
///
/// # Errors
/// Those of the use case.
pub fn collection(session: &Session, command: &CollectionCommand) -> Result<Answer, Failure> {
    match command {
        CollectionCommand::Add(args) => collection_add(session, args),
        CollectionCommand::List => {
            let (app, _) = session.open_as_user()?;
            let views = collection::list(&app)?;
            let rows: Vec<[String; 4]> = views
                .iter()
                .map(|view| {
                    [view.title.clone(), view.alias.clone(), view.records.to_string(), view.id.clone()]
                })
                .collect();
            Answer::facts(&views, table(["TITLE", "ALIAS", "RECORDS", "ID"], &rows))
        }
    }
}

fn collection_add(session: &Session, args: &CollectionAddArgs) -> Result<Answer, Failure> {
    let (app, actor) = session.open_as_user()?;
    let CollectionView { id, title, alias, .. } =
        collection::add(&app, &actor, &args.title, args.description.as_deref())?;
    let text = pairs(&[("id", id.clone()), ("title", title.clone()), ("alias", alias.clone())]);
    Ok(Answer::facts(&json!({"id": id, "title": title, "alias": alias}), text)?.for_scripts())
}

/// `comity key`.
///
/// # Errors
/// Those of the use case.
pub fn key(session: &Session, command: &KeyCommand) -> Result<Answer, Failure> {
    match command {
        KeyCommand::Add(args) => key_add(session, args),
        KeyCommand::Revoke(args) => {
            let (app, actor) = session.open_as_user()?;
            credential::revoke(&app, &actor, &args.id)?;
            Answer::facts(&json!({"id": args.id, "revoked": true}), format!("revoked {}", args.id))
        }
        KeyCommand::Rotate(args) => key_rotate(session, args),
        KeyCommand::Compromised(args) => key_compromised(session, args),
        KeyCommand::List => {
            let views = credential::list(&session.open()?)?;
            let rows: Vec<[String; 6]> = views
                .iter()
                .map(|view| {
                    let state = if view.active { "active" } else { "ended" };
                    let context = [view.purpose.as_str(), view.basis.as_str()].join(" / ");
                    let context = if context == " / " { "-".to_owned() } else { context };
                    [
                        view.id.clone(),
                        view.member.clone(),
                        view.scope.clone(),
                        context,
                        state.to_owned(),
                        view.expires_at.clone(),
                    ]
                })
                .collect();
            Answer::facts(
                &views,
                table(["ID", "MEMBER", "SCOPE", "PURPOSE / BASIS", "STATE", "EXPIRES"], &rows),
            )
        }
    }
}

fn key_rotate(session: &Session, args: &KeyRotateArgs) -> Result<Answer, Failure> {
    let (app, actor) = session.open_as_user()?;
    let chosen = [
        (args.member, Key::Member),
        (args.ledger, Key::Ledger),
        (args.witness, Key::Witness),
        (args.courier, Key::Courier),
    ];
    let Some((_, key)) = chosen.into_iter().find(|(is_chosen, _)| *is_chosen) else {
        let rotated =
            if args.finish { tls::finish(&app, &actor, args.anyway) } else { tls::rotate(&app, &actor) }?;
        let pins: Vec<String> = rotated.certificates.iter().map(ToString::to_string).collect();
        let next = if args.finish {
            "start the node again: it then shows the first, and members no longer take the other"
        } else {
            "members learn of both by the next exchange; when `comity peer status` shows both everywhere: comity key rotate \
             --tls --finish"
        };
        return Answer::facts(&rotated, format!("{}\n{next}", pins.join("\n")));
    };
    if args.finish {
        let changed = rotate::finish(&app, &actor, key)?;
        let text = format!("dropped: {} key {}\nstart the node again", changed.key, changed.before);
        return Answer::facts(&changed, text);
    }
    let changed = rotate::rotate(&app, &actor, key)?;
    let mut text = format!("{} key {} -> {}\n", changed.key, changed.before, changed.now);
    if !changed.public_key.is_empty() {
        text.push_str(&format!("for the next agreement: {}\n", changed.public_key));
    }
    text.push_str("start the node again; members learn of it by the next exchange (`comity exchange`)");
    if changed.both {
        text.push_str(&format!(
            "\nthe one before stays of use: comity key rotate --{} --finish drops it",
            changed.key
        ));
    }
    Answer::facts(&changed, text)
}

fn key_compromised(session: &Session, args: &KeyCompromisedArgs) -> Result<Answer, Failure> {
    let (app, actor) = session.open_as_user()?;
    let declared = compromise::declare(&app, &actor, &args.member, &args.key, args.since)?;
    let mut text = format!(
        "key {} of {} is in other hands since {}: nothing signed with it is taken any more\n",
        declared.key, declared.member, declared.since
    );
    let rows: Vec<[String; 4]> = declared
        .records
        .iter()
        .map(|one| [one.id.clone(), one.version.clone(), one.collection.clone(), one.at.clone()])
        .collect();
    if !rows.is_empty() {
        text.push_str(&table(["SET ASIDE", "VERSION", "COLLECTION", "CAME"], &rows));
    }
    let rows: Vec<[String; 3]> =
        declared.messages.iter().map(|one| [one.kind.clone(), one.id.clone(), one.at.clone()]).collect();
    if !rows.is_empty() {
        text.push_str(&table(["MESSAGE NOT BELIEVED", "ID", "CAME"], &rows));
    }
    if declared.note {
        text.push_str("its key note came since, too, and is forgotten: the next one is taken as the first\n");
    }
    text.push_str("next: an agreement that names another key of the member, at every node");
    Answer::facts(&declared, text)
}

fn key_add(session: &Session, args: &KeyAddArgs) -> Result<Answer, Failure> {
    let (app, actor) = session.open_as_user()?;
    let rights = Rights {
        read: matches!(args.rights, Right::R | Right::Rw),
        write: matches!(args.rights, Right::W | Right::Rw),
    };
    let scope = match args.scope {
        Some(KeyScope::Metrics) => Scope::Metrics,
        Some(KeyScope::Exchange) | None => Scope::Exchange,
    };
    let issued = credential::add(
        &app,
        &actor,
        &NewKey {
            member: &args.member,
            collections: args.collection.iter().map(|one| (one.clone(), rights)).collect(),
            purpose: args.purpose.as_deref(),
            basis: args.basis.as_deref(),
            days: args.days,
            scope,
            inner: args.inner.clone(),
        },
    )?;
    let text = describe(&issued);
    Ok(Answer::facts(&issued, text)?.for_scripts())
}

fn describe(issued: &IssuedKey) -> String {
    let facts = pairs(&[
        ("id", issued.id.clone()),
        ("user", issued.user.clone()),
        ("secret", issued.secret.clone()),
        ("expires", issued.expires_at.clone()),
    ]);
    format!("{facts}The secret is not shown again.")
}

/// `comity user`.
///
/// # Errors
/// Those of the use case.
pub fn user(session: &Session, command: &UserCommand) -> Result<Answer, Failure> {
    let words = |roles: &[Role]| roles.iter().map(|role| role.name()).collect::<Vec<_>>().join(", ");
    match command {
        UserCommand::Add(UserAddArgs { name, role, inner }) => {
            let (app, actor) = session.open_as_user()?;
            let roles: Vec<Role> = role.iter().map(|role| role.parse()).collect::<Result<_, _>>()?;
            let view = person::add(&app, &actor, name, &roles, inner)?;
            Answer::facts(&view, format!("added {}: {}", view.name, words(&view.roles)))
        }
        UserCommand::Link(UserLinkArgs { name, url }) => {
            let (app, actor) = session.open_as_user()?;
            let made = link::make(&app, &actor, name)?;
            let address = sign_in_at(url, &made.token);
            let text =
                format!("{address}\nThe link is good once, until {}, and is not shown again.", made.ends_at);
            let facts = json!({"user": made.user, "link": address, "ends_at": made.ends_at});
            Ok(Answer::facts(&facts, text)?.for_scripts())
        }
        UserCommand::End(UserEndArgs { name }) => {
            let (app, actor) = session.open_as_user()?;
            person::end(&app, &actor, name)?;
            Answer::facts(&json!({"name": name, "ended": true}), format!("ended {name}"))
        }
        UserCommand::Visits => {
            let (app, actor) = session.open_as_user()?;
            let views = visit::list(&app, &actor)?;
            let rows: Vec<[String; 5]> = views
                .iter()
                .map(|view| {
                    let acting = view.acting.replace(' ', ", ");
                    [
                        view.user.clone(),
                        view.stage.clone(),
                        acting,
                        view.seen_at.clone(),
                        view.ends_at.clone(),
                    ]
                })
                .collect();
            Answer::facts(&views, table(["USER", "STAGE", "ACTING AS", "LAST USED", "ENDS"], &rows))
        }
        UserCommand::List => {
            let views = person::list(&session.open()?)?;
            let groups = |view: &PersonView| view.inner.iter().cloned().collect::<Vec<_>>().join(", ");
            let rows: Vec<[String; 3]> =
                views.iter().map(|view| [view.name.clone(), words(&view.roles), groups(view)]).collect();
            Answer::facts(&views, table(["USER", "ROLES", "GROUPS"], &rows))
        }
    }
}

/// The address at which a one-time link is opened. What stands behind the `#` stays in the browser: no log of a proxy
/// sees it.
pub fn sign_in_at(url: &str, token: &str) -> String {
    format!("{url}/#/first/{token}")
}

/// `comity group`.
///
/// # Errors
/// Those of the use case.
pub fn group(session: &Session, command: &GroupCommand) -> Result<Answer, Failure> {
    let (app, actor) = session.open_as_user()?;
    match command {
        GroupCommand::Add(GroupArgs { name }) => {
            Answer::facts(&group::add(&app, &actor, name)?, format!("added {name}"))
        }
        GroupCommand::Remove(GroupRemoveArgs { name }) => {
            group::remove(&app, &actor, name)?;
            Answer::facts(&json!({"name": name, "removed": true}), format!("removed {name}"))
        }
        GroupCommand::Join(GroupJoinArgs { name, user }) => {
            let view = group::place(&app, &actor, (name, user), true)?;
            Answer::facts(&view, format!("{user} is in {name}"))
        }
        GroupCommand::Leave(GroupLeaveArgs { name, user }) => {
            let view = group::place(&app, &actor, (name, user), false)?;
            Answer::facts(&view, format!("{user} is not in {name}"))
        }
        GroupCommand::List => {
            let views = group::list(&app)?;
            let rows: Vec<[String; 3]> = views
                .iter()
                .map(|view| [view.name.clone(), view.users.join(", "), view.keys.join(", ")])
                .collect();
            Answer::facts(&views, table(["GROUP", "USERS", "KEYS"], &rows))
        }
    }
}
