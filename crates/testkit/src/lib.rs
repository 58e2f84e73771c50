//! What tests of several crates share: stores on every engine and, with the feature `app`, a clock, a random source,
//! nodes and communities. For development only; the product never uses it.
//!
//! ```
//! use comity_testkit::stores;
//!
//! // Three tests: starts_empty::memory, starts_empty::file and starts_empty::postgres.
//! stores! {
//!     fn starts_empty(store: Store) {
//!         let rows = store.read("count", |tx| tx.query("SELECT name FROM fact", &[])).unwrap();
//!         assert!(rows.is_empty());
//!     }
//! }
//! ```

#[cfg(feature = "app")]
mod clock;
#[cfg(feature = "app")]
mod community;
#[cfg(feature = "app")]
pub mod mesh;
#[cfg(feature = "app")]
mod node;
mod place;
mod postgres;
#[cfg(feature = "app")]
mod random;
#[cfg(feature = "sim")]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where its nodes do not work")]
pub mod sim;

#[cfg(feature = "app")]
pub use clock::VirtualClock;
pub use comity_store;
#[cfg(feature = "app")]
pub use community::{Community, Seat};
#[cfg(feature = "app")]
pub use node::{Node, READ, READ_WRITE, WRITE};
pub use place::{Engine, NOW_US, Place};
pub use postgres::postgres;
#[cfg(feature = "app")]
pub use random::SeededRandom;

/// Makes three tests of each function, one for an empty store on each engine: `NAME::memory`, `NAME::file` and
/// `NAME::postgres`. The last passes with a line on standard error when PostgreSQL is missing, and fails in CI.
#[macro_export]
macro_rules! stores {
    ($($(#[$note:meta])* fn $name:ident($store:ident: Store) $body:block)*) => {$(
        mod $name {
            #[allow(unused_imports, reason = "a body may need nothing from the file around it")]
            use super::*;

            $(#[$note])*
            fn run($store: $crate::comity_store::Store) $body

            #[test]
            fn memory() {
                run($crate::Place::memory().open());
            }

            #[test]
            fn file() {
                let place = $crate::Place::file();
                run(place.open());
            }

            #[test]
            fn postgres() {
                if let Some(place) = $crate::Place::postgres() {
                    run(place.open());
                }
            }
        }
    )*};
}

/// Makes three tests of each function, one for a place of its own on each engine: `NAME::memory`, `NAME::file` and
/// `NAME::postgres`. The function takes a maker of places, since a test may need several. The last passes with a line
/// on standard error when PostgreSQL is missing, and fails in CI.
#[macro_export]
macro_rules! engines {
    ($($(#[$note:meta])* fn $name:ident($engine:ident: Engine) $body:block)*) => {$(
        mod $name {
            #[allow(unused_imports, reason = "a body may need nothing from the file around it")]
            use super::*;

            $(#[$note])*
            fn run($engine: $crate::Engine) $body

            #[test]
            fn memory() {
                run($crate::Engine::Memory);
            }

            #[test]
            fn file() {
                run($crate::Engine::File);
            }

            #[test]
            fn postgres() {
                if $crate::postgres().is_some() {
                    run($crate::Engine::Postgres);
                }
            }
        }
    )*};
}

/// Makes two tests of each function, on the engines that several processes can use at once: `NAME::file` and
/// `NAME::postgres`. The second passes with a line on standard error when PostgreSQL is missing, and fails in CI.
#[macro_export]
macro_rules! shared_engines {
    ($($(#[$note:meta])* fn $name:ident($engine:ident: Engine) $body:block)*) => {$(
        mod $name {
            #[allow(unused_imports, reason = "a body may need nothing from the file around it")]
            use super::*;

            $(#[$note])*
            fn run($engine: $crate::Engine) $body

            #[test]
            fn file() {
                run($crate::Engine::File);
            }

            #[test]
            fn postgres() {
                if $crate::postgres().is_some() {
                    run($crate::Engine::Postgres);
                }
            }
        }
    )*};
}

/// Makes two tests of each function, for places that several stores can open at once: `NAME::file` and
/// `NAME::postgres`. The second passes with a line on standard error when PostgreSQL is missing, and fails in CI.
#[macro_export]
macro_rules! places {
    ($($(#[$note:meta])* fn $name:ident($place:ident: &Place) $body:block)*) => {$(
        mod $name {
            #[allow(unused_imports, reason = "a body may need nothing from the file around it")]
            use super::*;

            $(#[$note])*
            fn run($place: &$crate::Place) $body

            #[test]
            fn file() {
                run(&$crate::Place::file());
            }

            #[test]
            fn postgres() {
                if let Some(place) = $crate::Place::postgres() {
                    run(&place);
                }
            }
        }
    )*};
}
