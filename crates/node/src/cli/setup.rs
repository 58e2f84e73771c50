//! Commands about the home itself: make, serve, rebuild, save and restore it.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

const INIT: &str = "\
Examples:
  comity init ./north --member 'EXERCISE North desk'
  comity init ./hub --member 'EXERCISE Hub' \\
      --store postgres://comity@127.0.0.1:5432/comity?schema=hub";

/// Make the home of a new node: keys, database, agreement, first user
///
/// The folder must not exist or be empty. It receives the member key, the ledger key and the node secret (readable by
/// the owner alone), the database, an agreement with this one member, and the user `operator`, who holds every role.
#[derive(Debug, Args)]
#[command(after_help = INIT)]
pub struct InitArgs {
    /// Folder to make
    #[arg(value_name = "HOME")]
    pub folder: PathBuf,
    /// Name of the member who operates the node
    #[arg(long, value_name = "NAME")]
    pub member: String,
    /// Database, when it is not a file in the home: `postgres://USER@HOST/DB?schema=NAME`
    #[arg(long, value_name = "URL")]
    pub store: Option<String>,
    /// The node is for exercises and demonstrations; only such a node takes EXERCISE records
    #[arg(long)]
    pub exercise: bool,
}

const SERVE: &str = "\
Examples:
  comity serve
  comity serve --listen 127.0.0.1:0
  comity serve --listen 0.0.0.0:6180 --tls-own
  comity serve --listen 0.0.0.0:6180 --tls-cert node.pem --tls-key node.key --log-form json \\
      --log-level info";

/// Run the node: TAXII 2.1, REST, health and metrics
///
/// The first line on standard output is `listening on http(s)://ADDR`. SIGTERM and Ctrl-C let running requests end and
/// then stop the node. While nobody has a password, and where the build has screens, the second line is a link, good once,
/// by which `operator` sets one. An address other than the machine's own needs TLS, or a proxy in front that has it.
#[derive(Debug, Args)]
#[command(after_help = SERVE)]
pub struct ServeArgs {
    /// Address and port; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:6180")]
    pub listen: SocketAddr,
    /// Speak TLS with the node's own certificate, which members know by its key note
    #[arg(long, conflicts_with_all = ["tls_cert", "behind_proxy"])]
    pub tls_own: bool,
    /// Certificate chain, PEM
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// Private key of the certificate, PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// A proxy in front of the node speaks TLS for it
    #[arg(long)]
    pub behind_proxy: bool,
    /// Where people reach the node, when it is not the address on which it listens; for the link of the first sign-in
    #[arg(long, value_name = "URL", value_parser = super::access::address)]
    pub url: Option<String>,
    /// How often messages are exchanged with all peers, in seconds; 0 turns it off
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u64).range(..=86_400))]
    pub exchange_seconds: u64,
    /// Stop when standard input closes
    #[arg(long)]
    pub exit_with_stdin: bool,
}

/// Rebuild what is derived from the records
///
/// Search text, references and redacted forms are made again from the stored bytes. Nothing that decides is touched.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  comity reindex --home ./node")]
pub struct ReindexArgs {}

const BACKUP: &str = "\
Example:
  comity backup node-2026-01-31.comity --home ./node";

/// Write a backup, also while the node serves
///
/// The file holds the database as of one instant. The keys are not in it: who finds it can read records, but cannot
/// speak for the member. Keep a copy of the folder `keys` of the home apart from it.
#[derive(Debug, Args)]
#[command(after_help = BACKUP)]
pub struct BackupArgs {
    /// File to write
    pub file: PathBuf,
}

const RESTORE: &str = "\
Examples:
  comity restore node-2026-01-31.comity --home ./again --keys ./safe/keys
  comity restore node-2026-01-31.comity --home ./again \\
      --store postgres://comity@127.0.0.1:5432/comity";

/// Make a new home from a backup
///
/// `--home` names the folder to make. What the backup lacks is said; `comity verify` checks the rest. Without the keys of
/// the member the node can be read, not changed.
#[derive(Debug, Args)]
#[command(after_help = RESTORE)]
pub struct RestoreArgs {
    /// Backup to read
    pub file: PathBuf,
    /// Folder `keys` of the lost home
    #[arg(long, value_name = "DIR")]
    pub keys: Option<PathBuf>,
    /// Database, when it is not to be a file in the new home
    #[arg(long, value_name = "URL")]
    pub store: Option<String>,
}

const CATCH_UP: &str = "\
Examples:
  comity catch-up --home ./again
  comity catch-up --home ./again --without 'EXERCISE South desk' --reason 'Its node is gone'

Exit codes:
  0  the node works as before
  1  members are still to be heard; their names are printed";

/// Hear what a restored node has missed, until it may work again
///
/// A node that was restored, or of which an old copy was started, knows neither what it released nor what was taken back
/// since. Until it has heard that from its peers, and from every member whose node met it before, it takes in and hands
/// out nothing. Its ledger goes on under another name, so that nobody takes it for a second history.
#[derive(Debug, Args)]
#[command(after_help = CATCH_UP)]
pub struct CatchUpArgs {
    /// Do not wait for this member; needs --reason
    #[arg(long, value_name = "MEMBER", requires = "reason")]
    pub without: Vec<String>,
    /// Why these members are not waited for
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
}

/// Print completions for a shell
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  comity completions bash > ~/.local/share/bash-completion/completions/comity"
)]
pub struct CompletionsArgs {
    /// Shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

const DEMO: &str = "\
Examples:
  comity demo
  comity demo --once
  comity demo --home ./somewhere --first-port 6180";

/// Show it: four nodes on this machine exchange records before your eyes
///
/// Makes four nodes in one folder (the one that --home names, else ./comity-demo), loads two sets of records, lets the
/// nodes exchange them, prints what happened, and serves until Ctrl-C. A second run starts clean. Everything in it is
/// an exercise or a reading of the press; nodes that the demonstration did not make refuse both sets.
#[derive(Debug, Args)]
#[command(after_help = DEMO)]
pub struct DemoArgs {
    /// End after the report; exit code 1 when an expectation failed
    #[arg(long)]
    pub once: bool,
    /// Only remove what an earlier run left
    #[arg(long, conflicts_with = "once")]
    pub reset: bool,
    /// First of four ports, one for each node [default: any free ones]
    #[arg(long, value_name = "PORT")]
    pub first_port: Option<u16>,
}
