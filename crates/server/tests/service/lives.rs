//! Numbers of streams over the lives of a meeting, whose clients stay and remember.

use carillon_server::TestServer;
use carillon_signaling::Identity;

use crate::{
    api::{Place, metric, place},
    clock::{now, soon},
    guest::Guest,
};

/// Joins, leaves and waits until nobody is left; returns the number under which the attendee was present.
async fn visit(server: &TestServer, place: &Place) -> u32 {
    let who = Identity::main(place.attendee.attendee_id);
    let mut guest = Guest::join(place, 440).await;
    guest.until(|client| client.told.stream_of(who).is_some()).await;
    let number = guest.client.told.stream_of(who).unwrap().get();
    guest.client.leave(now());
    guest.until(|client| client.told.closed.is_some()).await;
    soon(async {
        while metric(server.address(), "carillon_worker_meetings").await > 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    number
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_comes_back_sees_higher_numbers_after_an_empty_time_and_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let start =
        || TestServer::start_with(|config| config.data = Some(folder.path().to_owned())).unwrap();
    let server = start();
    let mut place = place(server.address()).await;
    let mut numbers = vec![visit(&server, &place).await, visit(&server, &place).await];
    server.stop();
    let server = start();
    place.meeting.media_placement.signaling_url =
        format!("ws://{}/control/{}", server.address(), place.meeting.meeting_id);
    numbers.push(visit(&server, &place).await);
    numbers.push(visit(&server, &place).await);
    assert!(numbers.is_sorted_by(|earlier, later| earlier < later), "{numbers:?}");
}
