//! How the program ends.

use crate::{
    api::{create_meeting, get, place},
    clock::soon,
    guest::Guest,
    process::Program,
    socket::Socket,
};

async fn begins_to_drain(program: &Program) {
    soon(async {
        while get(program.address(), "/readyz").await.status != 503 {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn told_to_end_with_nobody_connected_it_sends_clients_away_and_ends_well() {
    for signal in ["TERM", "INT"] {
        let mut program = Program::serve(&["--drain-seconds", "600"]);
        let mut waiting = Socket::open(&place(program.address()).await).await;
        let mut joined = Socket::join(&place(program.address()).await).await;
        assert!(waiting.answers(1).await && joined.answers(1).await);
        program.signal(signal);
        assert_eq!((waiting.end().await, joined.end().await), (Some(4500), Some(4500)));
        drop((waiting, joined));
        assert!(program.end().0.success());
    }
}

#[tokio::test]
async fn told_once_it_waits_for_its_meetings_and_told_twice_it_does_not() {
    let mut program = Program::serve(&["--drain-seconds", "600"]);
    let place = place(program.address()).await;
    let mut guest = Guest::join(&place, 440).await;
    program.signal("TERM");
    begins_to_drain(&program).await;
    assert_eq!(create_meeting(program.address(), "another").await.status, 503);
    let packets = guest.client.hearing.packets;
    guest.until(|client| client.hearing.packets > packets + 10).await;
    assert!(program.is_running());

    program.signal("TERM");
    assert!(program.end().0.success());
}

#[tokio::test]
async fn the_drain_ends_when_the_last_guest_leaves() {
    let mut program = Program::serve(&["--drain-seconds", "600"]);
    let mut guest = Guest::join(&place(program.address()).await, 440).await;
    program.signal("TERM");
    begins_to_drain(&program).await;
    guest.client.leave(crate::clock::now());
    let (ended, ()) = tokio::join!(
        tokio::task::spawn_blocking(move || program.end().0),
        guest.until(|client| client.told.closed.is_some()),
    );
    assert!(ended.unwrap().success());
}

#[tokio::test]
async fn the_drain_ends_when_its_time_is_up() {
    let mut program = Program::serve(&["--drain-seconds", "0"]);
    let mut guest = Guest::join(&place(program.address()).await, 440).await;
    program.signal("TERM");
    guest.until(|client| client.told.closed.is_some()).await;
    assert_eq!(guest.client.told.closed.map(|code| code.0), Some(4500));
    drop(guest);
    assert!(program.end().0.success());
}
