use std::time::Duration;

use carillon_control::Boot;
use carillon_types::WallTime;

use crate::rig::{Rig, meeting_body, open, people, with_attendees};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR_MS: i64 = 3_600_000;

#[tokio::test]
async fn empty_meetings_end_and_occupied_ones_stay() {
    let mut rig = Rig::new().await;
    let mut ids = Vec::new();
    for token in ["empty", "occupied"] {
        let wish = meeting_body(token).try_into().unwrap();
        ids.push(rig.plane.create_meeting(rig.now, &rig.caller, wish).await.unwrap().meeting_id);
    }
    rig.plane.report_presence(rig.now.instant, ids[1], people(2));
    rig.advance(5 * MINUTE);
    assert_eq!(rig.plane.expire(rig.now).await.unwrap(), 1);
    assert!(rig.plane.get_meeting(&rig.caller, ids[0]).is_err());
    assert!(rig.plane.get_meeting(&rig.caller, ids[1]).is_ok());
    rig.advance(24 * 60 * MINUTE);
    assert_eq!(rig.plane.expire(rig.now).await.unwrap(), 1);
    assert_eq!(rig.plane.meetings_alive(), 0);
    rig.reopen().await;
    assert_eq!(rig.plane.meetings_alive(), 0);
}

#[tokio::test]
async fn wall_clock_that_jumps_ends_no_meeting() {
    let mut rig = Rig::new().await;
    let wish = meeting_body("once").try_into().unwrap();
    let id = rig.plane.create_meeting(rig.now, &rig.caller, wish).await.unwrap().meeting_id;
    for wall in [0, u64::MAX] {
        rig.now.wall = WallTime::from_millis(wall);
        assert_eq!(rig.plane.expire(rig.now).await.unwrap(), 0);
    }
    assert!(rig.plane.get_meeting(&rig.caller, id).is_ok());
}

#[tokio::test]
async fn restart_gives_everyone_time_to_come_back_but_no_second_day() {
    let mut rig = Rig::new().await;
    let wish = meeting_body("once").try_into().unwrap();
    let id = rig.plane.create_meeting(rig.now, &rig.caller, wish).await.unwrap().meeting_id;
    rig.plane.report_presence(rig.now.instant, id, people(1));
    rig.advance(20 * 60 * MINUTE);
    rig.reopen().await;
    assert_eq!(rig.plane.expire(rig.now).await.unwrap(), 0);
    rig.plane.report_presence(rig.now.instant, id, people(1));
    rig.advance(4 * 60 * MINUTE);
    assert_eq!(rig.plane.expire(rig.now).await.unwrap(), 1);
}

#[tokio::test]
async fn day_is_a_day_across_restarts_whatever_the_wall_clock_is_set_to() {
    for jump in [-2 * HOUR_MS, 2 * HOUR_MS] {
        let mut rig = Rig::new().await;
        let wish = meeting_body("once").try_into().unwrap();
        let id = rig.plane.create_meeting(rig.now, &rig.caller, wish).await.unwrap().meeting_id;
        rig.plane.report_presence(rig.now.instant, id, people(1));
        rig.advance(60 * MINUTE);
        rig.set_wall_clock(jump);
        rig.advance(22 * 60 * MINUTE + 59 * MINUTE);
        rig.reopen().await;
        rig.plane.report_presence(rig.now.instant, id, people(1));
        assert_eq!(rig.plane.expire(rig.now).await.unwrap(), 0, "{jump}");
        rig.set_wall_clock(jump);
        rig.reopen().await;
        rig.plane.report_presence(rig.now.instant, id, people(1));
        assert_eq!(rig.plane.expire(rig.now).await.unwrap(), 0, "{jump}");
        rig.advance(MINUTE);
        assert_eq!(rig.plane.expire(rig.now).await.unwrap(), 1, "{jump}");
    }
}

#[tokio::test]
async fn machine_that_starts_anew_tells_ages_by_the_wall_clock_once() {
    let mut rig = Rig::new().await;
    let wish = meeting_body("once").try_into().unwrap();
    let id = rig.plane.create_meeting(rig.now, &rig.caller, wish).await.unwrap().meeting_id;
    rig.advance(22 * 60 * MINUTE);
    rig.config.boot =
        Some(Boot { id: Some("tomorrow".to_owned()), began: rig.now.instant - MINUTE });
    for jump in [0, 2 * HOUR_MS] {
        rig.set_wall_clock(jump);
        rig.reopen().await;
        rig.plane.report_presence(rig.now.instant, id, people(1));
        assert_eq!(rig.plane.expire(rig.now).await.unwrap(), 0, "{jump}");
    }
    rig.advance(2 * 60 * MINUTE);
    assert_eq!(rig.plane.expire(rig.now).await.unwrap(), 1);
}

#[tokio::test]
async fn files_of_a_killed_process_hold_everything_acknowledged() {
    let rig = Rig::new().await;
    let mut acknowledged = Vec::new();
    for number in 0..10 {
        let wish = meeting_body(&format!("token-{number}")).try_into().unwrap();
        acknowledged.push(rig.plane.create_meeting(rig.now, &rig.caller, wish).await.unwrap());
        // What is in the files at this moment is what a killed process leaves behind.
        let left = tempfile::tempdir().unwrap();
        for file in std::fs::read_dir(rig.folder.path()).unwrap() {
            let file = file.unwrap();
            if !file.file_name().to_string_lossy().ends_with("-shm") {
                std::fs::copy(file.path(), left.path().join(file.file_name())).unwrap();
            }
        }
        let mut config = rig.config.clone();
        config.store = carillon_control::StoreLocation::File(left.path().join("control.sqlite"));
        let after = open(&config, rig.now, 99).await;
        for meeting in &acknowledged {
            let found = after.get_meeting(&rig.caller, meeting.meeting_id).unwrap();
            assert_eq!(found, *meeting);
        }
    }
}

#[tokio::test]
async fn every_restart_is_another_life_whatever_the_wall_clock_says() {
    let mut rig = Rig::new().await;
    let wish = with_attendees("once", &["alice"]).try_into().unwrap();
    let made = rig.plane.create_meeting_with_attendees(rig.now, &rig.caller, wish).await.unwrap();
    let life = |rig: &Rig| {
        let admission = rig.plane.admit(made.attendees[0].join_token.as_str()).unwrap();
        admission.meeting.life.earlier()
    };
    assert_eq!(life(&rig), 0);
    for restart in 1..4 {
        rig.now.wall = WallTime::from_millis(rig.now.wall.as_millis() - 2 * 60 * 60 * 1_000);
        rig.reopen().await;
        assert_eq!(life(&rig), restart);
    }
}
