//! The names that dashboards and alerts are built on.

use carillon_server::TestServer;
use tokio::time::timeout;

use crate::{
    api::{get, metric, place},
    clock::PATIENCE,
    guest::Guest,
};

#[tokio::test]
async fn metrics_have_the_names_and_kinds_that_dashboards_know() {
    let server = TestServer::start().unwrap();
    let text = get(server.address(), "/metrics").await.body;
    let kinds: String = text
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE "))
        .flat_map(|line| [line, "\n"])
        .collect();
    assert_eq!(kinds, include_str!("metrics.txt"));
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (_, value) = line.rsplit_once(' ').unwrap();
        assert!(value.parse::<f64>().is_ok(), "{line}");
    }
}

#[tokio::test]
async fn a_guest_with_sound_moves_the_counters() {
    let server = TestServer::start().unwrap();
    let at = server.address();
    let mut guest = Guest::join(&place(at).await, 440).await;
    for (name, least) in [
        ("carillon_meetings", 1),
        ("carillon_meetings_active", 1),
        ("carillon_connections", 1),
        ("carillon_joins_total", 1),
        ("carillon_signaling_sockets", 1),
        ("carillon_signaling_admitted_total", 1),
        ("carillon_signaling_messages_received_total", 2),
        ("carillon_media_received_packets_total", 5),
        ("carillon_media_received_bytes_total", 500),
        ("carillon_media_sent_packets_total", 5),
        ("carillon_media_sent_bytes_total", 500),
        ("carillon_worker_timer_lag_seconds_count", 5),
    ] {
        let moved = async { while metric(at, name).await < least {} };
        guest.during(timeout(PATIENCE, moved)).await.expect(name);
    }
}
