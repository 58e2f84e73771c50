//! Limits on what a stranger may ask of the node: requests per key and per remote address, and failed logins per
//! address. State lives in memory only and decides nothing about who may read what.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use governor::clock::{Clock as _, DefaultClock};
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

/// How many keys or addresses one table remembers before it forgets those that are idle.
const TABLE_ROWS: usize = 20_000;

/// The part of the remote address that counts as one caller: an IPv4 address, or an IPv6 network of 64 bits, since
/// one household holds that many IPv6 addresses.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Origin(IpAddr);

impl Origin {
    /// The origin of an address.
    pub(crate) fn of(address: IpAddr) -> Self {
        let address = address.to_canonical();
        match address {
            IpAddr::V4(_) => Self(address),
            IpAddr::V6(v6) => Self(IpAddr::V6((u128::from(v6) & !u128::from(u64::MAX)).into())),
        }
    }
}

/// Requests per second and burst for each key `K`.
pub(crate) struct Rate<K: Hash + Eq + Clone> {
    limiter: RateLimiter<K, HashMapStateStore<K>, DefaultClock>,
    clock: DefaultClock,
}

impl<K: Hash + Eq + Clone> Rate<K> {
    /// A limit of `per_second` requests in the long run and `burst` at once; zero counts as one.
    pub(crate) fn new(per_second: u32, burst: u32) -> Self {
        let at_least_one = |number: u32| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::per_second(at_least_one(per_second)).allow_burst(at_least_one(burst));
        Self { limiter: RateLimiter::hashmap(quota), clock: DefaultClock::default() }
    }

    /// A limit of one request in so many seconds in the long run and `burst` at once; zero counts as one.
    pub(crate) fn slow(seconds: u64, burst: u32) -> Self {
        let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
        let period = Duration::from_secs(seconds.max(1));
        let quota = Quota::with_period(period).unwrap_or(Quota::per_minute(NonZeroU32::MIN));
        Self { limiter: RateLimiter::hashmap(quota.allow_burst(burst)), clock: DefaultClock::default() }
    }

    /// Takes one request from the key's allowance; when there is none left, the seconds to wait (at least 1).
    pub(crate) fn take(&self, key: &K) -> Result<(), u64> {
        if self.limiter.len() > TABLE_ROWS {
            self.limiter.retain_recent();
            self.limiter.shrink_to_fit();
        }
        self.limiter.check_key(key).map_err(|refused| whole_seconds(refused.wait_time_from(self.clock.now())))
    }
}

/// Failed logins per origin: each failure costs one of `allowed`, which come back at one per `recovery`.
pub(crate) struct Failures {
    allowed: u32,
    recovery: Duration,
    table: Mutex<HashMap<Origin, (u32, Instant)>>,
}

impl Failures {
    /// A table that lets `allowed` failures pass at once (zero counts as one).
    pub(crate) fn new(allowed: u32, recovery: Duration) -> Self {
        Self {
            allowed: allowed.max(1),
            recovery: recovery.max(Duration::from_millis(1)),
            table: Mutex::default(),
        }
    }

    /// The seconds to wait when this origin has used up its failures.
    pub(crate) fn blocked(&self, origin: Origin, now: Instant) -> Option<u64> {
        let table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        let (count, since) = table.get(&origin)?;
        let (count, since) = self.recovered(*count, *since, now);
        (count >= self.allowed)
            .then(|| whole_seconds(self.recovery.saturating_sub(now.duration_since(since))))
    }

    /// Notes one more failure.
    pub(crate) fn note(&self, origin: Origin, now: Instant) {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        if table.len() > TABLE_ROWS {
            table.retain(|_, (count, since)| self.recovered(*count, *since, now).0 > 0);
        }
        let entry = table.entry(origin).or_insert((0, now));
        let (count, since) = self.recovered(entry.0, entry.1, now);
        *entry = (count.saturating_add(1).min(self.allowed), if count == 0 { now } else { since });
    }

    /// The failures that still count at `now`, and the instant from which the next recovery runs.
    fn recovered(&self, count: u32, since: Instant, now: Instant) -> (u32, Instant) {
        let steps = now.duration_since(since).as_millis() / self.recovery.as_millis().max(1);
        let steps = u32::try_from(steps).unwrap_or(u32::MAX).min(count);
        (count - steps, since + self.recovery.saturating_mul(steps))
    }
}

fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_the_next_request_waits_at_least_a_second() {
        let rate = Rate::new(1, 3);
        for _ in 0..3 {
            assert_eq!(rate.take(&"key"), Ok(()));
        }
        assert!(rate.take(&"key").is_err_and(|seconds| seconds >= 1));
        assert_eq!(rate.take(&"another key"), Ok(()));
    }

    #[test]
    fn addresses_of_one_ipv6_network_count_as_one() {
        let of = |text: &str| Origin::of(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:2"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    }

    #[test]
    fn failures_block_an_origin_until_they_have_recovered() {
        let failures = Failures::new(2, Duration::from_secs(10));
        let (start, here) = (Instant::now(), Origin::of("192.0.2.1".parse().unwrap()));
        failures.note(here, start);
        assert_eq!(failures.blocked(here, start), None);
        failures.note(here, start);
        assert_eq!(failures.blocked(here, start), Some(10));
        assert_eq!(failures.blocked(here, start + Duration::from_secs(4)), Some(6));
        assert_eq!(failures.blocked(here, start + Duration::from_secs(10)), None);
        assert_eq!(failures.blocked(Origin::of("192.0.2.2".parse().unwrap()), start), None);
    }

    #[test]
    fn failures_beyond_the_block_do_not_lengthen_it() {
        let failures = Failures::new(1, Duration::from_secs(5));
        let (start, here) = (Instant::now(), Origin::of("192.0.2.1".parse().unwrap()));
        for _ in 0..100 {
            failures.note(here, start);
        }
        assert_eq!(failures.blocked(here, start + Duration::from_secs(5)), None);
    }
}
