//! The rows of what is to be told to others.

use carillon_types::WallTime;
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

use super::{super::StoreError, rows::broken};
use crate::{
    event_rules::TargetName,
    outbox::{OutboxChange, Posting, PostingNumber, Search, Waiting},
};

/// Returns which events wait for whom.
pub(super) async fn waiting(connection: &mut SqliteConnection) -> Result<Vec<Waiting>, StoreError> {
    let rows = sqlx::query("SELECT target, number FROM outbox").fetch_all(connection).await?;
    rows.iter().map(name).collect()
}

/// Returns events in their order.
pub(super) async fn read(
    connection: &mut SqliteConnection,
    Search { target, meeting, numbers, most }: &Search,
) -> Result<Vec<Posting>, StoreError> {
    let rows = sqlx::query(
        "SELECT * FROM outbox WHERE target = ?1 AND number BETWEEN ?2 AND ?3 \
         AND (?4 IS NULL OR meeting_id = ?4) ORDER BY number LIMIT ?5",
    )
    .bind(target.as_str())
    .bind(number(*numbers.start())?)
    .bind(number(*numbers.end())?)
    .bind(meeting.map(|meeting| meeting.to_string()))
    .bind(*most)
    .fetch_all(connection)
    .await?;
    rows.iter().map(posting).collect()
}

/// Forgets the events of a target from before a time, and counts them.
pub(super) async fn forget(
    connection: &mut SqliteConnection,
    target: &TargetName,
    before: WallTime,
) -> Result<usize, StoreError> {
    let done = sqlx::query("DELETE FROM outbox WHERE target = ? AND at_ms < ?")
        .bind(target.as_str())
        .bind(millis(before))
        .execute(connection)
        .await?;
    usize::try_from(done.rows_affected()).map_err(broken)
}

/// Makes the change, within the transaction of whoever calls.
pub(super) async fn write(
    connection: &mut SqliteConnection,
    change: &OutboxChange,
) -> Result<(), StoreError> {
    for (target, gone) in change.done.iter().chain(&change.displaced) {
        sqlx::query("DELETE FROM outbox WHERE target = ? AND number = ?")
            .bind(target.as_str())
            .bind(number(*gone)?)
            .execute(&mut *connection)
            .await?;
    }
    for posting in &change.posted {
        insert(connection, posting).await?;
    }
    Ok(())
}

async fn insert(connection: &mut SqliteConnection, posting: &Posting) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO outbox (target, number, meeting_id, event_id, event_type, at_ms, body) \
         VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(posting.target.as_str())
    .bind(number(posting.number)?)
    .bind(posting.meeting.to_string())
    .bind(posting.event.to_string())
    .bind(&posting.event_type)
    .bind(millis(posting.at))
    .bind(&posting.body)
    .execute(connection)
    .await?;
    Ok(())
}

fn number(number: PostingNumber) -> Result<i64, StoreError> {
    i64::try_from(number.number()).map_err(broken)
}

fn millis(at: WallTime) -> i64 {
    i64::try_from(at.as_millis()).unwrap_or(i64::MAX)
}

fn name(row: &SqliteRow) -> Result<Waiting, StoreError> {
    let number = u64::try_from(row.try_get::<i64, _>("number")?).map_err(broken)?;
    Ok((TargetName::new(row.try_get("target")?), PostingNumber::from_number(number)))
}

fn posting(row: &SqliteRow) -> Result<Posting, StoreError> {
    let text = |column: &str| row.try_get::<String, _>(column);
    let (target, number) = name(row)?;
    Ok(Posting {
        number,
        target,
        meeting: text("meeting_id")?.parse().map_err(broken)?,
        event: text("event_id")?.parse().map_err(broken)?,
        event_type: text("event_type")?,
        at: WallTime::from_millis(u64::try_from(row.try_get::<i64, _>("at_ms")?).map_err(broken)?),
        body: text("body")?,
    })
}
