//! What people of this node do and find with a browser. Each module has its own `endpoints`; one line joins it here.

use crate::router::Endpoint;

/// Every route of the desk.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    Vec::new()
}
