//! Voices, between native clients.

use carillon_server::TestServer;

use crate::rig::{Attendee, place};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_hears_exactly_the_others() {
    let server = TestServer::start().unwrap();
    let one = Attendee::join(&place(&server, "abc-def-ghi", "one").await, 440.0).await;
    let two = Attendee::join(&place(&server, "abc-def-ghi", "two").await, 880.0).await;
    one.hears(&[880]).await;
    two.hears(&[440]).await;
    let three = Attendee::join(&place(&server, "abc-def-ghi", "three").await, 1_300.0).await;
    three.hears(&[440, 880]).await;
    one.hears(&[880, 1_300]).await;
}
