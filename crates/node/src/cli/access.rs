//! Commands about what may be reached and by whom: collections, keys, users, readers' groups.

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand, ValueEnum};
use comity_app::model::Micros;

/// Make and list collections.
#[derive(Debug, Subcommand)]
pub enum CollectionCommand {
    /// Make a collection
    Add(CollectionAddArgs),
    /// List the collections of this node
    #[command(after_help = "Example:\n  comity collection list --json")]
    List,
}

const COLLECTION_ADD: &str = "\
Example:
  comity collection add 'Incident reports' \\
      --description 'EXERCISE incidents of the northern region'";

/// Make a collection
///
/// Prints its id and the alias made from the title; either names it in other commands and in TAXII paths. The answer is
/// JSON when `--json` is given or standard output is not a terminal.
#[derive(Debug, Args)]
#[command(after_help = COLLECTION_ADD)]
pub struct CollectionAddArgs {
    /// Title for people
    pub title: String,
    /// What it holds
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,
}

/// Issue, revoke and list keys to this node.
#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Issue a key to a member
    Add(KeyAddArgs),
    /// Revoke a key; it fails from the next request on
    Revoke(KeyRevokeArgs),
    /// Put a new key in the place of one of this node's
    Rotate(KeyRotateArgs),
    /// Declare that somebody else has a member key
    Compromised(KeyCompromisedArgs),
    /// List the keys, without their secrets
    #[command(after_help = "Example:\n  comity key list")]
    List,
}

/// What a key may do with a collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Right {
    /// Read.
    R,
    /// Write.
    W,
    /// Read and write.
    Rw,
}

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum KeyScope {
    /// TAXII and REST.
    Exchange,
    /// `/metrics` only.
    Metrics,
}

const KEY_ADD: &str = "\
Examples:
  comity key add --member 'EXERCISE South desk' --collection reports --rights r
  comity key add --member 'EXERCISE South desk' --collection reports --rights rw \\
      --purpose border-security --basis treaty-4 --days 30
  comity key add --member 'EXERCISE North desk' --collection reports --inner border-cell
  comity key add --member 'EXERCISE North desk' --scope metrics";

/// Issue a key to a member
///
/// The secret is shown once and kept only as a hash. It serves as a Bearer token, or with the user name as Basic
/// authentication. Purpose and legal basis are those under which everything is released to this key. The answer is JSON
/// when `--json` is given or standard output is not a terminal.
#[derive(Debug, Args)]
#[command(after_help = KEY_ADD)]
pub struct KeyAddArgs {
    /// Member that receives the key, by id or name
    #[arg(long, value_name = "MEMBER")]
    pub member: String,
    /// Collection it opens: id, alias or title; repeat for more
    #[arg(long, value_name = "C", required_unless_present = "scope")]
    pub collection: Vec<String>,
    /// What it may do there
    #[arg(long, value_enum, value_name = "RIGHTS", default_value_t = Right::R)]
    pub rights: Right,
    /// Purpose of what it reads
    #[arg(long, value_name = "PURPOSE")]
    pub purpose: Option<String>,
    /// Legal basis of what it reads
    #[arg(long, value_name = "BASIS")]
    pub basis: Option<String>,
    /// Days until it expires [default: the agreement's]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub days: Option<u32>,
    /// What it is for [default: exchange]
    #[arg(long, value_enum, value_name = "SCOPE")]
    pub scope: Option<KeyScope>,
    /// Readers' group in which it reads, with a key of your own member; repeat for more
    #[arg(long, value_name = "GROUP")]
    pub inner: Vec<String>,
}

const KEY_ROTATE: &str = "\
Examples:
  comity key rotate --member
  comity key rotate --courier
  comity key rotate --courier --finish
  comity key rotate --tls
  comity key rotate --tls --finish";

/// Put a new key in the place of one of this node's
///
/// The key note states the change, and members learn of it by the next exchange. What was signed before stays valid. Start
/// the node again afterwards: a process that was opened before signs nothing any more. The witness key and the courier key
/// before stay of use until `--finish`. The certificate changes the other way round: the next one is made and named first,
/// and `--finish` puts it in place when `comity peer status` shows that every peer knows both.
#[derive(Debug, Args)]
#[command(after_help = KEY_ROTATE, group = clap::ArgGroup::new("which").required(true))]
#[expect(clippy::struct_excessive_bools, reason = "each is a word on the command line")]
pub struct KeyRotateArgs {
    /// The key that signs records, messages and key notes
    #[arg(long, group = "which", conflicts_with = "finish")]
    pub member: bool,
    /// The key that signs the checkpoints of the ledger
    #[arg(long, group = "which", conflicts_with = "finish")]
    pub ledger: bool,
    /// The key that signs checkpoints of other members
    #[arg(long, group = "which")]
    pub witness: bool,
    /// The key under which bundles for this node are sealed
    #[arg(long, group = "which")]
    pub courier: bool,
    /// The key of the certificate that this node shows to members
    #[arg(long, group = "which")]
    pub tls: bool,
    /// Drop the key before; with --tls, put the next certificate in place
    #[arg(long)]
    pub finish: bool,
    /// Do so although some members do not know it yet
    #[arg(long, requires_all = ["finish", "tls"])]
    pub anyway: bool,
}

