use std::num::NonZeroUsize;

use carillon_control::{Change, EndReason};
use carillon_types::{AttendeeCapabilities, api::UpdateAttendeeCapabilitiesRequest};

use crate::rig::{Rig, person, with_attendees};

#[tokio::test]
async fn every_change_is_told_once_in_order_before_its_answer() {
    let rig = Rig::new().await;
    let mut events = rig.plane.subscribe(NonZeroUsize::new(16).unwrap());
    let (plane, now, caller) = (&rig.plane, rig.now, &rig.caller);
    let wish = || with_attendees("once", &["alice"]).try_into().unwrap();
    let made = plane.create_meeting_with_attendees(now, caller, wish()).await.unwrap();
    plane.create_meeting_with_attendees(now, caller, wish()).await.unwrap();
    let (id, alice) = (made.meeting.meeting_id, made.attendees[0].attendee_id);
    plane.create_attendee(now, caller, id, person("bob")).await.unwrap();
    let all = UpdateAttendeeCapabilitiesRequest { capabilities: AttendeeCapabilities::ALL };
    plane.update_attendee_capabilities(now, caller, (id, alice), all).await.unwrap();
    plane.lock_meeting(now, caller, id, [alice].into()).await.unwrap();
    plane.unlock_meeting(now, caller, id).await.unwrap();
    plane.delete_attendee(now, caller, id, alice).await.unwrap();
    plane.delete_meeting(now, caller, id).await.unwrap();
    let mut told = Vec::new();
    while let Ok(event) = events.try_recv() {
        assert_eq!((event.meeting.meeting_id, event.at), (id, now.wall));
        told.push(match event.change {
            Change::Tagged(_) => "tagged".to_owned(),
            Change::TranscriptionStarted(_) => "transcription started".to_owned(),
            Change::TranscriptionStopped(_) => "transcription stopped".to_owned(),
            Change::Locked(_) => "locked".to_owned(),
            Change::Unlocked => "unlocked".to_owned(),
            Change::MeetingCreated => "created".to_owned(),
            Change::MeetingEnded(reason) => format!("ended: {reason:?}"),
            Change::AttendeeAdded(who) => format!("added {}", who.external_user_id.as_str()),
            Change::AttendeeDeleted(who) => format!("deleted {}", who.external_user_id.as_str()),
            Change::CapabilitiesUpdated(who) => {
                format!("updated {}", who.external_user_id.as_str())
            }
        });
    }
    let ended = format!("ended: {:?}", EndReason::Deleted);
    assert_eq!(
        told,
        [
            "created",
            "added alice",
            "added bob",
            "updated alice",
            "locked",
            "unlocked",
            "deleted alice",
            &ended
        ]
    );
}

#[tokio::test]
async fn full_subscriber_delays_changes_and_misses_none() {
    let rig = Rig::new().await;
    let mut events = rig.plane.subscribe(NonZeroUsize::MIN);
    let wish = with_attendees("once", &["alice", "bob"]).try_into().unwrap();
    let change = rig.plane.create_meeting_with_attendees(rig.now, &rig.caller, wish);
    let read = async {
        let mut told = 0;
        while told < 3 {
            events.recv().await.unwrap();
            told += 1;
        }
        told
    };
    let (made, told) = tokio::join!(change, read);
    assert_eq!((made.unwrap().attendees.len(), told), (2, 3));
    // One that is gone holds nobody up.
    drop(events);
    let id = rig.plane.create_meeting(
        rig.now,
        &rig.caller,
        crate::rig::meeting_body("other").try_into().unwrap(),
    );
    assert!(id.await.is_ok());
}
