//! Every limit on what comes from outside, in one struct (invariant 6).

/// The limits of a node.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Largest request body, in bytes, before and after decompression.
    pub body_bytes: usize,
    /// Most objects in one post.
    pub post_objects: usize,
    /// Most objects on one page.
    pub page_objects: usize,
    /// Objects on a page when the client names no number.
    pub page_default: usize,
    /// Most values in one `match[…]` parameter.
    pub match_values: usize,
    /// Requests a second that one key may make on average.
    pub requests_per_second: u32,
    /// Requests that one key may make at once.
    pub request_burst: u32,
    /// Requests served at the same time.
    pub requests_open: usize,
    /// Connections open at the same time.
    pub connections_open: usize,
    /// How long one request may take, in seconds.
    pub request_seconds: u64,
    /// How long a client may take to send its headers, in seconds.
    pub header_seconds: u64,
    /// Largest page that a peer may send, in bytes, after decompression.
    pub peer_page_bytes: usize,
    /// Most pages of one collection in one pull.
    pub peer_pages: usize,
    /// How long a peer may take to answer, in seconds.
    pub peer_seconds: u64,
    /// How often a page is asked for again when a peer is busy or cut off.
    pub peer_tries: u32,
    /// Largest file that is imported, in bytes, after decompression.
    pub file_bytes: usize,
    /// Records written in one transaction.
    pub batch_records: usize,
    /// Limits on a STIX document.
    pub stix: comity_stix::Limits,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 16 << 20,
            post_objects: 10_000,
            page_objects: 1_000,
            page_default: 100,
            match_values: 100,
            requests_per_second: 100,
            request_burst: 500,
            requests_open: 256,
            connections_open: 1_024,
            request_seconds: 30,
            header_seconds: 10,
            peer_page_bytes: 128 << 20,
            peer_pages: 1_000_000,
            peer_seconds: 60,
            peer_tries: 4,
            file_bytes: 1 << 30,
            batch_records: 2_000,
            stix: comity_stix::Limits { bytes: 1 << 30, objects: 2_000_000, ..comity_stix::Limits::default() },
        }
    }
}
