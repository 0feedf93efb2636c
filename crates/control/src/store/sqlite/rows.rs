//! How records become rows, and rows records.

use std::sync::Arc;

use carillon_types::{Caller, MeetingId, MeetingLife, WallTime};
use serde::{Serialize, de::DeserializeOwned};
use sqlx::{Connection, Row, SqliteConnection, sqlite::SqliteRow};

use super::{
    super::{Revision, Snapshot, StoreError},
    outbox,
};
use crate::{
    boot::{Boot, Uptime},
    event::{Change, ControlEvent},
    key_ring::{KeyNumber, TokenKey},
    moment::Moment,
    outbox::OutboxChange,
    record::{AttendeeRecord, MeetingRecord, MeetingState, Sequence},
    seal::SealKey,
};

pub(super) async fn load(
    connection: &mut SqliteConnection,
    first_key: &TokenKey,
    boot: &Boot,
    now: Moment,
) -> Result<Snapshot, StoreError> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let founded =
        sqlx::query("INSERT INTO service (id, revision) VALUES (1, 0) ON CONFLICT DO NOTHING")
            .execute(&mut *transaction)
            .await?;
    if founded.rows_affected() == 1 {
        insert_key(&mut transaction, first_key).await?;
    }
    set_clock(&mut transaction, boot, now).await?;
    sqlx::query("UPDATE meetings SET earlier_lives = earlier_lives + 1")
        .execute(&mut *transaction)
        .await?;
    let service = sqlx::query("SELECT revision FROM service").fetch_one(&mut *transaction).await?;
    let keys = sqlx::query("SELECT * FROM seal_keys ORDER BY key_number")
        .fetch_all(&mut *transaction)
        .await?;
    let keys = keys.iter().map(token_key).collect::<Result<Vec<_>, _>>()?;
    let meetings = sqlx::query("SELECT * FROM meetings ORDER BY meeting_id")
        .fetch_all(&mut *transaction)
        .await?;
    let mut alive = Vec::with_capacity(meetings.len());
    for row in &meetings {
        let meeting = meeting(row, &keys)?;
        let attendees =
            sqlx::query("SELECT * FROM attendees WHERE meeting_id = ? ORDER BY sequence")
                .bind(meeting.meeting_id.to_string())
                .fetch_all(&mut *transaction)
                .await?;
        let attendees = attendees.iter().map(attendee).collect::<Result<_, _>>()?;
        alive.push((meeting, state(row)?, attendees));
    }
    let waiting = outbox::waiting(&mut transaction).await?;
    transaction.commit().await?;
    Ok(Snapshot {
        revision: Revision(service.try_get("revision")?),
        keys,
        meetings: alive,
        waiting,
    })
}

/// Tells ages by the clock of this run of the machine, if they were told by another's.
async fn set_clock(
    connection: &mut SqliteConnection,
    boot: &Boot,
    now: Moment,
) -> Result<(), StoreError> {
    let set = sqlx::query("UPDATE service SET boot = ?1 WHERE boot IS NULL OR boot IS NOT ?1")
        .bind(&boot.id)
        .execute(&mut *connection)
        .await?;
    if set.rows_affected() == 1 {
        sqlx::query("UPDATE meetings SET born_ms = ? - max(0, ? - created_ms)")
            .bind(boot.uptime(now.instant).as_millis())
            .bind(i64::try_from(now.wall.as_millis()).map_err(broken)?)
            .execute(connection)
            .await?;
    }
    Ok(())
}

pub(super) async fn revision(connection: &mut SqliteConnection) -> Result<Revision, StoreError> {
    let row = sqlx::query("SELECT revision FROM service").fetch_one(connection).await?;
    Ok(Revision(row.try_get("revision")?))
}

pub(super) async fn commit(
    connection: &mut SqliteConnection,
    after: Revision,
    events: &[ControlEvent],
    outbox: &OutboxChange,
) -> Result<(), StoreError> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let counted = sqlx::query("UPDATE service SET revision = ? WHERE revision = ?")
        .bind(after.next().0)
        .bind(after.0)
        .execute(&mut *transaction)
        .await?;
    if counted.rows_affected() != 1 {
        return Err(StoreError::Fenced);
    }
    for event in events {
        write(&mut transaction, event).await?;
    }
    outbox::write(&mut transaction, outbox).await?;
    Ok(transaction.commit().await?)
}

