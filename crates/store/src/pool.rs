//! A few connections that threads take turns with. A pool opens them when they are needed, keeps them, and lets go
//! of those that died. Who came first is served first: a thread that comes back at once, again and again, keeps nobody
//! out.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::connection::Connection;
use crate::error::StoreError;

/// How long a thread waits for a connection that other threads of this process hold.
const WAIT_MAX: Duration = Duration::from_secs(60);

pub(crate) struct Pool {
    shelf: Mutex<Shelf>,
    freed: Condvar,
    size_max: usize,
}

#[derive(Default)]
struct Shelf {
    idle: Vec<Connection>,
    /// Connections that exist, idle or taken.
    open: usize,
    /// Who waits, in the order in which they came.
    waiting: VecDeque<u64>,
    /// How many ever came.
    came: u64,
}

impl Pool {
    pub(crate) fn new(size_max: usize) -> Self {
        Self { shelf: Mutex::default(), freed: Condvar::new(), size_max }
    }

    /// A connection for one transaction: an idle one, else a new one, else the next that is given back.
    pub(crate) fn take(
        &self,
        open: impl FnOnce() -> Result<Connection, StoreError>,
    ) -> Result<Lease<'_>, StoreError> {
        let mut shelf = self.lock();
        let place = shelf.came;
        shelf.came = place.wrapping_add(1);
        shelf.waiting.push_back(place);
        let not_yet = |shelf: &mut Shelf| {
            let is_full = shelf.idle.is_empty() && shelf.open >= self.size_max;
            is_full || shelf.waiting.front() != Some(&place)
        };
        let waited = self.freed.wait_timeout_while(shelf, WAIT_MAX, not_yet);
        let (mut shelf, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        shelf.waiting.retain(|one| *one != place);
        // The next in the row may have been waiting for this one alone.
        self.freed.notify_all();
        if waited.timed_out() {
            return Err(StoreError::Busy);
        }
        if let Some(connection) = shelf.idle.pop() {
            return Ok(Lease { pool: self, connection: Some(connection), is_fresh: false });
        }
        shelf.open += 1;
        drop(shelf);
        // From here the lease gives the place back, whether a connection comes of it or not.
        let mut lease = Lease { pool: self, connection: None, is_fresh: true };
        lease.connection = Some(open()?);
        Ok(lease)
    }

    /// Closes every idle connection: the server behind them is another one, or gone.
    pub(crate) fn clear(&self) {
        let mut shelf = self.lock();
        shelf.open = shelf.open.saturating_sub(shelf.idle.len());
        let dead = std::mem::take(&mut shelf.idle);
        drop(shelf);
        drop(dead);
        self.freed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection on loan. It goes back when it is dropped, with no transaction open; a dead one is closed instead.
pub(crate) struct Lease<'a> {
    pool: &'a Pool,
    connection: Option<Connection>,
    is_fresh: bool,
}

impl Lease<'_> {
    pub(crate) fn connection(&mut self) -> Result<&mut Connection, StoreError> {
        self.connection.as_mut().ok_or_else(|| StoreError::Unavailable("the connection is closed".to_owned()))
    }

    /// Whether the connection was opened for this loan, so that a failure is not one of age.
    pub(crate) fn is_fresh(&self) -> bool {
        self.is_fresh
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        let mut connection = self.connection.take();
        let rolled_back = connection.as_mut().is_some_and(|connection| connection.rollback().is_ok());
        let sound = connection.filter(|connection| rolled_back && connection.is_sound());
        let mut shelf = self.pool.lock();
        match sound {
            Some(connection) => shelf.idle.push(connection),
            None => shelf.open = shelf.open.saturating_sub(1),
        }
        drop(shelf);
        self.pool.freed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::Pool;
    use crate::connection::Connection;
    use crate::error::StoreError;
    use crate::sqlite::SqliteConnection;

    fn open() -> Result<Connection, StoreError> {
        SqliteConnection::open_memory().map(Connection::Sqlite)
    }

    #[test]
    fn who_comes_back_at_once_waits_behind_who_waited() {
        let pool = Pool::new(1);
        for _ in 0..50 {
            let order = Mutex::new(Vec::new());
            let first = pool.take(open).unwrap();
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    let _lease = pool.take(open).unwrap();
                    order.lock().unwrap().push("waited");
                });
                while pool.lock().waiting.is_empty() {
                    std::thread::yield_now();
                }
                drop(first);
                let _lease = pool.take(open).unwrap();
                order.lock().unwrap().push("came back");
            });
            assert_eq!(order.into_inner().unwrap(), ["waited", "came back"]);
        }
    }
}
