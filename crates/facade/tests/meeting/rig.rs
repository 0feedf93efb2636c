//! A server, and attendees who remember what they heard and were told.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use carillon_facade::frame::{AudioFrame, AudioSink, AudioSource, Captured};
use carillon_facade::{
    AudioInput, AudioOutput, MeetingSession, MeetingSessionConfiguration, NoOpLogger, SessionEvent,
    SessionEvents, TracingLogger,
};
use carillon_server::TestServer;
use carillon_testkit::ear::Ear;
use carillon_testkit::tone::Tone;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio_util::task::TaskTracker;

/// How long anything may take before a test gives up: more than a loaded machine ever needs.
const PATIENCE: Duration = Duration::from_secs(30);

/// The same for pictures of a certain size. A machine that keeps packets waiting looks like a narrow path, and that such a
/// path takes more again is found out in steps.
pub(crate) const PATIENCE_WITH_PATHS: Duration = Duration::from_secs(60);

/// Waits for something that has to come.
pub(crate) async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    within(PATIENCE, what, future).await
}

async fn within<T>(patience: Duration, what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(patience, future).await {
        Ok(value) => value,
        Err(_) => panic!("{what} did not happen"),
    }
}

/// What the service answers for a meeting and an attendee.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) meeting: Value,
    pub(crate) attendee: Value,
}

/// Makes an attendee of the meeting with this code, and the meeting if there is none.
pub(crate) async fn place(server: &TestServer, code: &str, name: &str) -> Place {
    let path = format!("/demo/meetings/{code}/attendees");
    let answer = post(server, &path, &json!({ "name": name })).await;
    Place { meeting: answer["Meeting"].clone(), attendee: answer["Attendee"].clone() }
}

/// Ends a meeting for everybody.
pub(crate) async fn end_meeting(server: &TestServer, code: &str, place: &Place) {
    let wish = json!({ "meeting": place.meeting["MeetingId"] });
    post(server, &format!("/demo/meetings/{code}/end"), &wish).await;
}

async fn post(server: &TestServer, path: &str, body: &Value) -> Value {
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    let body = body.to_string();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: {0}\r\norigin: http://{0}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {1}\r\n\r\n",
        server.address(),
        body.len()
    );
    stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    let mut text = String::new();
    soon("an answer", stream.read_to_string(&mut text)).await.unwrap();
    let body = text.split_once("\r\n\r\n").unwrap().1;
    serde_json::from_str(body).unwrap_or(Value::Null)
}

/// An attendee in a meeting.
pub(crate) struct Attendee {
    pub(crate) session: MeetingSession,
    pub(crate) events: SessionEvents,
    pub(crate) heard: Heard,
}

impl Attendee {
    /// Somebody who sends a tone and listens, not yet in the meeting.
    pub(crate) fn new(place: &Place, hertz: f64) -> Self {
        let configuration =
            MeetingSessionConfiguration::from_values(&place.meeting, &place.attendee).unwrap();
        Self::of(configuration, hertz)
    }

    /// Somebody whose camera is sent in layers, who has joined.
    pub(crate) async fn join_with_simulcast(place: &Place, hertz: f64) -> Self {
        let mut configuration =
            MeetingSessionConfiguration::from_values(&place.meeting, &place.attendee).unwrap();
        configuration.enable_simulcast = true;
        let mut attendee = Self::of(configuration, hertz);
        attendee.start().await;
        attendee
    }

    fn of(configuration: MeetingSessionConfiguration, hertz: f64) -> Self {
        let logger: Arc<dyn carillon_facade::Logger> = match std::env::var_os("RUST_LOG") {
            Some(_) => Arc::new(TracingLogger),
            None => Arc::new(NoOpLogger),
        };
        let session = MeetingSession::new(configuration, logger);
        let events = session.audio_video().events();
        let heard = Heard::default();
        let devices = session.device_controller();
        devices.start_audio_input(AudioInput::Sound(Box::new(Voice(Tone::new(hertz, 8_000)))));
        devices.add_audio_output(AudioOutput::Sound(Box::new(heard.clone())));
        Self { session, events, heard }
    }

