//! Lets running meetings follow what the control plane decides, and the control plane the passing of time.

use std::{num::NonZeroUsize, sync::Arc, time::Duration};

use carillon_control::{Change, ControlEvent, ControlPlane};
use carillon_media_server::MediaServer;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::clock;

/// How many decisions may wait for the media side; when they do, callers of the API wait with them.
pub(crate) const WAITING_EVENTS: NonZeroUsize = NonZeroUsize::new(256).expect("256 is not zero");

/// How often meetings are looked over for ones whose time is up; an end is late by as much.
const EXPIRY_INTERVAL: Duration = Duration::from_secs(5);

/// Passes decisions on until told to stop.
pub(crate) async fn follow_decisions(
    mut events: mpsc::Receiver<ControlEvent>,
    media: Arc<MediaServer>,
    stop: CancellationToken,
) {
    // Receiving is cancel-safe; a decision that was received is passed on before the next turn.
    while let Some(event) = stop.run_until_cancelled(events.recv()).await.flatten() {
        let meeting = event.meeting.meeting_id;
        match event.change {
            Change::MeetingEnded(_) => media.end_meeting(meeting).await,
            Change::AttendeeDeleted(attendee) => {
                media.remove_attendee(meeting, attendee.attendee_id).await;
            }
            Change::CapabilitiesUpdated(attendee) => {
                let capabilities = attendee.capabilities;
                media.update_capabilities(meeting, attendee.attendee_id, capabilities).await;
            }
            Change::TranscriptionStarted(configuration) => {
                media.transcribe(meeting, Some(configuration)).await;
            }
            Change::TranscriptionStopped(_) => media.transcribe(meeting, None).await,
            Change::MeetingCreated
            | Change::AttendeeAdded(_)
            | Change::Tagged(_)
            | Change::Locked(_)
            | Change::Unlocked => {}
        }
    }
}

/// Ends meetings whose time is up, until told to stop.
pub(crate) async fn expire_meetings(control: ControlPlane, stop: CancellationToken) {
    let mut beat = tokio::time::interval(EXPIRY_INTERVAL);
    // Both branches are cancel-safe; an expiry that has begun is finished before the next turn.
    while stop.run_until_cancelled(beat.tick()).await.is_some() {
        match control.expire(clock::now()).await {
            Ok(0) => {}
            Ok(ended) => tracing::info!(ended, "meetings ended by their age or for want of people"),
            Err(error) => tracing::warn!(%error, "meetings could not be looked over"),
        }
    }
}
