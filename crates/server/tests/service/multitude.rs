//! As many attendees as a meeting may have, whose rights change all at once.

use std::time::{Duration, Instant};

use carillon_server::TestServer;
use carillon_signaling::{ClientMessage, Join, ServerMessage};
use carillon_testkit::client::camera::Codec;
use carillon_types::Attendee;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::{
    api::{Place, call, place},
    clock::now,
    guest::Guest,
    socket::Socket,
};

/// Beside the one who shows a camera.
const OTHERS: usize = 249;

/// How many attendees one call makes at most.
const BATCH: usize = 100;

#[tokio::test]
async fn a_right_taken_from_everybody_but_one_is_told_to_all_others() {
    let server = TestServer::start().unwrap();
    let shows = place(server.address()).await;
    let mut camera = Guest::join(&shows, 440).await;
    camera.client.show(now(), Codec::Vp8);
    let others = async {
        let places = others(&server, &shows).await;
        let mut sockets = join_all(places.iter().map(enter)).await;
        let asked = now();
        let (answered, told) = tokio::join!(
            hide_video(&server, &shows),
            join_all(sockets.iter_mut().map(|socket| told_of(socket, 0))),
        );
        assert_eq!(told.len(), OTHERS);
        report("from the call on", asked, &told);
        report("from the answer on", answered, &told);
    };
    tokio::select! {
        () = camera.stay() => {}
        () = others => {}
    }
}

/// Makes all other attendees of the meeting.
async fn others(server: &TestServer, shows: &Place) -> Vec<Place> {
    let path = format!("/meetings/{}/attendees?operation=batch-create", shows.meeting.meeting_id);
    let wishes: Vec<Value> =
        (0..OTHERS).map(|number| json!({ "ExternalUserId": format!("guest {number}") })).collect();
    let mut places = Vec::new();
    for wishes in wishes.chunks(BATCH) {
        let answer =
            call(server.address(), "POST", &path, &json!({ "Attendees": wishes })).await.json();
        let made: Vec<Attendee> = serde_json::from_value(answer["Attendees"].clone()).unwrap();
        let place = |attendee| Place { meeting: shows.meeting.clone(), attendee };
        places.extend(made.into_iter().map(place));
    }
    places
}

/// Joins, without a media path, and waits for the camera.
async fn enter(place: &Place) -> Socket {
    let mut socket = Socket::open(place).await;
    socket.say(&ClientMessage::Join(Join::default())).await;
    told_of(&mut socket, 1).await;
    socket
}

/// Waits until the client is told of so many videos; returns when that was.
async fn told_of(socket: &mut Socket, videos: usize) -> Instant {
    loop {
        match socket.message().await {
            ServerMessage::Index(index) if index.sources.len() == videos => return now(),
            ServerMessage::Ping(id) => socket.say(&ClientMessage::Pong(id)).await,
            _ => {}
        }
    }
}

/// Takes all video from everybody but the one who shows it; returns when that was answered.
async fn hide_video(server: &TestServer, shows: &Place) -> Instant {
    let (meeting, attendee) = (shows.meeting.meeting_id, shows.attendee.attendee_id);
    let path = format!("/meetings/{meeting}/attendees/capabilities?operation=batch-update-except");
    let change = json!({
        "ExcludedAttendeeIds": [{ "AttendeeId": attendee }],
        "Capabilities": { "Audio": "SendReceive", "Video": "None", "Content": "None" },
    });
    let answer = call(server.address(), "PUT", &path, &change).await;
    assert!(answer.status < 300, "{}", answer.body);
    now()
}

/// Writes down how long it took; nothing is claimed here, for that depends on the machine.
#[expect(clippy::print_stderr, reason = "whoever measures reads it with --nocapture")]
fn report(since: &str, start: Instant, told: &[Instant]) {
    let mut times: Vec<Duration> =
        told.iter().map(|at| at.saturating_duration_since(start)).collect();
    times.sort_unstable();
    let (median, slowest) = (times[times.len() / 2], times[times.len() - 1]);
    eprintln!("{OTHERS} clients told {since}: median {median:?}, slowest {slowest:?}");
}