    /// Somebody with settings of its own.
    pub(crate) fn with(
        place: &Place,
        change: impl FnOnce(&mut MeetingSessionConfiguration),
    ) -> Self {
        let mut configuration =
            MeetingSessionConfiguration::from_values(&place.meeting, &place.attendee).unwrap();
        change(&mut configuration);
        Self::of(configuration, 440.0)
    }

    /// Somebody who gives up on a server after so long.
    pub(crate) fn impatient(place: &Place, patience: Duration) -> Self {
        Self::with(place, |configuration| {
            configuration.reconnect_timeout = patience;
            configuration.connection_timeout = Duration::from_secs(3);
        })
    }

    /// Somebody who has joined.
    pub(crate) async fn join(place: &Place, hertz: f64) -> Self {
        let mut attendee = Self::new(place, hertz);
        attendee.start().await;
        attendee
    }

    async fn start(&mut self) {
        self.session.audio_video().start().unwrap();
        self.wait("start", |event| matches!(event, SessionEvent::Started).then_some(())).await;
    }

    /// Waits for an event, and gives what a test wants of it.
    pub(crate) async fn wait<T>(
        &mut self,
        what: &str,
        wanted: impl FnMut(&SessionEvent) -> Option<T>,
    ) -> T {
        self.wait_within(PATIENCE, what, wanted).await
    }

    /// The same, for so long.
    pub(crate) async fn wait_within<T>(
        &mut self,
        patience: Duration,
        what: &str,
        mut wanted: impl FnMut(&SessionEvent) -> Option<T>,
    ) -> T {
        within(patience, what, async {
            loop {
                let event = self.events.next().await.expect("the session is still there");
                if let Some(found) = wanted(&event) {
                    return found;
                }
            }
        })
        .await
    }

    /// Waits until exactly these tones are heard.
    pub(crate) async fn hears(&self, tones: &[u32]) {
        soon(&format!("hearing {tones:?}"), async {
            while self.heard.tones() != tones {
                self.heard.next().await;
            }
        })
        .await;
    }
}

/// A voice that says one tone.
struct Voice(Tone);

impl AudioSource for Voice {
    fn next_frame(&mut self, frame: &mut AudioFrame) -> Captured<()> {
        *frame = self.0.next_frame();
        Captured::Frame(())
    }
}

/// The last half second of what was heard.
#[derive(Clone, Default)]
pub(crate) struct Heard {
    frames: Arc<Mutex<Vec<AudioFrame>>>,
    more: Arc<Notify>,
}

const REMEMBERED: usize = 25;

/// The tones that tests use.
pub(crate) const TONES: [u32; 4] = [440, 620, 880, 1_300];

impl Heard {
    pub(crate) fn tones(&self) -> Vec<u32> {
        let frames = self.frames.lock().unwrap();
        if frames.len() < REMEMBERED {
            return Vec::new();
        }
        Ear::new(&TONES).hear_frames(&frames).tones()
    }

    /// Waits until there is more to hear.
    pub(crate) async fn next(&self) {
        self.more.notified().await;
    }
}

impl AudioSink for Heard {
    fn play(&mut self, frame: &AudioFrame) {
        let mut frames = self.frames.lock().unwrap();
        if frames.len() >= REMEMBERED {
            frames.remove(0);
        }
        frames.push(frame.clone());
        self.more.notify_one();
    }
}

/// A way to the signaling socket that can be cut.
pub(crate) struct Cut {
    cut: tokio::sync::broadcast::Sender<()>,
}

impl Cut {
    /// Leads the way of this place through here.
    pub(crate) async fn before(server: &TestServer, place: &mut Place) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let url = &mut place.meeting["MediaPlacement"]["SignalingUrl"];
        let through =
            url.as_str().unwrap().replace(&server.address().to_string(), &address.to_string());
        *url = json!(through);
        let cut = tokio::sync::broadcast::Sender::new(1);
        let (target, cuts) = (server.address(), cut.clone());
        TaskTracker::new().spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let mut cut = cuts.subscribe();
                TaskTracker::new().spawn(async move {
                    let mut far = TcpStream::connect(target).await.unwrap();
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                        _ = cut.recv() => {}
                    }
                });
            }
        });
        Self { cut }
    }

    /// Cuts all connections that stand.
    pub(crate) fn now(&self) {
        self.cut.send(()).unwrap();
    }
}
