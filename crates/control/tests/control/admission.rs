use carillon_control::{AdmissionError, Quotas};
use carillon_types::{AttendeeCapabilities, api::UpdateAttendeeCapabilitiesRequest};

use crate::rig::{Rig, page, with_attendees};

#[tokio::test]
async fn token_opens_its_meeting_until_attendee_or_meeting_is_gone() {
    let mut rig = Rig::new().await;
    let wish = with_attendees("once", &["alice", "bob"]).try_into().unwrap();
    let made = rig.plane.create_meeting_with_attendees(rig.now, &rig.caller, wish).await.unwrap();
    let (id, alice, bob) = (made.meeting.meeting_id, &made.attendees[0], &made.attendees[1]);

    // The token is the same wherever it is shown, and good after a restart.
    let listed = rig.plane.list_attendees(&rig.caller, id, &page(100)).unwrap();
    assert_eq!(listed.attendees, made.attendees);
    assert_eq!(rig.plane.get_attendee(&rig.caller, id, alice.attendee_id).unwrap(), *alice);
    rig.reopen().await;
    let admission = rig.plane.admit(alice.join_token.as_str()).unwrap();
    assert_eq!(admission.meeting.meeting_id, id);
    assert_eq!(admission.attendee.attendee_id, alice.attendee_id);
    assert_eq!(admission.attendee.external_user_id.as_str(), "alice");
    assert_eq!(admission.attendee.capabilities, AttendeeCapabilities::ALL);

    rig.plane.delete_attendee(rig.now, &rig.caller, id, alice.attendee_id).await.unwrap();
    let admit = |token: &str| rig.plane.admit(token).unwrap_err();
    assert_eq!(admit(alice.join_token.as_str()), AdmissionError::AttendeeRemoved);
    assert!(rig.plane.admit(bob.join_token.as_str()).is_ok());
    rig.plane.delete_meeting(rig.now, &rig.caller, id).await.unwrap();
    assert_eq!(admit(bob.join_token.as_str()), AdmissionError::MeetingEnded);
    assert_eq!(admit(alice.join_token.as_str()), AdmissionError::MeetingEnded);
}

#[tokio::test]
async fn another_services_token_reveals_nothing() {
    // Each store makes its own key when it is first opened.
    let (ours, theirs) = (Rig::new().await, Rig::seeded(Quotas::default(), 1).await);
    let wish = || with_attendees("once", &["alice"]).try_into().unwrap();
    let token = async |rig: &Rig| {
        let made = rig.plane.create_meeting_with_attendees(rig.now, &rig.caller, wish()).await;
        made.unwrap().attendees[0].join_token.clone()
    };
    let (good, foreign) = (token(&ours).await, token(&theirs).await);
    assert!(theirs.plane.admit(foreign.as_str()).is_ok());
    assert_eq!(ours.plane.admit(foreign.as_str()).unwrap_err(), AdmissionError::BadToken);
    let half = good.as_str().len() / 2;
    for forged in ["", "x", "_aws_wt_session", &good.as_str()[..half], &"A".repeat(86)] {
        assert_eq!(ours.plane.admit(forged).unwrap_err(), AdmissionError::BadToken, "{forged}");
    }
    let content = format!("{}#content", good.as_str());
    assert_eq!(ours.plane.admit(&content).unwrap_err(), AdmissionError::BadToken);
}

#[tokio::test]
async fn admission_shows_the_latest_capabilities() {
    let rig = Rig::new().await;
    let wish = with_attendees("once", &["alice"]).try_into().unwrap();
    let made = rig.plane.create_meeting_with_attendees(rig.now, &rig.caller, wish).await.unwrap();
    let alice = &made.attendees[0];
    let pair = (made.meeting.meeting_id, alice.attendee_id);
    let none = carillon_types::MediaCapability::None;
    let capabilities = AttendeeCapabilities::new(none, none, none).unwrap();
    let request = UpdateAttendeeCapabilitiesRequest { capabilities };
    let after =
        rig.plane.update_attendee_capabilities(rig.now, &rig.caller, pair, request).await.unwrap();
    assert_eq!(after.join_token, alice.join_token);
    let admission = rig.plane.admit(alice.join_token.as_str()).unwrap();
    assert_eq!(admission.attendee.capabilities, capabilities);
}

#[tokio::test]
async fn change_of_keys_leaves_every_token_as_it_is() {
    let mut rig = Rig::new().await;
    let month = std::time::Duration::from_secs(30 * 86_400);
    rig.config.lifetime.longest = std::time::Duration::MAX;
    rig.reopen().await;
    let mut made = Vec::new();
    // Each meeting is made with a key of its own, and outlives several changes.
    for name in ["one", "two", "three", "four"] {
        let wish = with_attendees(name, &["alice"]).try_into().unwrap();
        made.push(
            rig.plane.create_meeting_with_attendees(rig.now, &rig.caller, wish).await.unwrap(),
        );
        rig.advance(month);
        rig.reopen().await;
        for meeting in &made {
            let (id, alice) = (meeting.meeting.meeting_id, &meeting.attendees[0]);
            let found = rig.plane.get_attendee(&rig.caller, id, alice.attendee_id).unwrap();
            assert_eq!(found, *alice);
            assert!(rig.plane.admit(alice.join_token.as_str()).is_ok());
        }
    }
    let admit = |rig: &Rig, at: usize| {
        rig.plane.admit(made[at].attendees[0].join_token.as_str()).map(|_| ()).unwrap_err()
    };
    for meeting in &made {
        rig.plane.delete_meeting(rig.now, &rig.caller, meeting.meeting.meeting_id).await.unwrap();
    }
    // The last key and the one before it go on telling what became of their meetings; older ones are forgotten with
    // the next change.
    assert_eq!(admit(&rig, 3), AdmissionError::MeetingEnded);
    let wish = with_attendees("five", &["alice"]).try_into().unwrap();
    rig.plane.create_meeting_with_attendees(rig.now, &rig.caller, wish).await.unwrap();
    for reopened in [false, true] {
        assert_eq!(admit(&rig, 3), AdmissionError::MeetingEnded, "{reopened}");
        assert_eq!(admit(&rig, 0), AdmissionError::BadToken, "{reopened}");
        rig.reopen().await;
    }
}
