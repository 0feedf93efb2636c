use carillon_control::AdmissionError;
use carillon_types::ProblemKind;

use crate::rig::{Rig, person, with_attendees};

#[tokio::test]
async fn locked_meeting_lets_in_only_those_who_were_inside() {
    let mut rig = Rig::new().await;
    let wish = with_attendees("once", &["alice", "bob"]).try_into().unwrap();
    let made = rig.plane.create_meeting_with_attendees(rig.now, &rig.caller, wish).await.unwrap();
    let (id, alice, bob) = (made.meeting.meeting_id, &made.attendees[0], &made.attendees[1]);
    let inside = [alice.attendee_id].into();
    rig.plane.lock_meeting(rig.now, &rig.caller, id, inside).await.unwrap();
    rig.reopen().await;
    let admit = |rig: &Rig, token: &str| rig.plane.admit(token).map(|_| ());
    assert_eq!(admit(&rig, alice.join_token.as_str()), Ok(()));
    assert_eq!(admit(&rig, bob.join_token.as_str()), Err(AdmissionError::MeetingLocked));
    let carol = rig.plane.create_attendee(rig.now, &rig.caller, id, person("carol")).await;
    assert_eq!(carol.unwrap_err().kind(), ProblemKind::UnprocessableEntity);
    rig.plane.unlock_meeting(rig.now, &rig.caller, id).await.unwrap();
    assert_eq!(admit(&rig, bob.join_token.as_str()), Ok(()));
    rig.plane.create_attendee(rig.now, &rig.caller, id, person("carol")).await.unwrap();
}

#[tokio::test]
async fn locking_again_keeps_those_of_before() {
    let rig = Rig::new().await;
    let wish = with_attendees("once", &["alice", "bob"]).try_into().unwrap();
    let made = rig.plane.create_meeting_with_attendees(rig.now, &rig.caller, wish).await.unwrap();
    let id = made.meeting.meeting_id;
    for attendee in &made.attendees {
        let inside = [attendee.attendee_id].into();
        rig.plane.lock_meeting(rig.now, &rig.caller, id, inside).await.unwrap();
    }
    for attendee in &made.attendees {
        assert!(rig.plane.admit(attendee.join_token.as_str()).is_ok());
    }
}
