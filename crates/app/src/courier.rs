//! Bundles for members without a network: what two nodes would say to each other is written to a file, sealed for one member
//! and signed, and carried by hand. The other direction comes back the same way.
//!
//! A bundle holds what an exchange would (messages, receipts, recalls, keys, a part about ledgers) and pages of records as
//! they are served. Bundles are numbered for each member and direction; each says which of the other direction is here.
//! One that is lost, comes twice, late or to the wrong place is told apart, and nothing of a damaged one is used.

mod bundle;
mod open;
mod pack;
mod seal;

use comity_model::{MemberId, Micros};
use comity_store::Tx;
use comity_store::tables::courier as rows;
use serde::Serialize;

pub use self::open::{Opened, Outcome, open};
pub use self::pack::{Begin, Packed, Wish, pack};
pub(crate) use self::seal::public_key;
use crate::force::{InForce, find_member, in_force};
use crate::{App, AppError};

/// Days after which a bundle is not opened any more.
pub const DAYS: i64 = 90;
/// Smallest size at which a bundle ends and the next one begins, in bytes.
pub const PART_BYTES_MIN: u64 = 1 << 20;
/// That size where nobody says otherwise: what every file system of a medium takes.
pub const PART_BYTES: u64 = 2 << 30;

/// Why a bundle is not opened, or not to its end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Refused {
    /// It is no bundle at all.
    NoBundle,
    /// It was made by a newer program than this one.
    NewerProgram {
        /// The version of its form.
        version: u64,
    },
    /// It was sealed for another key, or made for another member and sealed for this one by somebody else.
    ForAnother {
        /// For whom it was made, when that can be seen.
        named: Option<String>,
    },
    /// It is not signed by a key of the member that it names as its maker.
    NotFromWhomItSays {
        /// Whom it names.
        named: String,
    },
    /// Its maker has no part in the agreement in force here.
    OtherCommunity,
    /// Its time is over.
    Expired {
        /// Since when.
        at: Micros,
    },
    /// A part of it is not what was written.
    Damaged {
        /// The part.
        part: String,
    },
    /// It ends in the middle.
    CutOff {
        /// The part that is not whole.
        part: String,
    },
}

impl Refused {
    /// As programs read it.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::NoBundle => "no-bundle",
            Self::NewerProgram { .. } => "older-program",
            Self::ForAnother { .. } => "for-another-member",
            Self::NotFromWhomItSays { .. } => "not-from-whom-it-says",
            Self::OtherCommunity => "of-another-community",
            Self::Expired { .. } => "expired",
            Self::Damaged { .. } => "damaged",
            Self::CutOff { .. } => "cut-off",
        }
    }

    /// For people: what is wrong, and what to do.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::NoBundle => "it is no bundle of `comity courier pack`".into(),
            Self::NewerProgram { version } => format!(
                "this program is older than the bundle, which is of form {version}: bring the program up to date"
            ),
            Self::ForAnother { named: None } => {
                "it is for another member, or for an earlier key of this node: hand it to whom it is for"
                    .into()
            }
            Self::ForAnother { named: Some(named) } => {
                format!("it is for another member: {named}. Somebody sealed it for this node who may not")
            }
            Self::NotFromWhomItSays { named } => format!(
                "it is not from whom it says: it names {named}, and no key of that member in the agreement signed it"
            ),
            Self::OtherCommunity => {
                "it is of another community: its maker has no part in the agreement in force here".into()
            }
            Self::Expired { at } => format!("it expired on {at}: ask for another one"),
            Self::Damaged { .. } => format!("{}: nothing of it was used; ask for it again", self.fault()),
            Self::CutOff { .. } => format!("{}: nothing of it was used; copy it again", self.fault()),
        }
    }

    /// For people: what is wrong, without what to do where that depends on how much of it was used.
    fn fault(&self) -> String {
        match self {
            Self::Damaged { part } => format!("damaged part {part}"),
            Self::CutOff { part } => format!("it is cut off in part {part}"),
            other => other.words(),
        }
    }
}

