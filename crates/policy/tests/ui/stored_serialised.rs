//! What was stored cannot be serialised, whatever it holds.

use comity_model::Stored;

fn outward<T: serde::Serialize>(_: &T) {}

fn main() {
    outward(&Stored::new(1_u8));
}
