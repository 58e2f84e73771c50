//! Who is calling: reads Bearer and Basic credentials, and the visits of people, and has them judged by the app at every
//! request, so that a revoked key ends at once. Rate limits stand here too, since they hang on the address and on the key.

use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::middleware::Next;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::app::credential::{self, Channel, Login, Reader, Scope};
use crate::limit::Origin;
use crate::refusal::Refusal;
use crate::router::{Access, Remote, Shared};
use crate::visitor;

/// Longer credentials are not looked at.
const LONGEST_HEADER_BYTES: usize = 2048;

/// The caller of a request whose key was found good. Handlers take it from the request's extensions.
#[derive(Clone)]
pub(crate) struct Caller(pub(crate) Reader);

/// Lets a request pass when its key or visit is good, within its rate, and fits the route.
pub(crate) async fn admit(
    State((shared, access)): State<(Shared, Access)>,
    request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    let scope = match access {
        Access::Open => return Ok(next.run(request).await),
        Access::Person(need) => {
            let person = visitor::admit(&shared, need, request.method(), request.headers()).await?;
            return pass(&shared, request, next, person).await;
        }
        Access::Key => Scope::Exchange,
        Access::Metrics => Scope::Metrics,
    };
    let origin = Origin::of(Remote::of(request.extensions()));
    let channel = channel(&request);
    let reader = identify(&shared, origin, request.headers(), channel).await?;
    shared.gates.keys.take(&reader.credential.clone()).map_err(|seconds| {
        shared.telemetry.turned_away("key-rate");
        Refusal::too_often(seconds)
    })?;
    if reader.scope != scope {
        return Err(Refusal::forbidden("this key is for another part of the node"));
    }
    pass(&shared, request, next, Caller(reader)).await
}

/// Hands a request on, with who is calling, and the answer back, likewise.
async fn pass<T: Clone + Send + Sync + 'static>(
    shared: &Shared,
    mut request: Request,
    next: Next,
    who: T,
) -> Result<Response, Refusal> {
    // Bodies are read by few at a time, and by nobody before the caller is known.
    let _place = match visitor::is_look(request.method()) {
        true => None,
        false => Some(shared.place_for_body().await?),
    };
    request.extensions_mut().insert(who.clone());
    let mut response = next.run(request).await;
    response.extensions_mut().insert(who);
    Ok(response)
}

/// What the listener found out about the connection; nothing where no listener stands in front.
pub(crate) fn channel(request: &Request) -> Channel {
    request.extensions().get().copied().unwrap_or(Channel::Bare)
}

async fn identify(
    shared: &Shared,
    origin: Origin,
    headers: &HeaderMap,
    channel: Channel,
) -> Result<Reader, Refusal> {
    if let Some(seconds) = shared.gates.failures.blocked(origin, Instant::now()) {
        shared.telemetry.turned_away("login");
        return Err(Refusal::too_often(seconds));
    }
    if !headers.contains_key(AUTHORIZATION) {
        return Err(Refusal::unauthorized());
    }
    if visitor::cookie(headers, &shared.cookie).is_some() {
        return Err(Refusal::two_callers());
    }
    let found = match login(headers) {
        Some(login) => shared.run(move |app| credential::authenticate_over(app, &login, channel)).await?,
        None => None,
    };
    found.ok_or_else(|| {
        shared.gates.failures.note(origin, Instant::now());
        Refusal::unauthorized()
    })
}

/// The one credential of a request; nothing when there are several, when it cannot be read, or when its name holds
/// control characters: no key is called so, and not every database takes the question.
fn login(headers: &HeaderMap) -> Option<Login> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (value, None) = (values.next()?, values.next()) else { return None };
    let text = value.to_str().ok().filter(|text| text.len() <= LONGEST_HEADER_BYTES)?;
    let (scheme, rest) = text.split_once(' ')?;
    let rest = rest.trim();
    match scheme.to_ascii_lowercase().as_str() {
        "bearer" if !rest.is_empty() && !rest.contains(char::is_control) => {
            Some(Login::Bearer(rest.to_owned()))
        }
        "basic" => {
            let plain = String::from_utf8(STANDARD.decode(rest).ok()?).ok()?;
            let (user, password) = plain.split_once(':')?;
            if user.contains(char::is_control) {
                return None;
            }
            Some(Login::Basic { user: user.to_owned(), password: password.to_owned() })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[&str]) -> Option<Login> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, value.parse().unwrap());
        }
        login(&headers)
    }

    #[test]
    fn both_schemes_are_read_in_any_case() {
        assert!(
            matches!(read(&["bearer  key.secret"]), Some(Login::Bearer(secret)) if secret == "key.secret")
        );
        let basic = read(&["BASIC a2V5OnBhc3M6d29yZA=="]);
        assert!(
            matches!(basic, Some(Login::Basic { user, password }) if user == "key" && password == "pass:word")
        );
    }

    #[test]
    fn what_cannot_be_read_is_no_login() {
        for values in [
            &["Basic !!!"][..],
            &["Basic a2V5"],
            &["Basic /w=="],
            &["Bearer"],
            &["Bearer "],
            &["Digest x"],
            &["Bearer one", "Bearer two"],
            &["Bearer one\ttwo"],
            &["Basic AGtleTpwYXNz"],
            &["Basic a2V5Cjpw"],
            &[],
        ] {
            assert!(read(values).is_none(), "{values:?}");
        }
        assert!(read(&[&format!("Bearer {}", "x".repeat(4096))]).is_none());
    }
}
