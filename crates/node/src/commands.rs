//! Runs the commands: opens the home, calls one use case of `app`, and words the answer. It decides nothing.

pub mod access;
mod community;
pub(crate) mod council;
mod courier;
pub(crate) mod decision;
mod deliveries;
mod draft;
pub(crate) mod edit;
mod exchange;
mod figure;
mod govern;
mod handling;
mod home;
mod import;
mod join;
mod ledger;
mod life;
mod lines;
mod list;
mod measure;
mod new;
mod onward;
mod pattern;
mod policy;
mod policy_review;
mod preview;
mod proof;
mod proposal;
mod recall;
mod record;
mod search;
mod show;
mod stix;
mod today;
mod validate;
mod witness;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::CommandFactory as _;
use comity_app::person::{self, Actor};
use comity_app::{App, SystemClock, SystemRandom};

use crate::cli::{Cli, Command, Shared};
use crate::failure::Failure;
use crate::output::Answer;

/// Runs one command and gives its exit code.
///
/// # Errors
/// The failure to print, with its exit code.
pub fn run(cli: Cli) -> Result<u8, Failure> {
    let Cli { shared, command } = cli;
    let filter = shared.log_level.as_deref().unwrap_or(match command {
        Command::Serve(_) => "info",
        _ => "warn",
    });
    crate::telemetry::start(shared.log_form, filter)?;
    let json = shared.json;
    let session = Session { shared };
    dispatch(&session, command)?.print(json)
}

#[expect(clippy::too_many_lines, reason = "a line for each command, and nothing else")]
fn dispatch(session: &Session, command: Command) -> Result<Answer, Failure> {
    match command {
        Command::Init(args) => home::init(&args),
        Command::Serve(args) => crate::serve::run(session.open()?, args),
        Command::Import(args) => import::run(session, &args),
        Command::Validate(args) => validate::run(session, &args),
        Command::Pattern(command) => pattern::run(session, &command),
        Command::Stix(command) => stix::run(session, &command),
        Command::Publish(args) => record::publish(session, &args),
        Command::Handling(args) => handling::run(session, &args),
        Command::Withdraw(args) => record::withdraw(session, &args),
        Command::Recall(args) => recall::recall(session, &args),
        Command::Recalls(args) => recall::recalls(session, &args),
        Command::Comply(args) => recall::comply(session, &args),
        Command::Dispute(args) => recall::dispute(session, &args),
        Command::WhoSees(args) => record::who_sees(session, &args),
        Command::Explain(args) => record::explain(session, &args),
        Command::Deliveries(args) => deliveries::run(session, &args),
        Command::Today(_) => today::run(session),
        Command::Search(args) => search::run(session, &args),
        Command::Searches(_) => search::list(session),
        Command::New(command) => new::run(session, &command),
        Command::Link(args) => new::link(session, &args),
        Command::Edit(args) => edit::run(session, &args),
        Command::Diff(args) => edit::diff(session, &args),
        Command::List(args) => list::run(session, &args),
        Command::Show(args) => show::run(session, &args),
        Command::Grade(args) => life::grade(session, &args),
        Command::Grades(args) => life::grades(session, &args),
        Command::Check(args) => life::check(session, &args),
        Command::Same(args) => life::same(session, &args),
        Command::Note(command) => life::note(session, &command),
        Command::Attachment(command) => life::attachment(session, &command),
        Command::Vocabulary(command) => life::vocabulary(session, &command),
        Command::Triage(command) => govern::triage(session, &command),
        Command::Review(command) => govern::review(session, &command),
        Command::Erase(args) => govern::erase(session, &args),
        Command::Erased(command) => govern::erased(session, &command),
        Command::Allege(args) => govern::allege(session, &args),
        Command::Quarantine(command) => govern::quarantine(session, &command),
        Command::Consent(command) => govern::consent(session, &command),
        Command::Onward(command) => onward::run(session, &command),
        Command::Wording(_) => govern::wording(session),
        Command::Tick(_) => govern::tick(session),
        Command::Council(command) => council::council(session, &command),
        Command::Session(command) => council::sessions(session, &command),
        Command::Claim(command) => council::claims(session, &command),
        Command::Conflict(command) => council::conflicts(session, &command),
        Command::Decision(command) => decision::run(session, &command),
        Command::Measure(command) => measure::run(session, &command),
        Command::Programme(command) => measure::programmes(session, &command),
        Command::Figure(command) => figure::run(session, &command),
        Command::Outcome(command) => figure::outcomes(session, &command),
        Command::Collection(command) => access::collection(session, &command),
        Command::Key(command) => access::key(session, &command),
        Command::User(command) => access::user(session, &command),
        Command::Group(command) => access::group(session, &command),
        Command::Agreement(command) => community::agreement(session, &command),
        Command::Member(command) => community::member(session, &command),
        Command::Policy(command) => policy::policy(session, &command),
        Command::Proposals(args) => proposal::proposals(session, &args),
        Command::Approve(args) => proposal::approve(session, &args),
        Command::Refuse(args) => proposal::refuse(session, &args),
        Command::Invite(args) => join::invite(session, &args),
        Command::Invitations(args) => join::invitations(session, &args),
        Command::Join(args) => join::join(session, &args),
        Command::Peer(command) => exchange::peer(session, &command),
        Command::Pull(args) => exchange::pull(session, &args),
        Command::Exchange(args) => exchange::exchange(session, &args),
        Command::Courier(command) => courier::run(session, &command),
        Command::Verify(args) => ledger::verify(session, &args),
        Command::Ledger(command) => ledger::run(session, &command),
        Command::Witness(command) => witness::run(session, &command),
        Command::Reindex(_) => home::reindex(session),
        Command::Backup(args) => home::backup(session, &args),
        Command::Restore(args) => home::restore(session, &args),
        Command::CatchUp(args) => home::catch_up(session, &args),
        Command::Demo(args) => crate::demo::run(&session.demo(&args)),
        Command::Completions(args) => Ok(completions(args.shell)),
    }
}

