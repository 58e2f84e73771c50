//! What a record is, and what its originator may say about its release.
//!
//! This crate holds the words of the product as types: members and the agreement that names them, handling,
//! the envelope that travels with a record, and the record itself. It decides nothing (that is `policy`), stores
//! nothing (that is `store`) and reads no clock.

pub mod agreement;
pub mod attachment;
pub mod bundle;
pub mod council;
pub mod effective;
pub mod envelope;
pub mod error;
pub mod handling;
pub mod iep;
pub mod invitation;
pub mod key;
pub mod keynote;
pub mod kind;
pub mod member;
pub mod message;
pub mod micros;
pub mod neutral;
pub mod onward;
pub mod paper;
pub mod proof;
pub mod purpose;
pub mod quality;
pub mod recall;
pub mod receipt;
pub mod record;
pub mod release;
pub mod succession;
pub mod supplement;
pub mod vocabulary;

pub use comity_stix as stix;

pub use agreement::{Agreement, ApprovalRule, Classification, Member, Preset};
pub use bundle::Manifest;
pub use effective::{Markings, Stated};
pub use envelope::{Envelope, Grading, Gradings, Labels, Priority, SignedEnvelope};
pub use error::ModelError;
pub use handling::{Category, Flag, Handling, HandlingCode, HandlingId, Pap};
pub use iep::{Duty, Iep, Permitted};
pub use invitation::{Access, Address, Brought, Invitation, Joined, Joining, Signed, TlsEnd};
pub use key::{MemberKey, PublicKey};
pub use keynote::{KeyNote, SignedKeyNote};
pub use kind::{Fault, Kind};
pub use member::{MemberId, Standing};
pub use message::{Message, SignedMessage};
pub use micros::Micros;
pub use onward::{OnwardAnswer, OnwardAsk, OnwardDanger, OnwardTold};
pub use paper::{Paper, PaperFault};
pub use proof::{PolicyProof, Promise, SignedProof};
pub use purpose::{Purpose, Use};
pub use quality::Quality;
pub use recall::{Dispute, Overdue, Recall, RecallAnswer, RecallFault};
pub use receipt::{NotTaken, Receipt};
pub use record::{Record, RecordKey, RecordState, Stored};
pub use release::ReleaseTable;
pub use succession::{SignedSuccession, Signer, Succession};
pub use supplement::Supplement;
