//! The limits of the network face, taken from the app's one struct of limits and completed by those that only a
//! listener has.

use std::time::Duration;

use crate::app::limits::Limits;

/// Everything from outside that is bounded here. Times are in seconds, sizes in bytes.
#[derive(Clone, Debug)]
pub(crate) struct Bounds {
    pub(crate) body_bytes: usize,
    pub(crate) inflated_bytes: usize,
    pub(crate) gzip_ratio: usize,
    pub(crate) address_bytes: usize,
    pub(crate) header_bytes: usize,
    pub(crate) headers: usize,
    pub(crate) page_objects: usize,
    pub(crate) matches: usize,
    pub(crate) requests_per_second: u32,
    pub(crate) burst: u32,
    pub(crate) failed_logins: u32,
    pub(crate) login_recovery: Duration,
    pub(crate) concurrent_requests: usize,
    pub(crate) workers: usize,
    pub(crate) connections: usize,
    pub(crate) request_seconds: u64,
    pub(crate) header_seconds: u64,
    pub(crate) handshake_seconds: u64,
    pub(crate) stall_seconds: u64,
    pub(crate) drain_seconds: u64,
}

impl Bounds {
    /// The bounds that the app's limits ask for.
    pub(crate) fn of(limits: &Limits) -> Self {
        Self {
            body_bytes: limits.body_bytes,
            inflated_bytes: limits.body_bytes,
            gzip_ratio: 100,
            address_bytes: 16 * 1024,
            header_bytes: 64 * 1024,
            headers: 100,
            page_objects: limits.page_objects,
            matches: limits.match_values,
            requests_per_second: limits.requests_per_second,
            burst: limits.request_burst,
            failed_logins: 60,
            login_recovery: Duration::from_secs(1),
            concurrent_requests: limits.requests_open,
            workers: 32,
            connections: limits.connections_open,
            request_seconds: limits.request_seconds,
            header_seconds: limits.header_seconds,
            handshake_seconds: 10,
            stall_seconds: 30,
            drain_seconds: 10,
        }
    }
}
