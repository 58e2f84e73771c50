//! Commands about other nodes: who they are, and bringing over what they release.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Make known, list and forget the nodes of other members.
#[derive(Debug, Subcommand)]
pub enum PeerCommand {
    /// Make a peer known, with the key it issued
    Add(PeerAddArgs),
    /// List the peers and how far each was read
    #[command(after_help = "Example:\n  comity peer list")]
    List,
    /// Compare what this node and its peers hold for true about each other
    Status(PeerStatusArgs),
    /// Print the signed note of this node's keys, for a peer that did not hear of them
    #[command(after_help = "Example:\n  comity peer keys > north.keys")]
    Keys,
    /// Take the signed note of a member's keys from a file
    Learn(PeerLearnArgs),
    /// Forget a peer; what it sent stays
    Remove(PeerRemoveArgs),
}

const PEER_ADD: &str = "\
Examples:
  comity peer add south https://south.example:6180/ --member 'EXERCISE South desk' \\
      --user k5f0c2a9e1b7d4c88 --secret - --ca south-ca.pem
  echo \"$SECRET\" | comity peer add south http://127.0.0.1:6181/ \\
      --member 'EXERCISE South desk' --user k5f0c2a9e1b7d4c88 --secret -";

/// Make a peer known, with the key it issued
///
/// The peer's operator issues a key with `comity key add`; its user and secret go in here. The secret is kept encrypted.
/// `--secret -` reads it from standard input, so that it stays out of the shell's history.
#[derive(Debug, Args)]
#[command(after_help = PEER_ADD)]
pub struct PeerAddArgs {
    /// Short name for this peer
    pub name: String,
    /// Address of the node, as `serve` prints it
    pub url: String,
    /// Member that operates it, by id or name
    #[arg(long, value_name = "MEMBER")]
    pub member: String,
    /// User of the key it issued
    #[arg(long, value_name = "USER")]
    pub user: String,
    /// Secret of the key it issued; `-` is standard input
    #[arg(long, value_name = "SECRET")]
    pub secret: String,
    /// Authority that signed its certificate, PEM, when it is not one the system trusts
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
}

/// Compare what this node and its peers hold for true about each other
///
/// Asks each peer whom it takes us for, and shows both sides: agreement, keys, certificates, clocks, messages and ledgers,
/// each with what to do where they differ. Nothing is changed. Exit code 1 means that something differs, or that a peer
/// did not answer.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  comity peer status\n  comity peer status south")]
pub struct PeerStatusArgs {
    /// Peer, by the name given to it [default: all]
    pub peer: Option<String>,
}

/// Take the signed note of a member's keys from a file
///
/// Nodes tell each other their keys by themselves. A file is for the case that they cannot, because a certificate was changed
/// before the other side knew. The note is believed for its signature, by a key of the member in the agreement.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  comity peer learn north.keys")]
pub struct PeerLearnArgs {
    /// What `peer keys` printed there; `-` is standard input
    pub file: PathBuf,
}

/// Forget a peer; what it sent stays
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  comity peer remove south")]
pub struct PeerRemoveArgs {
    /// Name of the peer
    pub name: String,
}

const EXCHANGE: &str = "\
Examples:
  comity exchange
  comity exchange south";

/// Say to peers what there is to say, and hear what they have to say
///
/// Signed messages besides records, such as receipts. A serving node does it every minute, and `pull` does it before and
/// after; each side goes on where the other stands, whoever begins. Exit code 1 means that a peer did not answer to the
/// end, said something that was refused, or has another agreement in force.
#[derive(Debug, Args)]
#[command(after_help = EXCHANGE)]
pub struct ExchangeArgs {
    /// Peer, by the name given to it [default: all]
    pub peer: Option<String>,
}

const PULL: &str = "\
Examples:
  comity pull
  comity pull south --collection reports --into south-reports";

/// Bring over what peers release to this member
///
/// Goes on from where the last pull ended, also after a crash, without loss and without doubles. Exit code 1 means that
/// a peer sent something that was refused.
#[derive(Debug, Args)]
#[command(after_help = PULL)]
pub struct PullArgs {
    /// Peer, by the name given to it [default: all]
    pub peer: Option<String>,
    /// Collection of the peer: id or alias [default: all that may be read]
    #[arg(long, value_name = "X")]
    pub collection: Option<String>,
    /// Collection of this node to put it in
    #[arg(long, value_name = "C", requires = "collection")]
    pub into: Option<String>,
}
