//! A native client of a meeting, in virtual time: messages, datagrams and `now` go in and come out.
//!
//! It behaves as browsers do where a meeting can tell the difference: it joins, offers when it knows which videos there
//! are, leaves when it is told that its session is over, and goes on sending whatever it is told about its rights.

#![expect(
    clippy::missing_panics_doc,
    reason = "a promise that is broken ends the test, and each expectation names its promise"
)]

pub mod camera;
pub mod hearing;
mod media;
pub mod offer;
pub mod told;
pub mod voice;

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::LazyLock;
use std::time::Instant;

use bytes::Bytes;
use carillon_frame::{Bitrate, MediaTime, SeqNo, Ssrc};
use carillon_signaling::{
    AudioCheckIn, AudioSessionId, AudioStatus, ClientMessage, CloseCode, Epoch, ErrorStatus,
    Identity, Index, Join, Mid, Mute, Sdp, SendLayer, ServerFrame, ServerMessage, StreamId,
    Subscribe, SubscribeAck, decode_server, encode_client,
};
use carillon_transport::{Certificate, IceCredentials};
use rand::Rng as _;
use rand::rngs::StdRng;

use self::camera::{Camera, Codec, Mark};
use self::hearing::Hearing;
use self::media::MediaPath;
use self::offer::{Offer, ReceiveSection, Wish};
use self::told::Told;
use self::voice::Voice;
use crate::rng::seeded;

/// The identity of every client: making one costs more than a meeting of two.
static CERTIFICATE: LazyLock<Certificate> =
    LazyLock::new(|| Certificate::generate().expect("the system has randomness"));

/// Who a client is.
#[derive(Clone, Debug)]
pub struct ClientConfig {
    /// The attendee, in its own right or as its content share.
    pub identity: Identity,
    /// The client object, by which it proves that it resumes.
    pub object: AudioSessionId,
    /// The tone it sends.
    pub hertz: u32,
    /// How virtual time relates to the wall clock.
    pub epoch: Epoch,
    /// What its chance comes from.
    pub seed: u64,
}

/// What to do for a client; [`Timeout`](Self::Timeout) means that everything has been said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Send a message over its signaling socket.
    Message(Bytes),
    /// Send a datagram.
    Datagram(SocketAddr, Vec<u8>),
    /// Close its signaling socket.
    CloseSocket,
    /// Call again at this time, or whenever there is input.
    Timeout(Option<Instant>),
}

/// Which videos a client wants to receive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Watching {
    /// One of everybody who shows any.
    Everybody,
    /// The same, each in a section of a new tag, which takes the place of one that was stopped: as browsers do.
    EverybodyAnew,
    /// What a test writes into [`Client::receive`].
    ByHand,
}

/// A packet of a picture as it arrived.
#[derive(Clone, Debug)]
pub struct Seen {
    /// When it arrived.
    pub at: Instant,
    /// The section it arrived in.
    pub mid: Mid,
    /// The stream that was asked for there.
    pub stream: StreamId,
    /// Its number in the section.
    pub seq: SeqNo,
    /// Its time in the section.
    pub timestamp: MediaTime,
    /// What its sender wrote into it.
    pub mark: Mark,
}

/// How far the client is with its offers.
#[derive(Debug, Default)]
struct Offering {
    unanswered: bool,
    /// Whether another offer has to follow the unanswered one.
    stale: bool,
}

/// A client of a meeting.
#[derive(Debug)]
pub struct Client {
    config: ClientConfig,
    rng: StdRng,
    ice: IceCredentials,
    offering: Offering,
    path: Option<MediaPath>,
    /// Which stream arrives under which SSRC, and in which section.
    tracks: BTreeMap<Ssrc, (Mid, StreamId)>,
    /// The number of the next tag of a section that is to have a new one.
    next_tag: usize,
    outputs: VecDeque<Output>,
    /// What it says.
    pub voice: Voice,
    /// What it shows.
    pub camera: Option<Camera>,
    /// Whether it says that it is muted; it goes on talking all the same.
    pub mute: Mute,
    /// Which videos it wants.
    pub watching: Watching,
    /// The sections in which it receives videos.
    pub receive: Vec<ReceiveSection>,
    /// What it was told.
    pub told: Told,
    /// What it hears.
    pub hearing: Hearing,
    /// What it sees, in the order of arrival.
    pub seen: Vec<Seen>,
    /// How many packets came once more.
    pub repairs: u64,
    /// When it was asked for packets of its camera once more, and for which.
    pub asked_again: Vec<(Instant, Vec<SeqNo>)>,
}