async fn write(connection: &mut SqliteConnection, event: &ControlEvent) -> Result<(), StoreError> {
    let meeting_id = event.meeting.meeting_id;
    match &event.change {
        Change::MeetingCreated => {
            insert_key(connection, &event.meeting.key).await?;
            insert_meeting(connection, &event.meeting).await
        }
        Change::MeetingEnded(_) => {
            sqlx::query("DELETE FROM meetings WHERE meeting_id = ?")
                .bind(meeting_id.to_string())
                .execute(connection)
                .await?;
            Ok(())
        }
        Change::AttendeeAdded(attendee) => insert_attendee(connection, meeting_id, attendee).await,
        Change::AttendeeDeleted(attendee) => {
            sqlx::query("DELETE FROM attendees WHERE meeting_id = ? AND sequence = ?")
                .bind(meeting_id.to_string())
                .bind(i64::from(attendee.sequence.number()))
                .execute(connection)
                .await?;
            Ok(())
        }
        Change::CapabilitiesUpdated(attendee) => {
            sqlx::query(
                "UPDATE attendees SET capabilities = ? WHERE meeting_id = ? AND sequence = ?",
            )
            .bind(serde_json::to_string(&attendee.capabilities).map_err(broken)?)
            .bind(meeting_id.to_string())
            .bind(i64::from(attendee.sequence.number()))
            .execute(connection)
            .await?;
            Ok(())
        }
        Change::Tagged(tags) => set(connection, meeting_id, SET_TAGS, Some(tags)).await,
        Change::TranscriptionStarted(configuration) => {
            set(connection, meeting_id, SET_TRANSCRIPTION, Some(&**configuration)).await
        }
        Change::TranscriptionStopped(_) => {
            set(connection, meeting_id, SET_TRANSCRIPTION, None::<&()>).await
        }
        Change::Locked(lock) => set(connection, meeting_id, SET_LOCK, Some(&**lock)).await,
        Change::Unlocked => set(connection, meeting_id, SET_LOCK, None::<&()>).await,
    }
}

const SET_TAGS: &str = "UPDATE meetings SET tags = ? WHERE meeting_id = ?";
const SET_TRANSCRIPTION: &str = "UPDATE meetings SET transcription = ? WHERE meeting_id = ?";
const SET_LOCK: &str = "UPDATE meetings SET lock = ? WHERE meeting_id = ?";

/// Writes one column of a meeting as JSON.
async fn set(
    connection: &mut SqliteConnection,
    meeting_id: MeetingId,
    statement: &'static str,
    value: Option<&impl Serialize>,
) -> Result<(), StoreError> {
    sqlx::query(statement)
        .bind(value.map(serde_json::to_string).transpose().map_err(broken)?)
        .bind(meeting_id.to_string())
        .execute(connection)
        .await?;
    Ok(())
}

/// Keeps a key, unless it is there, and drops those that neither a meeting nor the last one's tokens need.
async fn insert_key(connection: &mut SqliteConnection, key: &TokenKey) -> Result<(), StoreError> {
    let inserted = sqlx::query(
        "INSERT INTO seal_keys (key_number, made_ms, seal_key) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
    )
    .bind(key.number.number())
    .bind(i64::try_from(key.made.as_millis()).map_err(broken)?)
    .bind(key.seal.as_bytes().as_slice())
    .execute(&mut *connection)
    .await?;
    if inserted.rows_affected() == 1 {
        sqlx::query(
            "DELETE FROM seal_keys WHERE key_number < ? \
             AND key_number NOT IN (SELECT key_number FROM meetings)",
        )
        .bind(key.number.before().number())
        .execute(connection)
        .await?;
    }
    Ok(())
}

fn token_key(row: &SqliteRow) -> Result<Arc<TokenKey>, StoreError> {
    let made = u64::try_from(row.try_get::<i64, _>("made_ms")?).map_err(broken)?;
    let seal = <[u8; 32]>::try_from(row.try_get::<&[u8], _>("seal_key")?).map_err(broken)?;
    Ok(Arc::new(TokenKey {
        number: KeyNumber::from_number(row.try_get("key_number")?),
        made: WallTime::from_millis(made),
        seal: SealKey::from_bytes(seal),
    }))
}

