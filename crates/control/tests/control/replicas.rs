use std::time::Duration;

use carillon_control::{ControlError, Quotas};
use carillon_types::{AttendeeCapabilities, MeetingId, ProblemKind};

use crate::rig::{Rig, meeting_body, people, person};

async fn make(
    rig: &Rig,
    token: &str,
    primary: Option<MeetingId>,
) -> Result<MeetingId, ControlError> {
    let mut body = meeting_body(token);
    body.primary_meeting_id = primary.map(|id| id.to_string());
    let made = rig.plane.create_meeting(rig.now, &rig.caller, body.try_into().unwrap()).await?;
    Ok(made.meeting_id)
}

fn alive(rig: &Rig, id: MeetingId) -> bool {
    rig.plane.get_meeting(&rig.caller, id).is_ok()
}

#[tokio::test]
async fn replicas_end_with_their_primary_and_not_before() {
    let mut rig = Rig::with(Quotas { replicas: 2, ..Quotas::default() }).await;
    let primary = make(&rig, "primary", None).await.unwrap();
    let other = make(&rig, "other", None).await.unwrap();
    let replicas = [
        make(&rig, "replica-1", Some(primary)).await.unwrap(),
        make(&rig, "replica-2", Some(primary)).await.unwrap(),
    ];
    for occupied in [primary, other] {
        rig.plane.report_presence(rig.now.instant, occupied, people(1));
    }
    rig.advance(Duration::from_secs(60 * 60));
    assert_eq!(rig.plane.expire(rig.now).await.unwrap(), 0, "nobody in a replica ends nothing");
    rig.reopen().await;
    rig.plane.delete_meeting(rig.now, &rig.caller, primary).await.unwrap();
    assert!(replicas.iter().all(|id| !alive(&rig, *id)));
    assert!(alive(&rig, other));
    rig.reopen().await;
    assert_eq!(rig.plane.meetings_alive(), 1);
}

#[tokio::test]
async fn replicas_are_counted_and_not_replicated() {
    let rig = Rig::with(Quotas { replicas: 1, ..Quotas::default() }).await;
    let primary = make(&rig, "primary", None).await.unwrap();
    let replica = make(&rig, "replica", Some(primary)).await.unwrap();
    let second = make(&rig, "second", Some(primary)).await.unwrap_err();
    assert_eq!(second.kind(), ProblemKind::LimitExceeded);
    let of_replica = make(&rig, "third", Some(replica)).await.unwrap_err();
    assert_eq!(of_replica.kind(), ProblemKind::BadRequest);
}

#[tokio::test]
async fn who_is_in_a_replica_only_receives() {
    let rig = Rig::with(Quotas { replicas: 1, ..Quotas::default() }).await;
    let primary = make(&rig, "primary", None).await.unwrap();
    let replica = make(&rig, "replica", Some(primary)).await.unwrap();
    let alice = rig.plane.create_attendee(rig.now, &rig.caller, replica, person("alice")).await;
    let capabilities = alice.unwrap().capabilities;
    let media = [capabilities.audio(), capabilities.video(), capabilities.content()];
    assert!(media.iter().all(|medium| medium.can_receive() && !medium.can_send()), "{media:?}");
    let mut bob = person("bob");
    bob.capabilities = Some(AttendeeCapabilities::ALL);
    let refused = rig.plane.create_attendee(rig.now, &rig.caller, replica, bob).await.unwrap_err();
    assert_eq!(refused.kind(), ProblemKind::BadRequest);
}