impl Client {
    /// A client that has not opened its socket.
    #[must_use]
    pub fn new(config: ClientConfig) -> Self {
        let mut rng = seeded(config.seed);
        let ice = IceCredentials::generate(&mut rng);
        // Counters start close to their wrap, as they may.
        let (seq, timestamp) = (SeqNo(65_500), MediaTime(u32::MAX - 20_000));
        let voice = Voice::new(config.hertz, Ssrc(rng.random()), seq, timestamp);
        Self {
            config,
            rng,
            ice,
            offering: Offering::default(),
            path: None,
            tracks: BTreeMap::new(),
            next_tag: 1_000,
            outputs: VecDeque::new(),
            voice,
            camera: None,
            mute: Mute::Unmuted,
            watching: Watching::Everybody,
            receive: Vec::new(),
            told: Told::default(),
            hearing: Hearing::default(),
            seen: Vec::new(),
            repairs: 0,
            asked_again: Vec::new(),
        }
    }

    /// Who the client is.
    #[must_use]
    pub const fn config(&self) -> &ClientConfig {
        &self.config
    }

    /// Joins over a socket that was just opened.
    pub fn join(&mut self, now: Instant) {
        let join = Join { audio_session_id: Some(self.config.object), ..Join::default() };
        self.say(now, &ClientMessage::Join(join));
    }

    /// Leaves on purpose.
    pub fn leave(&mut self, now: Instant) {
        self.say(now, &ClientMessage::Leave);
        if let Some(mut path) = self.path.take() {
            path.close(now);
            self.outputs.extend(path.datagrams());
        }
    }

    /// Says that it is muted or not.
    pub fn set_mute(&mut self, now: Instant, mute: Mute) {
        self.mute = mute;
        self.say(now, &ClientMessage::Mute(mute));
    }

    /// Turns its camera on, in place of an earlier one.
    pub fn show(&mut self, now: Instant, codec: Codec) {
        self.show_with_first_offer(codec);
        self.offer(now);
    }

    /// Turns its camera on before it has offered anything.
    pub fn show_with_first_offer(&mut self, codec: Codec) {
        let (ssrc, timestamp) = (Ssrc(self.rng.random()), MediaTime(self.rng.random()));
        self.camera = Some(Camera::new(codec, ssrc, SeqNo(65_530), timestamp));
    }

    /// Turns its camera off.
    pub fn hide(&mut self, now: Instant) {
        self.camera = None;
        self.offer(now);
    }

    /// Offers what it sends and wants, as soon as its last offer is answered.
    pub fn offer(&mut self, now: Instant) {
        if self.offering.unanswered {
            self.offering.stale = true;
            return;
        }
        let sdp = self.write_offer();
        self.offer_text(now, sdp);
    }

    /// Offers a text of somebody else's making.
    pub fn offer_text(&mut self, now: Instant, sdp: String) {
        self.offering = Offering { unanswered: true, stale: false };
        let audio = AudioCheckIn { host: "host".to_owned(), mute: self.mute };
        let wishes = self.receive.iter().map(|section| section.wish.stream());
        let subscribe = Subscribe {
            offer: Sdp::Plain(sdp),
            audio: Some(audio),
            send_layers: self.camera.iter().map(|_| LAYER).collect(),
            // The first section of video is the client's own.
            receive: std::iter::once(None).chain(wishes).collect(),
            video_subscriptions: Vec::new(),
        };
        self.say(now, &ClientMessage::Subscribe(subscribe));
    }

    /// The offer the client would make at the moment.
    #[must_use]
    pub fn write_offer(&self) -> String {
        let offer = Offer {
            ice: &self.ice,
            fingerprint: CERTIFICATE.fingerprint(),
            voice: self.voice.ssrc,
            camera: self.camera.as_ref().map(|camera| camera.ssrc),
            receive: &self.receive,
        };
        offer.write()
    }

    /// Says something over the signaling socket.
    pub fn say(&mut self, now: Instant, message: &ClientMessage) {
        let bytes = encode_client(self.config.epoch.wall_time(now), message);
        self.say_bytes(bytes);
    }

    /// Sends any bytes over the signaling socket.
    pub fn say_bytes(&mut self, bytes: Bytes) {
        self.outputs.push_back(Output::Message(bytes));
    }

    /// Takes a message of the server.
    pub fn handle_message(&mut self, now: Instant, message: &[u8]) {
        let frame = decode_server(message).expect("the server keeps to the protocol");
        let Some(ServerFrame { error, message }) = frame.map(|frame| frame.content) else { return };
        match error {
            Some(error) => self.handle_error(now, error),
            None => self.handle_content(now, message),
        }
    }

    /// Takes note that the server closed the socket.
    pub const fn handle_close(&mut self, code: CloseCode) {
        self.told.closed = Some(code);
    }

