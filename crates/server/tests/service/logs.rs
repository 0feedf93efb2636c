//! What the log says, and what it must not.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};

use carillon_server::TestServer;
use tracing_subscriber::fmt::MakeWriter;

use crate::{
    api::{delete_meeting, place},
    guest::Guest,
    socket::Socket,
};

/// A log in memory.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn logs_name_meetings_and_sessions_and_never_a_secret() {
    let log = Log::default();
    // Workers and the service's tasks have threads of their own, so only a log for the whole process hears them.
    let filter = tracing_subscriber::EnvFilter::new("debug,carillon=trace");
    let subscriber =
        tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(log.clone()).finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();

    let server = TestServer::start().unwrap();
    let place = place(server.address()).await;
    let mut guest = Guest::join(&place, 440).await;
    let forged = place.token().replacen(|c: char| c != 'A', "A", 1);
    assert_eq!(Socket::with_token(place.url(), &forged).await.end().await, Some(4403));
    delete_meeting(server.address(), &place).await;
    guest.until(|client| !client.told.statuses.is_empty()).await;
    drop((guest, server));

    let text = log.text();
    let meeting = place.meeting.meeting_id.to_string();
    assert!(text.lines().any(|line| line.contains(&meeting) && line.contains("\"session\"")));
    for secret in [place.token(), &forged, &TestServer::key().secret_key.0, "Signature="] {
        let told = text.lines().find(|line| line.contains(secret));
        assert_eq!(told, None);
    }
}