async fn insert_meeting(
    connection: &mut SqliteConnection,
    meeting: &MeetingRecord,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO meetings \
         (meeting_id, account, region, client_request_token, created_ms, born_ms, \
         earlier_lives, request, tags, key_number) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(meeting.meeting_id.to_string())
    .bind(meeting.owner.account.as_str())
    .bind(meeting.owner.region.as_str())
    .bind(meeting.request.client_request_token.as_str())
    .bind(i64::try_from(meeting.created.as_millis()).map_err(broken)?)
    .bind(meeting.born.as_millis())
    .bind(i64::from(meeting.life.earlier()))
    .bind(serde_json::to_string(&meeting.request).map_err(broken)?)
    .bind(serde_json::to_string(&MeetingState::of(&meeting.request).tags).map_err(broken)?)
    .bind(meeting.key.number.number())
    .execute(connection)
    .await?;
    Ok(())
}

async fn insert_attendee(
    connection: &mut SqliteConnection,
    meeting_id: MeetingId,
    attendee: &AttendeeRecord,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO attendees (meeting_id, sequence, attendee_id, external_user_id, capabilities) \
         VALUES (?, ?, ?, ?, ?)",
    )
    .bind(meeting_id.to_string())
    .bind(i64::from(attendee.sequence.number()))
    .bind(attendee.attendee_id.to_string())
    .bind(attendee.external_user_id.as_str())
    .bind(serde_json::to_string(&attendee.capabilities).map_err(broken)?)
    .execute(connection)
    .await?;
    Ok(())
}

fn meeting(row: &SqliteRow, keys: &[Arc<TokenKey>]) -> Result<MeetingRecord, StoreError> {
    let number = KeyNumber::from_number(row.try_get("key_number")?);
    let key = keys.iter().find(|key| key.number == number);
    let text = |column: &str| row.try_get::<String, _>(column);
    let created = u64::try_from(row.try_get::<i64, _>("created_ms")?).map_err(broken)?;
    let lives = row.try_get::<i64, _>("earlier_lives")?;
    Ok(MeetingRecord {
        key: key.cloned().ok_or_else(|| broken("a meeting without its key"))?,
        meeting_id: text("meeting_id")?.parse().map_err(broken)?,
        owner: Caller {
            account: text("account")?.try_into().map_err(broken)?,
            region: text("region")?.try_into().map_err(broken)?,
        },
        created: WallTime::from_millis(created),
        born: Uptime::from_millis(row.try_get("born_ms")?),
        life: MeetingLife::after(u32::try_from(lives).unwrap_or(u32::MAX)),
        request: serde_json::from_str(&text("request")?).map_err(broken)?,
    })
}

/// Reads what of a meeting changes.
fn state(row: &SqliteRow) -> Result<MeetingState, StoreError> {
    fn json<T: DeserializeOwned>(text: Option<String>) -> Result<Option<T>, StoreError> {
        text.map(|text| serde_json::from_str(&text)).transpose().map_err(broken)
    }
    Ok(MeetingState {
        tags: json(row.try_get("tags")?)?.unwrap_or_default(),
        transcription: json(row.try_get("transcription")?)?.map(Arc::new),
        lock: json(row.try_get("lock")?)?.map(Arc::new),
    })
}

fn attendee(row: &SqliteRow) -> Result<AttendeeRecord, StoreError> {
    let text = |column: &str| row.try_get::<String, _>(column);
    let sequence = u32::try_from(row.try_get::<i64, _>("sequence")?).map_err(broken)?;
    Ok(AttendeeRecord {
        attendee_id: text("attendee_id")?.parse().map_err(broken)?,
        external_user_id: text("external_user_id")?.try_into().map_err(broken)?,
        capabilities: serde_json::from_str(&text("capabilities")?).map_err(broken)?,
        sequence: Sequence::from_number(sequence),
    })
}

pub(super) fn broken(error: impl Into<super::super::BoxError>) -> StoreError {
    StoreError::Broken(error.into())
}
