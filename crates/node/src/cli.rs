//! The command line: what can be typed, and the help that teaches it. It runs nothing; `commands` does.

pub mod access;
pub mod community;
pub mod council;
pub mod council_kinds;
pub mod courier;
pub mod decision;
pub mod exchange;
pub mod field;
pub mod figure;
pub mod govern;
pub mod handling;
pub mod join;
pub mod kinds;
pub mod ledger;
pub mod life;
pub mod measure;
pub mod new;
pub mod onward;
pub mod policy;
pub mod policy_review;
pub mod recall;
pub mod record;
pub mod search;
pub mod setup;
pub mod stix;
pub mod witness;

use std::path::PathBuf;

use clap::builder::{OsStringValueParser, TypedValueParser as _};
use clap::{Parser, Subcommand, ValueEnum};

const EXAMPLES: &str = "\
Examples:
  comity init ./node --member 'EXERCISE North desk'
  export COMITY_HOME=./node
  comity collection add Reports
  comity import note.json --collection reports --tlp amber --group council
  comity who-sees note--6f1d7a3e-0c5b-4f0e-9a53-2d1c3f1f0a11
  comity serve

RECORD is a STIX id, or `id@version` for one version of it. `-` as a FILE is standard input.
Exit codes: 0 done; 1 the answer is no, or something was refused; 2 the command line is wrong;
3 the environment is (no home, no disk, no database, no network).";

/// A federated exchange for threat information between sovereign members.
///
/// One command, one home folder, one member. Each member runs a node of its own; nodes exchange records under the
/// release control that their originators state, and every release can be explained and proved afterwards.
#[derive(Debug, Parser)]
#[command(name = "comity", version, after_help = EXAMPLES, arg_required_else_help = true, max_term_width = 110)]
pub struct Cli {
    /// What applies to every command.
    #[command(flatten)]
    pub shared: Shared,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Everywhere")]
pub struct Shared {
    /// Home folder of the node
    // The parser of its own takes an empty COMITY_HOME, which counts as none.
    #[arg(long, global = true, env = "COMITY_HOME", hide_env_values = true, value_name = "DIR",
        value_parser = OsStringValueParser::new().map(PathBuf::from))]
    pub home: Option<PathBuf>,
    /// Print JSON instead of text
    #[arg(long, global = true)]
    pub json: bool,
    /// User who acts; stands in the ledger [default: operator]
    #[arg(long = "as", global = true, value_name = "USER")]
    pub acting: Option<String>,
    /// Form of the log on standard error
    #[arg(long, global = true, value_enum, value_name = "FORM", default_value_t = LogForm::Text)]
    pub log_form: LogForm,
    /// What is logged: a level, or `target=level` pairs separated by commas [default: info for serve, else warn]
    #[arg(long, global = true, value_name = "FILTER")]
    pub log_level: Option<String>,
}

