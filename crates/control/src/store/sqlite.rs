//! The store that needs no other service: one SQLite file.

mod outbox;
mod rows;

use std::{
    fs::OpenOptions,
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use carillon_types::WallTime;
use sqlx::{
    Connection, SqliteConnection,
    migrate::{MigrateError, Migrator},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tempfile::TempDir;

use super::{Revision, Snapshot, Store, StoreError};
use crate::{
    boot::Boot,
    config::StoreLocation,
    event::ControlEvent,
    event_rules::TargetName,
    key_ring::TokenKey,
    moment::Moment,
    outbox::{OutboxChange, Posting, Search},
};

/// How long a write waits for another process, such as a backup; longer stalls callers, shorter fails them.
const BUSY_TIMEOUT: Duration = Duration::from_secs(2);

static MIGRATIONS: Migrator = sqlx::migrate!("src/store/migrations");

/// A store in a file, written by one connection.
#[derive(Debug)]
pub(crate) struct SqliteStore {
    options: SqliteConnectOptions,
    /// Absent before the first use, and after an error: a connection of unknown state is not used again.
    connection: Option<SqliteConnection>,
    /// Removes the folder of a temporary store.
    _folder: Option<TempDir>,
}

impl SqliteStore {
    /// Takes the place; nothing is opened yet, except that a temporary folder is made.
    pub(crate) fn at(location: StoreLocation) -> Result<Self, StoreError> {
        let (file, folder): (PathBuf, _) = match location {
            StoreLocation::File(file) => (file, None),
            StoreLocation::Temporary => {
                let folder = TempDir::with_prefix("carillon-")
                    .map_err(|e| StoreError::Unavailable(e.into()))?;
                (folder.path().join("control.sqlite"), Some(folder))
            }
        };
        let options = SqliteConnectOptions::new()
            .filename(file)
            .journal_mode(SqliteJournalMode::Wal)
            // With FULL, a commit is on the disk before the answer; NORMAL loses the last ones with the power.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT);
        Ok(Self { options, connection: None, _folder: folder })
    }

    /// Brings the tables up to date, over a pool because the migrator's future is not `Send` over a connection.
    async fn migrate(&self) -> Result<(), StoreError> {
        let pool =
            SqlitePoolOptions::new().max_connections(1).connect_with(self.options.clone()).await?;
        MIGRATIONS.run(&pool).await?;
        pool.close().await;
        Ok(())
    }

    /// Takes the connection out; it is put back only when it has served well.
    async fn take(&mut self) -> Result<SqliteConnection, StoreError> {
        match self.connection.take() {
            Some(connection) => Ok(connection),
            None => Ok(SqliteConnection::connect_with(&self.options).await?),
        }
    }
}

impl Store for SqliteStore {
    async fn load(
        &mut self,
        first_key: &TokenKey,
        boot: &Boot,
        now: Moment,
    ) -> Result<Snapshot, StoreError> {
        claim(self.options.get_filename()).map_err(|e| StoreError::Unavailable(e.into()))?;
        self.migrate().await?;
        let mut connection = self.take().await?;
        let snapshot = rows::load(&mut connection, first_key, boot, now).await?;
        self.connection = Some(connection);
        Ok(snapshot)
    }

    async fn commit(
        &mut self,
        after: Revision,
        events: &[ControlEvent],
        outbox: &OutboxChange,
    ) -> Result<(), StoreError> {
        let mut connection = self.take().await?;
        rows::commit(&mut connection, after, events, outbox).await?;
        self.connection = Some(connection);
        Ok(())
    }

    async fn postings(&mut self, search: &Search) -> Result<Vec<Posting>, StoreError> {
        let mut connection = self.take().await?;
        let postings = outbox::read(&mut connection, search).await?;
        self.connection = Some(connection);
        Ok(postings)
    }

    async fn forget_postings(
        &mut self,
        target: &TargetName,
        before: WallTime,
    ) -> Result<usize, StoreError> {
        let mut connection = self.take().await?;
        let forgotten = outbox::forget(&mut connection, target, before).await?;
        self.connection = Some(connection);
        Ok(forgotten)
    }

    async fn revision(&mut self) -> Result<Revision, StoreError> {
        let mut connection = self.take().await?;
        let revision = rows::revision(&mut connection).await?;
        self.connection = Some(connection);
        Ok(revision)
    }

    async fn close(mut self) {
        if let Some(connection) = self.connection.take()
            && let Err(error) = connection.close().await
        {
            tracing::warn!(%error, "the store did not close cleanly; it recovers when next opened");
        }
    }
}

/// Makes the file if it does not exist, for its owner's eyes only: it holds the key of every token.
///
/// SQLite gives the files beside it the same permissions.
fn claim(file: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file).map(drop)
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match sqlite_code(&error) {
            // SQLITE_FULL.
            Some(13) => Self::Full(error.into()),
            // SQLITE_BUSY, LOCKED, NOMEM, READONLY, IOERR, CANTOPEN: all can pass.
            Some(5..=8 | 10 | 14) => Self::Unavailable(error.into()),
            Some(_) => Self::Broken(error.into()),
            None if matches!(error, sqlx::Error::Io(_) | sqlx::Error::WorkerCrashed) => {
                Self::Unavailable(error.into())
            }
            None => Self::Broken(error.into()),
        }
    }
}

impl From<MigrateError> for StoreError {
    fn from(error: MigrateError) -> Self {
        if let MigrateError::Execute(error) = error {
            return error.into();
        }
        Self::Broken(error.into())
    }
}

/// Returns the primary result code, which is the low byte of the extended one.
fn sqlite_code(error: &sqlx::Error) -> Option<u32> {
    let code = error.as_database_error()?.code()?;
    Some(code.parse::<u32>().ok()? & 0xff)
}

#[cfg(test)]
mod tests;
