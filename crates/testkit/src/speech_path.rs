//! The way of one voice to one listener through a network of known faults, in virtual time: what is heard at its end.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use carillon_frame::{AudioFrame, FRAME_DURATION, MediaTime, SeqNo};
use carillon_media::JitterConfig;
use carillon_media::opus::OpusError;
use carillon_media::pipeline::audio_receive::{AudioReceive, AudioReceiveStats};
use carillon_media::pipeline::audio_send::{AudioSend, AudioSendConfig, Redundancy};
use carillon_rtp::{AudioFormat, PayloadType};
use rand::Rng as _;
use rand::rngs::StdRng;

use crate::clock::VirtualClock;
use crate::rng::seeded;

/// How long every packet travels at least.
const TRAVEL: Duration = Duration::from_millis(20);

/// How much is played after the last frame was sent, so that what is late is heard too.
const TAIL: usize = 100;

/// What a network does to a voice.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Faults {
    /// How probable it is that a packet is lost: 0 to 1.
    pub loss: f64,
    /// How probable it is that a burst of losses begins and that it ends, at each packet (Gilbert and Elliott).
    pub burst: Option<(f64, f64)>,
    /// The standard deviation of the time a packet travels; packets keep their order.
    pub jitter: Duration,
    /// How probable it is that a packet travels in no time and overtakes all others: 0 to 1.
    pub reordering: f64,
    /// The time from which nothing arrives, and for how long; what was sent in between arrives together after it.
    pub outage: Option<(Duration, Duration)>,
    /// From when on packets are neither lost nor late any more.
    pub calm_after: Option<Duration>,
    /// How many millionths the sender's clock is faster than the listener's.
    pub drift_ppm: i32,
}

/// What a sender knows of the network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Caution {
    /// How many packets of a hundred it expects to be lost.
    pub expected_loss_percent: u8,
    /// How many earlier packets each packet repeats.
    pub redundancy: Redundancy,
}

/// What was heard.
#[derive(Clone, Debug)]
pub struct HeardSpeech {
    /// Every frame from the first one sent on.
    pub frames: Vec<AudioFrame>,
    /// What the receiver says of it, after each frame.
    pub stats: Vec<AudioReceiveStats>,
}

/// Sends `voice` through a network and returns what is heard, the same for the same seed.
///
/// # Errors
/// [`OpusError`] when the codec cannot be set up.
pub fn speech_path(
    voice: impl IntoIterator<Item = AudioFrame>,
    faults: Faults,
    caution: Caution,
    listener: JitterConfig,
    seed: u64,
) -> Result<HeardSpeech, OpusError> {
    let opus = PayloadType::new(111).unwrap_or_else(|| unreachable!("111 has seven bits"));
    let mut send = AudioSend::new(AudioSendConfig {
        expected_loss_percent: caution.expected_loss_percent,
        redundancy: caution.redundancy,
        ..AudioSendConfig::speech(opus)
    })?;
    let mut receive = AudioReceive::new(listener)?;
    let mut network = Network::new(faults, seed);
    let start = VirtualClock::start().now();
    let mut heard = HeardSpeech { frames: Vec::new(), stats: Vec::new() };
    let mut voice = voice.into_iter();
    let (mut sent, mut over) = (0_u32, 0);
    while over < TAIL {
        let now = start + FRAME_DURATION * u32::try_from(heard.frames.len()).unwrap_or(u32::MAX);
        // The sender's frame is due when its clock says so.
        while network.sent_at(start, sent) <= now {
            let Some(frame) = voice.next() else {
                over += 1;
                break;
            };
            if let Some(packet) = send.encode(&frame)? {
                let copy = Travelling {
                    seq: SeqNo((sent & 0xffff) as u16),
                    timestamp: packet.timestamp,
                    format: packet.format,
                    payload: packet.payload.to_vec(),
                };
                network.send(start, sent, copy);
            }
            sent += 1;
        }
        while let Some((arrival, packet)) = network.receive(now) {
            let Travelling { seq, timestamp, format, payload } = packet;
            // What we sent is what it says it is.
            receive.handle_packet(arrival, seq, timestamp, format, &payload).ok();
        }
        heard.frames.push(receive.next_frame(now));
        heard.stats.push(receive.stats());
    }
    Ok(heard)
}

struct Travelling {
    seq: SeqNo,
    timestamp: MediaTime,
    format: AudioFormat,
    payload: Vec<u8>,
}

struct Network {
    faults: Faults,
    rng: StdRng,
    in_burst: bool,
    latest: Option<Instant>,
    travelling: BTreeMap<(Instant, u32), Travelling>,
}

impl Network {
    fn new(faults: Faults, seed: u64) -> Self {
        let travelling = BTreeMap::new();
        Self { faults, rng: seeded(seed), in_burst: false, latest: None, travelling }
    }

    /// When the sender sends its frame of this number: 7 ms off the listener's frames, as chance would have it.
    fn sent_at(&self, start: Instant, number: u32) -> Instant {
        let rate = 1.0 + f64::from(self.faults.drift_ppm) / 1_000_000.0;
        start + Duration::from_millis(7) + (FRAME_DURATION * number).div_f64(rate)
    }

    fn send(&mut self, start: Instant, number: u32, packet: Travelling) {
        let sent = self.sent_at(start, number);
        if self.faults.calm_after.is_some_and(|span| sent >= start + span) {
            let Faults { drift_ppm, .. } = self.faults;
            self.faults = Faults { drift_ppm, ..Faults::default() };
            self.in_burst = false;
        }
        if let Some((begin, end)) = self.faults.burst {
            let chance = if self.in_burst { 1.0 - end } else { begin };
            self.in_burst = self.rng.random::<f64>() < chance;
        }
        if self.in_burst || self.rng.random::<f64>() < self.faults.loss {
            return;
        }
        let deviation = self.faults.jitter.as_secs_f64() * self.normal();
        let travel = Duration::from_secs_f64((TRAVEL.as_secs_f64() + deviation).max(0.0));
        let mut arrival = sent + travel;
        if self.rng.random::<f64>() < self.faults.reordering {
            arrival = sent;
        } else {
            arrival = self.latest.map_or(arrival, |latest| latest.max(arrival));
            self.latest = Some(arrival);
        }
        if let Some((from, span)) = self.faults.outage {
            let (begin, end) = (start + from, start + from + span);
            if (begin..end).contains(&arrival) {
                arrival = end;
            }
        }
        self.travelling.insert((arrival, number), packet);
    }

    fn receive(&mut self, now: Instant) -> Option<(Instant, Travelling)> {
        let first = self.travelling.first_entry()?;
        let arrival = first.key().0;
        (arrival <= now).then(|| (arrival, first.remove()))
    }

    /// A number of the normal distribution (Box and Muller).
    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * self.rng.random::<f64>().max(f64::MIN_POSITIVE).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.rng.random::<f64>()).cos()
    }
}