    /// What to do next.
    pub fn poll_output(&mut self) -> Output {
        if let Some(path) = &mut self.path {
            self.outputs.extend(path.datagrams());
        }
        let deadline = self.path.as_ref().and_then(MediaPath::deadline);
        self.outputs.pop_front().unwrap_or(Output::Timeout(deadline))
    }

    fn handle_content(&mut self, now: Instant, message: ServerMessage) {
        match message {
            ServerMessage::Ping(id) => self.say(now, &ClientMessage::Pong(id)),
            ServerMessage::Index(index) => self.handle_index(now, index),
            ServerMessage::SubscribeAck(ack) => self.handle_answer(now, &ack),
            ServerMessage::Roster(entries) => self.told.handle_roster(entries),
            ServerMessage::AudioMetadata(states) => self.told.volumes.push(states),
            ServerMessage::AudioStatus(status) => {
                self.told.statuses.push(status);
                if status != AudioStatus::OK {
                    self.leave(now);
                }
            }
            ServerMessage::Pause(groups) => self.told.paused.extend(groups),
            ServerMessage::Resume(groups) => {
                self.told.paused.retain(|paused| !groups.contains(paused));
            }
            ServerMessage::Bitrates(bitrates) => self.told.bandwidth = bitrates.available,
            ServerMessage::Data(messages) => self.told.handle_data(&messages),
            ServerMessage::LeaveAck => self.outputs.push_back(Output::CloseSocket),
            ServerMessage::Pong(_)
            | ServerMessage::JoinAck(_)
            | ServerMessage::JoinPrimaryMeetingAck
            | ServerMessage::LeavePrimaryMeeting
            | ServerMessage::Notification(_) => {}
        }
    }

    fn handle_error(&mut self, now: Instant, error: ErrorStatus) {
        self.told.errors.push(error);
        if error != ErrorStatus::VIDEO_VIEW_ONLY {
            self.leave(now);
        }
    }

    fn handle_index(&mut self, now: Instant, index: Index) {
        let is_first = self.told.indexes.is_empty();
        let wanted = self.wishes(&index);
        self.told.indexes.push(index);
        if is_first || self.receive != wanted {
            self.receive = wanted;
            self.offer(now);
        }
    }

    /// The sections as they should be for these videos: those that show something go on, and others are used again.
    fn wishes(&mut self, index: &Index) -> Vec<ReceiveSection> {
        let mut sections = self.receive.clone();
        let nothing = match self.watching {
            Watching::ByHand => return sections,
            Watching::Everybody => Wish::Nothing,
            Watching::EverybodyAnew => Wish::Stopped,
        };
        let highest: BTreeMap<Identity, StreamId> =
            index.sources.iter().map(|source| (source.owner, source.stream_id)).collect();
        let mut wanted: Vec<StreamId> = highest.into_values().collect();
        for section in &mut sections {
            match section.wish.stream().and_then(|stream| wanted.iter().position(|w| *w == stream))
            {
                Some(position) => drop(wanted.remove(position)),
                None => section.wish = nothing,
            }
        }
        for stream in wanted {
            let wish = Wish::Stream(stream);
            match sections.iter_mut().find(|section| section.wish == nothing) {
                Some(section) if nothing == Wish::Nothing => section.wish = wish,
                Some(section) => {
                    *section = ReceiveSection { mid: tag(self.next_tag), wish };
                    self.next_tag += 1;
                }
                // The first two sections are the client's voice and camera.
                None => sections.push(ReceiveSection { mid: tag(sections.len() + 2), wish }),
            }
        }
        sections
    }

    fn handle_answer(&mut self, now: Instant, ack: &SubscribeAck) {
        self.told.answers += 1;
        let Sdp::Plain(answer) = &ack.answer else { return };
        for track in &ack.tracks {
            self.tracks.insert(track.ssrc, (track.mid.clone(), track.stream_id));
        }
        if self.path.is_none() {
            let (local, rng) = (self.ice.clone(), StdRng::clone(&self.rng));
            self.path = MediaPath::open(now, CERTIFICATE.clone(), local, answer, rng);
        }
        self.offering.unanswered = false;
        if std::mem::take(&mut self.offering.stale) {
            self.offer(now);
        }
    }
}

/// The one layer in which clients show what they show.
const LAYER: SendLayer = SendLayer {
    stream_id: None,
    group_id: None,
    framerate: Some(25),
    max_bitrate: Bitrate::from_kbps(1_500),
    average_bitrate: None,
};

/// The tag of this number.
fn tag(number: usize) -> Mid {
    number.to_string().parse().expect("a number is a tag")
}
