//! Commands by which members come into the community.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};

const INVITE: &str = "\
Examples:
  comity invite 'EXERCISE South desk' --url https://north.example:6180 \\
      --group council --collection reports:r > south.invitation
  comity invite 'EXERCISE Observer' --standing observer --url https://north.example:6180 --days 3";

/// Ask another member into the community: prints a text for it
///
/// The text holds your keys and a token that is good once; hand it over by a way that you trust. Standard error shows its
/// fingerprint, for the two of you to compare on the telephone. Your node must be reached at the address when it is
/// answered.
#[derive(Debug, Args)]
#[command(after_help = INVITE)]
pub struct InviteArgs {
    /// Name of who is invited, as the agreement will write it
    pub name: String,
    /// Where it reaches this node
    #[arg(long, value_name = "URL")]
    pub url: String,
    /// Whose certificate it sees there
    #[arg(long, value_enum, value_name = "WHOSE", default_value_t = Tls::Own)]
    pub tls: Tls,
    /// What it will be in the community
    #[arg(long, value_name = "STANDING", default_value = "member",
        value_parser = PossibleValuesParser::new(["member", "observer", "partner", "oversight"]))]
    pub standing: String,
    /// State to which it belongs (ISO 3166-1, two letters)
    #[arg(long, value_name = "XX")]
    pub state: Option<String>,
    /// Group of the agreement that it will be in; repeat for several
    #[arg(long, value_name = "GROUP")]
    pub group: Vec<String>,
    /// Its protection of personal data was found adequate
    #[arg(long)]
    pub adequate: bool,
    /// Collection that its key opens, with `:r` or `:rw`; repeat for several
    #[arg(long, value_name = "NAME:r|rw")]
    pub collection: Vec<String>,
    /// Purpose of use that its key is tied to
    #[arg(long, value_name = "PURPOSE")]
    pub purpose: Option<String>,
    /// Legal basis on which it may receive personal data, and that its key is tied to
    #[arg(long, value_name = "BASIS")]
    pub basis: Option<String>,
    /// How long the invitation is good, in days
    #[arg(long, value_name = "N", default_value_t = 7)]
    pub days: u32,
}

/// Whose certificate others see at the address of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Tls {
    /// The node's own, which members know by its key note
    Own,
    /// One of an authority that the system trusts
    Authority,
    /// That of a proxy, which ends TLS before the node
    Proxy,
}

/// List the invitations of this node, or take one back
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  comity invitations\n  comity invitations --revoke 'EXERCISE South desk'"
)]
pub struct InvitationsArgs {
    /// Take back the invitation of this id or name
    #[arg(long, value_name = "NAME")]
    pub revoke: Option<String>,
}

const JOIN: &str = "\
Examples:
  comity join south.invitation --show
  comity join south.invitation --home ./south --url https://south.example:6180 --collection Reports
  comity join --again --home ./south";

/// Join a community by an invitation: makes the home, and asks the node that invited
///
/// First compare the fingerprint with who invited, on the telephone: `--show` prints it and does nothing else. Then both
/// nodes know each other as peers, each under the name of its member. Exit code 1 means that a second person over there
/// has yet to approve: `--again` asks once more, also when the network failed.
#[derive(Debug, Args)]
#[command(after_help = JOIN)]
pub struct JoinArgs {
    /// Invitation; `-` is standard input
    #[arg(value_name = "FILE", required_unless_present = "again")]
    pub file: Option<PathBuf>,
    /// Only show who invites whom, and the fingerprint
    #[arg(long, conflicts_with = "again")]
    pub show: bool,
    /// Refuse unless the invitation has this fingerprint
    #[arg(long, value_name = "GROUPS", conflicts_with = "again")]
    pub fingerprint: Option<String>,
    /// Ask once more, from a home that an earlier join made
    #[arg(long, conflicts_with = "file")]
    pub again: bool,
    /// Where others reach this node; without it this node asks, and nobody asks it
    #[arg(long, value_name = "URL", conflicts_with = "again")]
    pub url: Option<String>,
    /// Whose certificate others see there
    #[arg(long, value_enum, value_name = "WHOSE", default_value_t = Tls::Own, requires = "url")]
    pub tls: Tls,
    /// Collection to make, which who invited may read; repeat for several
    #[arg(long, value_name = "TITLE", conflicts_with = "again")]
    pub collection: Vec<String>,
    /// Database, when it is not a file in the home
    #[arg(long, value_name = "URL", conflicts_with = "again")]
    pub store: Option<String>,
}
