//! Commands about bundles for members without a network.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use comity_app::courier::PART_BYTES;

/// Carry records, messages and recalls to members without a network, and back.
#[derive(Debug, Subcommand)]
pub enum CourierCommand {
    /// Write a bundle for a member: what it may have, and what there is to say to it
    Pack(CourierPackArgs),
    /// Open bundles that came
    Open(CourierOpenArgs),
    /// List what is on its way, what arrived, and what is missing
    Status(CourierStatusArgs),
}

const PACK: &str = "\
Examples:
  comity courier pack 'EXERCISE West desk' --out /media/stick
  comity courier pack 'EXERCISE West desk' --out /media/stick --again";

/// Write a bundle for a member: what it may have, and what there is to say to it
///
/// The file is sealed for that member alone and signed. Its records begin where those of the last bundle ended; what leaves
/// is decided and noted as on a page. Messages, receipts and recalls go in every bundle until the member says that it has
/// them. What the member's node must know first: the key note of this one, and the other way round (`comity peer keys`).
#[derive(Debug, Args)]
#[command(after_help = PACK)]
pub struct CourierPackArgs {
    /// Member, by id or name
    pub member: String,
    /// Folder to write it in
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// About how large it may become, in bytes; the rest goes into further bundles
    #[arg(long, value_name = "N", default_value_t = PART_BYTES)]
    pub part_bytes: u64,
    /// A medium was lost: begin where the last bundle ended that the member said to have
    #[arg(long, conflicts_with = "whole")]
    pub again: bool,
    /// Begin at the start
    #[arg(long)]
    pub whole: bool,
}

const OPEN: &str = "\
Example:
  comity courier open /media/stick/9f2b6c4e0d1a8735c4e0d1a87359f2b6.comity";

/// Open bundles that came
///
/// A bundle is read to its end and checked before anything of it is used. When opening is cut off, the same command goes on
/// where it stopped. Several bundles are opened in the order of their numbers. Exit code 1 means that one was refused,
/// waits for another, or held something that was refused.
#[derive(Debug, Args)]
#[command(after_help = OPEN)]
pub struct CourierOpenArgs {
    /// Bundles
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
}

const STATUS: &str = "\
Examples:
  comity courier status
  comity courier status 'EXERCISE West desk'";

/// List what is on its way, what arrived, and what is missing
///
/// Exit code 1 means that a bundle is missing.
#[derive(Debug, Args)]
#[command(after_help = STATUS)]
pub struct CourierStatusArgs {
    /// Member, by id or name [default: all with bundles]
    pub member: Option<String>,
}
