use carillon_control::{ControlError, ControlPlane};
use carillon_types::{MeetingId, ProblemKind};
use rand::{SeedableRng, rngs::StdRng};

use crate::rig::{Rig, in_language, meeting_body, person};

async fn meeting(rig: &Rig) -> MeetingId {
    let wish = meeting_body("once").try_into().unwrap();
    rig.plane.create_meeting(rig.now, &rig.caller, wish).await.unwrap().meeting_id
}

async fn start(
    rig: &Rig,
    plane: &ControlPlane,
    id: MeetingId,
    code: &str,
) -> Result<(), ControlError> {
    plane.start_meeting_transcription(rig.now, &rig.caller, id, in_language(code)).await
}

#[tokio::test]
async fn latest_configuration_holds_until_it_is_stopped_and_over_a_restart() {
    let mut rig = Rig::new().await;
    let id = meeting(&rig).await;
    start(&rig, &rig.plane, id, "en-US").await.unwrap();
    start(&rig, &rig.plane, id, "de-DE").await.unwrap();
    rig.reopen().await;
    let running = async |rig: &Rig| {
        let made = rig.plane.create_attendee(rig.now, &rig.caller, id, person("alice")).await;
        rig.plane.admit(made.unwrap().join_token.as_str()).unwrap().transcription
    };
    let configuration = in_language("de-DE").transcription_configuration;
    assert_eq!(running(&rig).await.as_deref(), Some(&configuration));
    rig.plane.stop_meeting_transcription(rig.now, &rig.caller, id).await.unwrap();
    assert_eq!(running(&rig).await, None);
    let error = rig.plane.stop_meeting_transcription(rig.now, &rig.caller, id).await.unwrap_err();
    assert_eq!(error.kind(), ProblemKind::UnprocessableEntity);
}

#[tokio::test]
async fn service_without_an_engine_says_so() {
    let mut rig = Rig::new().await;
    rig.config.transcription = false;
    let chance = StdRng::seed_from_u64(3);
    rig.plane = ControlPlane::open(rig.config.clone(), rig.now, chance).await.unwrap();
    let id = meeting(&rig).await;
    let stop = rig.plane.stop_meeting_transcription(rig.now, &rig.caller, id).await;
    for error in [start(&rig, &rig.plane, id, "en-US").await.unwrap_err(), stop.unwrap_err()] {
        assert_eq!(error.kind(), ProblemKind::UnprocessableEntity);
        assert!(error.to_string().contains("engine"), "{error}");
    }
    let nothing = MeetingId::from_random(9);
    let error = start(&rig, &rig.plane, nothing, "en-US").await.unwrap_err();
    assert_eq!(error.kind(), ProblemKind::NotFound);
}
