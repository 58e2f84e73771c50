//! What can go wrong before a node listens. Faults of single requests are answers, not errors.

use std::net::SocketAddr;
use std::path::PathBuf;

/// Why the listener could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HttpError {
    /// A public address, no TLS, and no proxy that would end it.
    #[error(
        "{address} is not a loopback address and there is no TLS; give --tls-own for the node's own certificate, \
         --tls-cert and --tls-key for another, or --behind-proxy when a proxy ends TLS"
    )]
    Unprotected {
        /// The address that was asked for.
        address: SocketAddr,
    },
    /// The address is taken, absent or not permitted.
    #[error("cannot listen on {address}: {source}; choose another address with --listen")]
    Bind {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The node's own certificate cannot be made.
    #[error("the node's own certificate: {0}")]
    OwnCertificate(String),
    /// A certificate or key file is missing or unfit.
    #[error("{}: {what}; give PEM files that belong together", path.display())]
    Certificate {
        /// The file.
        path: PathBuf,
        /// What was wrong with it.
        what: String,
    },
}