/// Form of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogForm {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Every command. The order is the order of the help.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make the home of a new node: keys, database, agreement, first user
    Init(setup::InitArgs),
    /// Run the node: TAXII 2.1, REST, health and metrics
    Serve(setup::ServeArgs),
    /// Bring records in from files
    Import(Box<record::ImportArgs>),
    /// Write a record: a person, group, plan, site, event, journey, channel, find, account, payment or relation, or one of
    /// a council's work
    #[command(subcommand)]
    New(Box<new::NewCommand>),
    /// Correct a record of your own: a new version with a reason
    Edit(Box<new::EditArgs>),
    /// State how two records are related
    Link(Box<new::LinkArgs>),
    /// Compare two versions of a record
    Diff(new::DiffArgs),
    /// Check STIX files against the standard; needs no home
    Validate(stix::ValidateArgs),
    /// Check patterns of indicators; needs no home
    #[command(subcommand)]
    Pattern(stix::PatternCommand),
    /// Compare, identify, lift and repair STIX objects; needs no home
    #[command(subcommand)]
    Stix(stix::StixCommand),
    /// Publish a record that was imported as a draft
    Publish(record::PublishArgs),
    /// Show or change who a record is for
    Handling(Box<handling::HandlingArgs>),
    /// Take a record back
    Withdraw(record::WithdrawArgs),
    /// Take back, correct, narrow or stop a record at everybody who has it
    Recall(recall::RecallArgs),
    /// List recalls, made here and come here, and who has answered
    Recalls(recall::RecallsArgs),
    /// Decide about records that their originator took back, and answer
    Comply(recall::ComplyArgs),
    /// Tell the originator of a record what is wrong with it
    Dispute(recall::DisputeArgs),
    /// List what waits for you
    Today(search::TodayArgs),
    /// Say who will see a record, whole, in part or not, and why
    WhoSees(Box<record::WhoSeesArgs>),
    /// Explain why a member gets a record or does not
    Explain(record::ExplainArgs),
    /// List what left this node for whom, and what came of it
    Deliveries(record::DeliveriesArgs),
    /// List records
    #[command(alias = "records")]
    List(record::ListArgs),
    /// Show one record
    Show(record::ShowArgs),
    /// Find records by words, names and selectors
    Search(search::SearchArgs),
    /// List what the users of this node searched for
    Searches(search::SearchesArgs),
    /// Grade a record: the reliability of its source and the credibility of what it says
    Grade(life::GradeArgs),
    /// List the grades of a record: the provider's, and those of receivers
    Grades(life::GradesArgs),
    /// Check the quality of a record: accuracy, completeness, reliability, currency
    Check(life::CheckArgs),
    /// Offer records that may mean the same person or group, decide about two, or show them side by side
    Same(life::SameArgs),
    /// Keep notes on records for your own people
    #[command(subcommand)]
    Note(life::NoteCommand),
    /// Attach files to records, list and fetch them
    #[command(subcommand)]
    Attachment(life::AttachmentCommand),
    /// Adopt and show vocabularies and criteria
    #[command(subcommand)]
    Vocabulary(life::VocabularyCommand),
    /// Look at personal data that came without a purpose, and accept or drop it
    #[command(subcommand)]
    Triage(govern::TriageCommand),
    /// See what is due for review, keep a record longer, or end it
    #[command(subcommand)]
    Review(govern::ReviewCommand),
    /// Propose to erase what a record holds; another person approves it
    Erase(govern::EraseArgs),
    /// List tombstones, or apply those of before on a restored node
    #[command(subcommand)]
    Erased(govern::ErasedCommand),
    /// Allege ill-treatment in how a record was obtained
    Allege(govern::AllegeArgs),
    /// See what was set aside because of allegations, or lift one
    #[command(subcommand)]
    Quarantine(govern::QuarantineCommand),
    /// Ask an originator to allow another purpose, or answer such a request
    #[command(subcommand)]
    Consent(govern::ConsentCommand),
    #[command(subcommand)]
    Onward(onward::OnwardCommand),
    /// List wording that names a community as such and was kept, with the reason
    Wording(govern::WordingArgs),
    /// Act upon the clocks now: review dates, erasure, triage
    Tick(govern::TickArgs),
    /// Bring in readings of the council's work
    #[command(subcommand)]
    Council(council::CouncilCommand),
    /// List and show sessions of a body
    #[command(subcommand)]
    Session(council::SessionCommand),
    /// List and show what somebody claimed, and where it comes from
    #[command(subcommand)]
    Claim(council::ClaimCommand),
    /// See claims side by side, and say which your member works with
    #[command(subcommand)]
    Conflict(council::ConflictCommand),
    /// Decide by consensus or by silence: propose, open, object, close
    #[command(subcommand)]
    Decision(decision::DecisionCommand),
    /// Adopt, assign and follow up joint measures
    #[command(subcommand)]
    Measure(measure::MeasureCommand),
    /// See and adopt programmes with their measures
    #[command(subcommand)]
    Programme(measure::ProgrammeCommand),
    /// Count records into figures that can be traced, and count again
    #[command(subcommand)]
    Figure(figure::FigureCommand),
    /// Tell what came of records that were shared, and see what came of your own
    #[command(subcommand)]
    Outcome(figure::OutcomeCommand),
    /// Make and list collections
    #[command(subcommand)]
    Collection(access::CollectionCommand),
    /// Issue, revoke and list keys to this node
    #[command(subcommand)]
    Key(access::KeyCommand),
    /// Add and list the users of this node
    #[command(subcommand)]
    User(access::UserCommand),
    /// Keep readers' groups: who of your own people sees what is limited to them
    #[command(subcommand)]
    Group(access::GroupCommand),
    /// Read, compare and apply the agreement of the community
    #[command(subcommand)]
    Agreement(community::AgreementCommand),
    /// List the members, or add one to a draft of the agreement
    #[command(subcommand)]
    Member(community::MemberCommand),
    /// Show the rules that decide, check and prove others, and bring them into force
    #[command(subcommand)]
    Policy(policy::PolicyCommand),
    /// List what waits for a second person, or show one proposal whole
    ///
    /// With an ID: who proposed it, when and why, and what it would do. Of policies and agreements the difference to what
    /// is in force, and what changes on the records of now; of records their names, their handling, and who would see
    /// them.
    Proposals(community::ProposalsArgs),
    /// Approve, as a second person, what another user proposed
    ///
    /// The proposer cannot approve. What was proposed is shown as `proposals ID` shows it, and takes effect at once;
    /// policies are proved once more before they do.
    Approve(community::ApproveArgs),
    /// Refuse what another user proposed, or take back what you proposed yourself
    ///
    /// Nothing of it is done: drafts stay drafts, and what is shared stays as it is. The reason stays with the proposal for
    /// whoever made it; who may refuse is who may approve.
    Refuse(community::RefuseArgs),
    /// Ask another member into the community: prints a text for it
    Invite(join::InviteArgs),
    /// List the invitations of this node, or take one back
    Invitations(join::InvitationsArgs),
    /// Join a community by an invitation: makes the home, and asks the node that invited
    Join(join::JoinArgs),
    /// Make known, list and forget the nodes of other members
    #[command(subcommand)]
    Peer(exchange::PeerCommand),
    /// Bring over what peers release to this member
    Pull(exchange::PullArgs),
    /// Say to peers what there is to say, and hear what they have to say
    Exchange(exchange::ExchangeArgs),
    /// Carry records, messages and recalls to members without a network, and back
    #[command(subcommand)]
    Courier(courier::CourierCommand),
    /// Verify the ledger of this node, or an exported one, or one proof
    Verify(ledger::VerifyArgs),
    /// Export the ledger, print its checkpoint or a proof
    #[command(subcommand)]
    Ledger(ledger::LedgerCommand),
    /// See what this node has seen of the ledgers of others, and who signs its own
    #[command(subcommand)]
    Witness(witness::WitnessCommand),
    /// Rebuild what is derived from the records
    Reindex(setup::ReindexArgs),
    /// Write a backup, also while the node serves
    Backup(setup::BackupArgs),
    /// Make a new home from a backup
    Restore(setup::RestoreArgs),
    /// Hear what a restored node has missed, until it may work again
    CatchUp(setup::CatchUpArgs),
    /// Show it: four nodes on this machine exchange records before your eyes
    Demo(setup::DemoArgs),
    /// Print completions for a shell
    Completions(setup::CompletionsArgs),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn walk(command: &clap::Command, path: &str, seen: &mut Vec<(String, clap::Command)>) {
        for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help") {
            let path = format!("{path} {}", sub.get_name());
            walk(sub, &path, seen);
            seen.push((path, sub.clone()));
        }
    }

    #[test]
    fn the_definitions_do_not_contradict_each_other() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_teaches_with_an_example_that_parses() {
        let mut commands = Vec::new();
        walk(&Cli::command(), "comity", &mut commands);
        assert!(commands.len() > 40, "only {} commands", commands.len());
        for (path, command) in commands.into_iter().filter(|(_, command)| !command.has_subcommands()) {
            let help =
                command.get_after_help().unwrap_or_else(|| panic!("`{path}` has no example")).to_string();
            assert!(
                help.lines().all(|line| line.len() <= 100),
                "`{path}`: a line of the example would be wrapped"
            );
            let joined = help.replace("\\\n", " ");
            let lines: Vec<&str> =
                joined.lines().map(str::trim).filter(|line| line.starts_with("comity ")).collect();
            assert!(
                lines.iter().any(|line| line.starts_with(&path)),
                "`{path}`: no example is of this command"
            );
            for line in lines {
                let words = split(line.split(" | ").next().unwrap().split(" > ").next().unwrap());
                if let Err(error) = Cli::try_parse_from(&words) {
                    panic!("`{path}`: the example `{line}` does not parse: {error}");
                }
            }
        }
    }

    #[test]
    fn the_help_of_every_command_is_pinned() {
        let pinned = include_str!("../tests/cmd/help.trycmd");
        let mut commands = Vec::new();
        walk(&Cli::command(), "comity", &mut commands);
        for (path, _) in commands {
            assert!(
                pinned.contains(&format!("$ {path} --help\n")),
                "`{path} --help` is missing in help.trycmd"
            );
        }
    }

    /// Words as a shell would make them, with quotes of both kinds.
    fn split(line: &str) -> Vec<String> {
        let mut words = vec![String::new()];
        let mut quoted = None;
        for character in line.chars() {
            match (character, quoted) {
                (mark, Some(open)) if mark == open => quoted = None,
                ('\'' | '"', None) => quoted = Some(character),
                (' ', None) => words.push(String::new()),
                (other, _) => words.last_mut().unwrap().push(other),
            }
        }
        words.retain(|word| !word.is_empty());
        words
    }
}
