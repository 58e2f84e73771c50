//! The use cases: the only place where a transaction, a decision and a ledger leaf meet.
//!
//! One module is one task of a user; one function one action. Every call blocks its thread. Nothing here knows a
//! media type, a status code or a command line.

pub mod access;
pub mod admit;
pub mod agreement;
pub mod backup;
mod candidate;
pub mod client;
pub mod clock;
pub mod collection;
pub mod context;
pub mod credential;
pub mod delivery;
pub mod error;
pub mod explain;
pub mod force;
pub mod handling;
pub mod home;
pub mod import;
pub mod intake;
pub mod journal;
mod kinds;
pub mod ledger;
pub mod limits;
pub mod misp;
pub mod peer;
pub mod person;
pub mod proof;
pub mod proposal;
pub mod publish;
pub mod pull;
pub mod reindex;
pub mod roles;
pub mod seal;
pub mod serve;
pub mod settle;
pub mod stated;
pub mod subject;
pub mod token;
pub mod variant;
pub mod whoami;
pub mod withdraw;

pub use clock::{Clock, Random, SystemClock, SystemRandom};
pub use comity_model as model;
pub use comity_policy::{self as policy, Released};
pub use comity_prover as prover;
pub use comity_stix as stix;
pub use comity_store::Location;
pub use context::{Alarms, App};
pub use credential::Reader;
pub use error::{AppError, Fault};
pub use limits::Limits;
pub use person::Actor;
pub use roles::Role;
