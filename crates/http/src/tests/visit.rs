//! Signing in with a browser.

use super::people::Seat;

#[rustfmt::skip]
pub(super) const SEATS: &[Seat] = &[
    //                                                                none  key   a    o    s    d    u    m
    Seat("DELETE", "/api/v1/visit", "",                              [401, 401, 204, 204, 204, 204, 204, 204]),
    // Each is signed in already.
    Seat("POST", "/api/v1/visit/second-factor", r#"{"code":"123456"}"#,
                                                                     [401, 401, 409, 409, 409, 409, 409, 409]),
    Seat("POST", "/api/v1/visit/totp", "",                           [401, 401, 200, 200, 200, 200, 200, 200]),
    // Nothing was offered.
    Seat("PUT", "/api/v1/visit/totp", r#"{"code":"123456"}"#,        [401, 401, 409, 409, 409, 409, 409, 409]),
    // The analyst and the auditor have no second factor.
    Seat("POST", "/api/v1/visit/recovery", "",                       [401, 401, 409, 200, 200, 200, 409, 200]),
    // A wrong password.
    Seat("POST", "/api/v1/visit/step-up", r#"{"password":"x"}"#,     [401, 401, 403, 403, 403, 403, 403, 403]),
    // A role that nobody of them holds beside another.
    Seat("POST", "/api/v1/visit/acting", r#"{"roles":["analyst"]}"#, [401, 401, 200, 403, 403, 403, 403, 403]),
    // A wrong password.
    Seat("POST", "/api/v1/visit/password", r#"{"old":"x","new":"y"}"#,
                                                                     [401, 401, 403, 403, 403, 403, 403, 403]),
];
