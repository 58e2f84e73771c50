//! How a node reaches the node of a peer: over HTTPS, or as a test that has both in one process puts them together.

use std::time::Duration;

use comity_store::tables::peer::Peer;

use crate::client::PeerClient;
use crate::{App, AppError};

/// A way to one peer, with its key.
pub trait Carrier {
    /// Asks for a path on the peer, or an address of the peer itself; any other host is refused.
    ///
    /// # Errors
    /// Why there is no answer.
    fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Answer, Failure>;

    /// Sends a JSON document to a path on the peer.
    ///
    /// # Errors
    /// Why there is no answer.
    fn post(&self, path: &str, body: Vec<u8>) -> Result<Answer, Failure>;

    /// Waits before something is asked for again.
    fn pause(&self, wait: Duration);
}

/// Opens ways to peers.
pub trait Carriers: Send + Sync {
    /// A way to this peer, with the secret that it gave us.
    ///
    /// # Errors
    /// [`AppError::Environment`] when its address or certificate cannot be used.
    fn open(&self, app: &App, peer: &Peer, secret: String) -> Result<Box<dyn Carrier>, AppError>;
}

/// An answer of a peer.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Answer {
    /// The body, without compression.
    pub body: Vec<u8>,
    /// Added-time of the last object, when the answer is a page.
    pub last_added: Option<String>,
    /// Bytes as they came over the wire.
    pub wire_bytes: usize,
}

/// Why a request got no answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Failure {
    /// It may succeed when asked again, after so many seconds if the peer said so.
    Passing(String, Option<u64>),
    /// The answer is larger than allowed, and so many bytes were read; it may succeed when less is asked for.
    TooLarge(String, usize),
    /// The peer has nothing of the kind at this path.
    Absent(String),
    /// It will not.
    Final(String),
}

impl Failure {
    /// What to tell people.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Passing(text, _) | Self::TooLarge(text, _) | Self::Absent(text) | Self::Final(text) => text,
        }
    }
}

/// The network.
pub(crate) struct Network;

impl Carriers for Network {
    fn open(&self, app: &App, peer: &Peer, secret: String) -> Result<Box<dyn Carrier>, AppError> {
        let client = PeerClient::new(app, peer, secret)?;
        Ok(Box::new(client))
    }
}
