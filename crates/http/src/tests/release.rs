//! The acting routes of the desk: who gets which status.

use super::people::Seat;

const NONE: &str = "";
const WHY: &str = r#"{"reason":"EXERCISE"}"#;
const NOTE: &str = r#"{"objects":[]}"#;

/// The lines of the release desk.
pub(super) const SEATS: &[Seat] = &[
    Seat("GET", "/api/v1/desk/drafts", NONE, [401, 401, 200, 200, 403, 403, 403, 403]),
    Seat("POST", "/api/v1/desk/drafts/{object}/publish", NONE, [401, 401, 403, 404, 403, 403, 403, 403]),
    Seat("PUT", "/api/v1/desk/records/{object}/handling", "{}", [401, 401, 403, 404, 403, 403, 403, 403]),
    Seat("POST", "/api/v1/desk/records/{object}/withdraw", WHY, [401, 401, 403, 404, 403, 403, 403, 403]),
    Seat(
        "POST",
        "/api/v1/desk/records/{object}/why",
        r#"{"member":"Exercise reader"}"#,
        [401, 401, 404, 404, 404, 404, 404, 403],
    ),
    Seat("GET", "/api/v1/desk/proposals", NONE, [401, 401, 200, 200, 200, 200, 200, 200]),
    Seat("GET", "/api/v1/desk/proposals/{proposal}", NONE, [401, 401, 404, 404, 404, 404, 404, 404]),
    Seat("POST", "/api/v1/desk/proposals/{proposal}/approve", NONE, [401, 401, 403, 404, 404, 404, 404, 404]),
    Seat("POST", "/api/v1/desk/proposals/{proposal}/refuse", WHY, [401, 401, 404, 404, 404, 404, 404, 404]),
    Seat("POST", "/api/v1/desk/import/look", NOTE, [401, 401, 400, 400, 403, 403, 403, 403]),
    Seat("POST", "/api/v1/desk/import/look/{member}", NOTE, [401, 401, 400, 400, 403, 403, 403, 403]),
    Seat("POST", "/api/v1/desk/import/drafts", NOTE, [401, 401, 400, 400, 403, 403, 403, 403]),
    Seat("POST", "/api/v1/desk/import", NOTE, [401, 401, 403, 400, 403, 403, 403, 403]),
    Seat(
        "POST",
        "/api/v1/desk/recalls",
        r#"{"record":"note--00000000-0000-4000-8000-000000000001","scope":"withdraw","reason":"wrong"}"#,
        [401, 401, 403, 404, 403, 403, 403, 403],
    ),
    Seat(
        "POST",
        "/api/v1/desk/recalls/{recall}/comply",
        r#"{"how":"purge"}"#,
        [401, 401, 403, 404, 403, 404, 403, 403],
    ),
    Seat(
        "POST",
        "/api/v1/desk/recalls/{recall}/close",
        r#"{"member":"Exercise reader","reason":"EXERCISE"}"#,
        [401, 401, 403, 404, 403, 403, 403, 403],
    ),
    Seat("POST", "/api/v1/desk/partners/{peer}/pull", NONE, [401, 401, 403, 404, 403, 403, 403, 404]),
    Seat("POST", "/api/v1/desk/partners/{peer}/exchange", NONE, [401, 401, 403, 404, 403, 403, 403, 404]),
];