/// What the command line says about every command: whose home, who acts.
pub struct Session {
    shared: Shared,
}

impl Session {
    /// The home folder that was named.
    fn home(&self) -> Result<&Path, Failure> {
        self.shared.home.as_deref().filter(|home| !home.as_os_str().is_empty()).ok_or_else(|| {
            Failure::usage("no home is named; command line; add --home DIR or set COMITY_HOME")
        })
    }

    /// Where and how the demonstration runs.
    fn demo(&self, args: &crate::cli::setup::DemoArgs) -> crate::demo::Options {
        crate::demo::Options {
            folder: self.shared.home.clone().unwrap_or_else(|| PathBuf::from("comity-demo")),
            once: args.once,
            reset: args.reset,
            first_port: args.first_port,
        }
    }

    /// Whether the answer is printed as JSON.
    fn wants_json(&self) -> bool {
        self.shared.json
    }

    /// Opens the home.
    fn open(&self) -> Result<App, Failure> {
        Ok(comity_app::home::open(self.home()?, Arc::new(SystemClock), Arc::new(SystemRandom))?)
    }

    /// Opens the home to verify it, even where it would not start because something was altered.
    fn open_to_verify(&self) -> Result<App, Failure> {
        Ok(comity_app::home::open_to_verify(self.home()?, Arc::new(SystemClock), Arc::new(SystemRandom))?)
    }

    /// Opens the home for a user who may read records: administrators get no content by their role.
    fn open_to_read(&self) -> Result<App, Failure> {
        let (app, actor) = self.open_as_user()?;
        actor.may_read()?;
        Ok(app)
    }

    /// Opens the home as the user who acts finds it: what is limited to readers' groups of others is not there.
    fn open_as_user(&self) -> Result<(App, Actor), Failure> {
        let app = self.open()?;
        let actor = person::actor(&app, self.shared.acting.as_deref())?;
        Ok((app.seen_by(&actor), actor))
    }
}

fn completions(shell: clap_complete::Shell) -> Answer {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "comity", &mut script);
    Answer::exact(script)
}

/// A path for messages.
fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// Where a new file of the caller's goes; refused when it is there.
fn new_file(path: &Path, what: &str) -> Result<PathBuf, Failure> {
    if path.exists() {
        return Err(Failure::refused(format!("{what} exists already; {}; name another file", shown(path))));
    }
    Ok(path.to_owned())
}
