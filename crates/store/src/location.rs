//! Where a store lives, read from one text of the configuration, and printed again without any password.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use postgres::config::Host;

use crate::error::StoreError;

/// The database engines that a store can run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Engine {
    /// SQLite, inside this process.
    Sqlite,
    /// PostgreSQL 15 or later, or an engine that speaks its protocol.
    Postgres,
}

impl fmt::Display for Engine {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        })
    }
}

/// Where a store lives.
#[derive(Clone, PartialEq, Eq)]
pub enum Location {
    /// SQLite in the memory of this process; gone when the last handle is.
    Memory,
    /// One SQLite file; made with mode 0600 when it is absent. `-wal` and `-shm` files stand beside it while open.
    File(PathBuf),
    /// A `postgres://` URL. `?schema=NAME` chooses the schema, `comity` when it is absent. The host must be a
    /// loopback address or the folder of a Unix socket.
    Postgres(String),
}

impl Location {
    /// Reads `sqlite::memory:`, `sqlite:PATH`, `postgres://...`, `postgresql://...` or a plain path.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the text is empty, has another scheme, or is a URL that we cannot use.
    pub fn parse(text: &str) -> Result<Self, StoreError> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            PostgresOptions::parse(text)?;
            return Ok(Self::Postgres(text.to_owned()));
        }
        let path = text.strip_prefix("sqlite://").or(text.strip_prefix("sqlite:")).unwrap_or(text);
        if path == ":memory:" {
            return Ok(Self::Memory);
        }
        if let Some((scheme, _)) = path.split_once("://") {
            return Err(StoreError::Unavailable(format!(
                "no engine for `{scheme}://`; use sqlite:PATH or postgres://USER@HOST/DATABASE"
            )));
        }
        if path.is_empty() {
            return Err(StoreError::Unavailable("the location is empty; name a file".to_owned()));
        }
        Ok(Self::File(PathBuf::from(path)))
    }

    /// The engine that serves this location.
    #[must_use]
    pub fn engine(&self) -> Engine {
        match self {
            Self::Memory | Self::File(_) => Engine::Sqlite,
            Self::Postgres(_) => Engine::Postgres,
        }
    }
}

impl fmt::Display for Location {
    /// The location without its password.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => out.write_str("sqlite::memory:"),
            Self::File(path) => write!(out, "sqlite:{}", path.display()),
            Self::Postgres(url) => match PostgresOptions::parse(url) {
                Ok(options) => options.fmt(out),
                Err(_) => out.write_str("postgres:(not readable)"),
            },
        }
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Location({self})")
    }
}

/// A PostgreSQL URL taken apart and checked.
pub(crate) struct PostgresOptions {
    pub(crate) config: postgres::Config,
    /// A plain lower-case identifier, safe to write into SQL between double quotes.
    pub(crate) schema: String,
}

impl PostgresOptions {
    pub(crate) fn parse(url: &str) -> Result<Self, StoreError> {
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let mut schema = "comity".to_owned();
        let mut kept = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.strip_prefix("schema=") {
                Some(name) => name.clone_into(&mut schema),
                None => kept.push(pair),
            }
        }
        if !is_plain_name(&schema) {
            return Err(StoreError::Unavailable(
                "the schema in the PostgreSQL URL must be lower-case letters, digits and `_`, 63 at most"
                    .to_owned(),
            ));
        }
        let rest = if kept.is_empty() { base.to_owned() } else { format!("{base}?{}", kept.join("&")) };
        let mut config: postgres::Config = rest.parse().map_err(|_| {
            StoreError::Unavailable(
                "the PostgreSQL URL cannot be read; write postgres://USER:PASSWORD@HOST:PORT/DATABASE?schema=NAME"
                    .to_owned(),
            )
        })?;
        refuse_distant(&config)?;
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(Duration::from_secs(10));
        }
        config.application_name("comity");
        Ok(Self { config, schema })
    }
}