/// Why reading a bundle stops.
enum Stop {
    /// The bundle is to blame.
    Refused(Refused),
    /// The node or the medium is.
    Failed(AppError),
}

impl From<Refused> for Stop {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl From<AppError> for Stop {
    fn from(error: AppError) -> Self {
        Self::Failed(error)
    }
}

/// A bundle as it is listed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct BundleView {
    /// `to` the member, or `from` it.
    pub way: &'static str,
    /// Its number.
    pub n: i64,
    /// When it was made, or came.
    pub at: String,
    /// What became of it.
    pub state: &'static str,
    /// For what it waits; 0 when it does not.
    pub waits_for: i64,
}

/// How this node stands with a member without a network.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct CourierView {
    /// Display name.
    pub member: String,
    /// Number of the last bundle for it; 0 for none.
    pub made: i64,
    /// Number of the last one that it said to have.
    pub acknowledged: i64,
    /// Number of the last one from it of which everything is here.
    pub taken: i64,
    /// Numbers of bundles from it that are missing, since a later one came.
    pub missing: Vec<i64>,
    /// Those of which something is still to come, and the last ones of each way.
    pub bundles: Vec<BundleView>,
}

/// How this node stands with every member that it ever gave or got a bundle, or with one.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown member.
pub fn status(app: &App, member: Option<&str>) -> Result<Vec<CourierView>, AppError> {
    app.store().read("courier.status", |tx| {
        let force = in_force(app, tx)?;
        let members = match member {
            Some(text) => vec![find_member(&force, text)?],
            None => rows::members(tx)?,
        };
        members.iter().map(|member| view(app, tx, &force, member)).collect()
    })
}

/// Most bundles of one way that are listed.
const LISTED: usize = 10;

fn view(app: &App, tx: &mut Tx<'_>, force: &InForce, member: &MemberId) -> Result<CourierView, AppError> {
    let made = rows::made(tx, member)?;
    let state_of = |one: &rows::Made| match one.acknowledged_us {
        Some(_) => "arrived",
        None if one.lost => "given up",
        None if one.expires_us < app.now().0 => "expired on its way",
        None => "on its way",
    };
    let mut bundles: Vec<BundleView> = made
        .iter()
        .rev()
        .take(LISTED)
        .map(|one| BundleView {
            way: "to",
            n: one.n,
            at: Micros(one.at_us).to_string(),
            state: state_of(one),
            waits_for: 0,
        })
        .collect();
    let taken = rows::last_taken(tx, member)?;
    for one in taken.iter().cloned().chain(rows::unfinished(tx, member)?).take(LISTED) {
        let state = match one.state {
            rows::CameState::Taken => "taken",
            rows::CameState::Waiting => "waits for an earlier one",
            rows::CameState::Opening => "not opened to its end: open it again",
        };
        let at = Micros(one.at_us).to_string();
        bundles.push(BundleView { way: "from", n: one.n, at, state, waits_for: one.waits_for });
    }
    Ok(CourierView {
        member: force.name_of(member).to_owned(),
        made: made.last().map_or(0, |one| one.n),
        acknowledged: made
            .iter()
            .filter(|one| one.acknowledged_us.is_some())
            .map(|one| one.n)
            .max()
            .unwrap_or(0),
        taken: taken.map_or(0, |one| one.n),
        missing: missing(tx, member)?,
        bundles,
    })
}

/// The bundles from a member for which others wait, and which did not come themselves.
fn missing(tx: &mut Tx<'_>, member: &MemberId) -> Result<Vec<i64>, AppError> {
    let unfinished = rows::unfinished(tx, member)?;
    let is_here = |n: i64| unfinished.iter().any(|one| one.n == n);
    let mut missing: Vec<i64> =
        unfinished.iter().map(|one| one.waits_for).filter(|n| *n > 0 && !is_here(*n)).collect();
    missing.dedup();
    Ok(missing)
}