/// Declare that somebody else has a member key
///
/// Nothing that is signed with it is taken from now on. What was signed with it and came since the instant named is listed
/// and set aside, and stays so. It counts at this node: every member does the same at its own, and all bring an agreement
/// into force that names another key.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  comity key compromised 'EXERCISE South desk' --key 6d1f0c2a9e1b7d4c --since 2026-11-20T08:00:00Z"
)]
pub struct KeyCompromisedArgs {
    /// Whose key it is, by id or name
    pub member: String,
    /// The key: its short name of 16 hex digits, or as it stands in the agreement
    #[arg(long, value_name = "ID")]
    pub key: String,
    /// Since when somebody else has it
    #[arg(long, value_name = "TIME")]
    pub since: Micros,
}

/// Revoke a key; it fails from the next request on
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  comity key revoke k5f0c2a9e1b7d4c88")]
pub struct KeyRevokeArgs {
    /// Id of the key, as `key list` shows it
    pub id: String,
}

/// Keep the users of this node.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Add a user of this node's member
    Add(UserAddArgs),
    /// Make a link by which a user sets a password and signs in with a browser
    Link(UserLinkArgs),
    /// End a user: nobody acts or signs in under the name any more
    End(UserEndArgs),
    /// List the browsers in which users are signed in
    #[command(after_help = "Example:\n  comity user visits")]
    Visits,
    /// List the users
    #[command(after_help = "Example:\n  comity user list")]
    List,
}

/// The roles of users, as written on the command line.
pub fn roles() -> PossibleValuesParser {
    PossibleValuesParser::new([
        "analyst",
        "release-officer",
        "secretariat",
        "data-protection",
        "auditor",
        "administrator",
    ])
}

const USER_ADD: &str = "\
Example:
  comity user add lena --role analyst --role release-officer
  comity user add mira --role analyst --inner border-cell";

/// Add a user of this node's member
///
/// A user acts with `--as NAME`, within the roles given here. Administrators get no content by their role.
#[derive(Debug, Args)]
#[command(after_help = USER_ADD)]
pub struct UserAddArgs {
    /// Name to act under
    pub name: String,
    /// Role; repeat for more
    #[arg(long, value_name = "ROLE", required = true, value_parser = roles())]
    pub role: Vec<String>,
    /// Readers' group; repeat for more
    #[arg(long, value_name = "GROUP")]
    pub inner: Vec<String>,
}

/// Make a link by which a user sets a password and signs in with a browser
///
/// The link is good once, for 24 hours, and is not shown again; hand it over in person or by a way that only the user
/// reads. Using it sets whatever was there aside: the password before, the second factor, and every browser in which the
/// user is signed in. The answer is JSON when `--json` is given or standard output is not a terminal.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  comity user link lena\n  comity user link lena --url https://node.example"
)]
pub struct UserLinkArgs {
    /// User
    pub name: String,
    /// Where people reach this node
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:6180", value_parser = address)]
    pub url: String,
}

/// The address of a node as people type it into a browser, without a path.
pub fn address(text: &str) -> Result<String, String> {
    let text = text.trim_end_matches('/');
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    match rest.filter(|rest| !rest.is_empty() && !rest.contains(['/', '?', '#', '@', ' '])) {
        Some(_) => Ok(text.to_owned()),
        None => Err("an address such as https://node.example, without a path".to_owned()),
    }
}

/// End a user: nobody acts or signs in under the name any more
///
/// What was done under the name stays, and so does the name: it is not given to anybody else. The last administrator is
/// not ended.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  comity user end lena")]
pub struct UserEndArgs {
    /// User
    pub name: String,
}

/// Keep readers' groups inside your own member.
#[derive(Debug, Subcommand)]
pub enum GroupCommand {
    /// Add a group, with nobody in it
    Add(GroupArgs),
    /// List the groups, with the users and keys in them
    #[command(after_help = "Example:\n  comity group list")]
    List,
    /// Put a user into a group
    Join(GroupJoinArgs),
    /// Take a user out of a group
    Leave(GroupLeaveArgs),
    /// Remove a group in which nobody is any more
    Remove(GroupRemoveArgs),
}

/// Add a group, with nobody in it
///
/// A record that is limited to a group (`--inner GROUP`) is there for the users and keys in that group alone; for your
/// other people there is no trace of it. Groups are your own business: the agreement does not name them and nothing of
/// them leaves the node.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  comity group add border-cell")]
pub struct GroupArgs {
    /// Name: small letters, digits and dashes
    pub name: String,
}

/// Put a user into a group
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  comity group join border-cell lena")]
pub struct GroupJoinArgs {
    /// Group
    #[arg(value_name = "GROUP")]
    pub name: String,
    /// User
    pub user: String,
}

/// Take a user out of a group
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  comity group leave border-cell lena")]
pub struct GroupLeaveArgs {
    /// Group
    #[arg(value_name = "GROUP")]
    pub name: String,
    /// User
    pub user: String,
}

/// Remove a group in which nobody is any more
///
/// What is limited to it alone is then for nobody, until there is a group of that name again.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  comity group remove border-cell")]
pub struct GroupRemoveArgs {
    /// Group
    #[arg(value_name = "GROUP")]
    pub name: String,
}
