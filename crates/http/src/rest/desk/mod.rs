//! What people of this node do and find with a browser. Each module has its own `endpoints`; one line joins it here.

pub(crate) mod community;
pub(crate) mod import;
pub(crate) mod proposals;
pub(crate) mod release;

use crate::router::Endpoint;

/// Every route of the desk.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    let mut all = Vec::new();
    all.extend(release::endpoints());
    all.extend(proposals::endpoints());
    all.extend(import::endpoints());
    all.extend(community::endpoints());
    all
}
