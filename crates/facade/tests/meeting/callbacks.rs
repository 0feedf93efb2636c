//! Callbacks about one thing, and switches.

use std::time::Duration;

use carillon_facade::devices::file::{OggOpusSource, OggOpusWriter, Repeat, Writer as _};
use carillon_facade::frame::{EncodedAudio, MediaTime};
use carillon_facade::media::opus::{MAX_PAYLOAD_BYTES, OpusConfig, OpusEncoder};
use carillon_facade::{
    AttendeePresence, AudioInput, DeviceChangeEvent, InputKind, MeetingEvent, SessionEvent,
    StreamEnd,
};
use carillon_server::TestServer;
use carillon_testkit::tone::Tone;
use tokio::sync::watch;

use crate::pictures::{BLUE, RED};
use crate::rig::{Attendee, place, soon};

/// What callbacks told so far.
#[derive(Clone)]
struct Told<T>(watch::Sender<Vec<T>>);

impl<T: Clone> Told<T> {
    fn new() -> Self {
        Self(watch::Sender::new(Vec::new()))
    }

    fn push(&self, value: T) {
        self.0.send_modify(|told| told.push(value));
    }

    fn all(&self) -> Vec<T> {
        self.0.borrow().clone()
    }

    async fn until(&self, what: &str, wanted: impl Fn(&[T]) -> bool) {
        let mut told = self.0.subscribe();
        soon(what, told.wait_for(|told| wanted(told))).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn subscriptions_tell_their_one_thing_until_they_are_dropped() {
    let server = TestServer::start().unwrap();
    let one = Attendee::join(&place(&server, "abc-def-ghi", "one").await, 440.0).await;
    let audio_video = one.session.audio_video();
    let (roster, volumes, chat, other) = (Told::new(), Told::new(), Told::new(), Told::new());
    let (scores, mutes) = (Told::new(), Told::new());
    let (copy, listener) = (roster.clone(), scores.clone());
    let _roster = audio_video
        .realtime_subscribe_to_attendee_id_presence(move |who, p| copy.push((who.identity, p)));
    let copy = chat.clone();
    let topic = audio_video.realtime_subscribe_to_receive_data_message("chat", move |message| {
        copy.push(message.text().unwrap().to_owned());
    });
    let copy = other.clone();
    let _other = audio_video.realtime_subscribe_to_receive_data_message("other", move |message| {
        copy.push(message.text().unwrap().to_owned());
    });
    let _scores =
        audio_video.subscribe_to_active_speaker_scores(Duration::from_millis(200), move |scores| {
            scores.iter().for_each(|(who, score)| listener.push((*who, *score)));
        });
    let copy = mutes.clone();
    let _mutes =
        audio_video.realtime_subscribe_to_mute_and_unmute_local_audio(move |mute| copy.push(mute));

    let mut two = Attendee::join(&place(&server, "abc-def-ghi", "two").await, 880.0).await;
    let second = two.session.configuration().credentials.identity();
    let copy = volumes.clone();
    let _volumes = audio_video
        .realtime_subscribe_to_volume_indicator(second, move |update| copy.push(update.clone()));
    roster.until("a newcomer", |told| told.contains(&(second, AttendeePresence::Joined))).await;
    volumes.until("a volume", |told| told.iter().any(|u| u.volume.is_some_and(|v| v > 0.2))).await;
    assert!(volumes.all().iter().all(|update| update.attendee.identity == second));
    scores.until("a score", |told| told.iter().any(|(w, s)| *w == second && *s > 0.0)).await;

    let send = |topic: &str, text: &'static str| {
        two.session.audio_video().realtime_send_data_message(topic, text, None).unwrap();
    };
    send("chat", "first");
    chat.until("a message", |told| told == ["first"]).await;
    drop(topic);
    send("chat", "second");
    send("other", "third");
    other.until("another message", |told| told == ["third"]).await;
    assert_eq!(chat.all(), ["first"]);

    audio_video.realtime_mute_local_audio();
    audio_video.realtime_unmute_local_audio();
    assert_eq!(mutes.all().len(), 2);
    two.session.audio_video().stop();
    two.wait("the end", |e| matches!(e, SessionEvent::Stopped(_)).then_some(())).await;
    roster.until("a leave", |told| told.contains(&(second, AttendeePresence::Left))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_receives_no_video_has_no_tiles_until_it_is_wanted_again() {
    let server = TestServer::start().unwrap();
    let one = Attendee::join(&place(&server, "abc-def-ghi", "one").await, 440.0).await;
    let mut two = Attendee::join(&place(&server, "abc-def-ghi", "two").await, 880.0).await;
    one.show(RED);
    let red = two.sees(RED).await;
    two.session.audio_video().stop_remote_video();
    two.wait("the tile going", |event| match event {
        SessionEvent::TileRemoved(tile) if *tile == red => Some(()),
        _ => None,
    })
    .await;
    assert!(!two.session.audio_video().is_receiving_remote_video());
    two.hears(&[440]).await;
    two.session.audio_video().start_remote_video();
    two.sees(RED).await;
    // A camera may be exchanged for another while it runs.
    one.show(BLUE);
    two.sees(BLUE).await;
}

/// An Ogg Opus file of so many 20 ms of a tone.
fn spoken(hertz: f64, frames: u32) -> Vec<u8> {
    let mut encoder = OpusEncoder::new(OpusConfig::default()).unwrap();
    let mut tone = Tone::new(hertz, 8_000);
    let mut payload = [0; MAX_PAYLOAD_BYTES];
    let mut file = Vec::new();
    let mut writer = OggOpusWriter::new(&mut file).unwrap();
    for n in 0..frames {
        let length = encoder.encode(&tone.next_frame(), &mut payload).unwrap();
        let payload = payload[..length].to_vec().into();
        let packet = EncodedAudio { payload, timestamp: MediaTime(n * 960), ticks: 960 };
        writer.write(&packet).unwrap();
    }
    writer.finish().unwrap();
    drop(writer);
    file
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn packets_of_a_file_are_heard_and_their_end_is_told() {
    let server = TestServer::start().unwrap();
    let one = Attendee::join(&place(&server, "abc-def-ghi", "one").await, 440.0).await;
    let mut two = Attendee::join(&place(&server, "abc-def-ghi", "two").await, 880.0).await;
    let file = OggOpusSource::new(std::io::Cursor::new(spoken(620.0, 250)), Repeat::Once).unwrap();
    two.session.device_controller().start_audio_input(AudioInput::Encoded(Box::new(file)));
    assert_eq!(two.session.device_controller().active_audio_input(), InputKind::Encoded);
    one.hears(&[620]).await;
    let (mut selected, mut ended) = (false, false);
    two.wait("the end of the file", |event| {
        selected |= matches!(event, SessionEvent::Meeting(MeetingEvent::AudioInputSelected));
        let end = DeviceChangeEvent::AudioInputStreamEnded(StreamEnd::Finished);
        ended |= matches!(event, SessionEvent::Device(event) if *event == end);
        (selected && ended).then_some(())
    })
    .await;
    one.hears(&[]).await;
    assert_eq!(two.session.device_controller().active_audio_input(), InputKind::Silence);
}
