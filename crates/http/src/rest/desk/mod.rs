//! What people of this node do and find with a browser. Each module has its own `endpoints`; one line joins it here.

pub(crate) mod users;

use crate::router::Endpoint;

/// Every route of the desk.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    let mut all = Vec::new();
    all.extend(users::endpoints());
    all
}