impl fmt::Display for PostgresOptions {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("postgres://")?;
        if let Some(user) = self.config.get_user() {
            write!(out, "{user}@")?;
        }
        let ports = self.config.get_ports();
        for (index, host) in self.config.get_hosts().iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            match host {
                Host::Tcp(name) => write!(out, "{comma}{name}")?,
                Host::Unix(folder) => write!(out, "{comma}{}", folder.display())?,
            }
            if let Some(port) = ports.get(index).or(ports.first()) {
                write!(out, ":{port}")?;
            }
        }
        write!(out, "/{}?schema={}", self.config.get_dbname().unwrap_or_default(), self.schema)
    }
}

/// Connections carry no TLS yet, so they stay on this machine.
fn refuse_distant(config: &postgres::Config) -> Result<(), StoreError> {
    let hosts = config.get_hosts();
    let here = hosts.iter().all(|host| match host {
        Host::Tcp(name) => name == "localhost" || name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback()),
        Host::Unix(_) => true,
    });
    if hosts.is_empty() || !here || config.get_hostaddrs().iter().any(|ip| !ip.is_loopback()) {
        return Err(StoreError::Unavailable(
            "the PostgreSQL host must be on this machine (127.0.0.1, ::1, localhost or a Unix socket), because \
             connections to it are not encrypted; bring a distant one near with a tunnel"
                .to_owned(),
        ));
    }
    Ok(())
}

fn is_plain_name(name: &str) -> bool {
    let starts_well = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    starts_well && !name.starts_with("pg_") && name.len() <= 63 && name.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_finds_its_engine() {
        assert_eq!(Location::parse("sqlite::memory:"), Ok(Location::Memory));
        assert_eq!(Location::parse("sqlite:a/b.db"), Ok(Location::File("a/b.db".into())));
        assert_eq!(Location::parse("sqlite:///var/x.db"), Ok(Location::File("/var/x.db".into())));
        assert_eq!(Location::parse("/var/x.db"), Ok(Location::File("/var/x.db".into())));
        let url = "postgres://me@127.0.0.1/db";
        assert_eq!(Location::parse(url), Ok(Location::Postgres(url.into())));
        assert_eq!(Location::parse(url).map(|l| l.engine()), Ok(Engine::Postgres));
    }

    #[test]
    fn what_we_cannot_open_is_refused_with_advice() {
        assert!(Location::parse("").is_err());
        assert!(Location::parse("sqlite:").is_err());
        let Err(error) = Location::parse("mysql://root:hunter2@host/db") else { panic!("taken") };
        assert!(error.to_string().contains("mysql") && !error.to_string().contains("hunter2"), "{error}");
    }

    #[test]
    fn a_distant_postgres_is_refused_because_nothing_encrypts_the_way() {
        for host in ["db.example.org", "10.0.0.4", "[2001:db8::1]", "127.0.0.1,10.0.0.4"] {
            let error = Location::parse(&format!("postgres://me:hunter2@{host}/db")).unwrap_err().to_string();
            assert!(error.contains("not encrypted") && !error.contains("hunter2"), "{host}: {error}");
        }
        assert!(Location::parse("postgres://me@localhost/db?hostaddr=10.0.0.4").is_err());
        for host in ["127.0.0.1:5433", "localhost", "[::1]", "%2Frun%2Fpostgresql"] {
            assert!(Location::parse(&format!("postgres://me@{host}/db")).is_ok(), "{host}");
        }
    }

    #[test]
    fn a_password_is_never_printed() {
        let location = Location::parse("postgres://me:hunter2@127.0.0.1:5433/db?schema=north").unwrap();
        assert_eq!(location.to_string(), "postgres://me@127.0.0.1:5433/db?schema=north");
        assert!(!format!("{location:?}").contains("hunter2"));
        let unreadable = Location::Postgres("postgres://me:hunter2@127.0.0.1/db?nonsense=1".into());
        assert!(!unreadable.to_string().contains("hunter2"));
    }

    #[test]
    fn a_schema_name_that_needs_quoting_is_refused() {
        for name in ["", "a-b", "a\"b", "Upper", "1a", "pg_x", &"x".repeat(64)] {
            assert!(Location::parse(&format!("postgres://me@localhost/db?schema={name}")).is_err(), "{name}");
        }
        let options =
            PostgresOptions::parse("postgres://me@localhost/db?schema=north_1&connect_timeout=3").unwrap();
        assert_eq!(options.schema, "north_1");
        assert_eq!(options.config.get_connect_timeout(), Some(&Duration::from_secs(3)));
    }
}
