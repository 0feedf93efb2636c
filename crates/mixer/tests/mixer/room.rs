//! A meeting of people who each send a tone, over a network, and listen.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use carillon_frame::{AudioFrame, AudioLevel, FRAME_DURATION, MediaTime, SeqNo};
use carillon_media::audio_level;
use carillon_media::opus::{MAX_PAYLOAD_BYTES, OpusConfig, OpusDecoder, OpusEncoder};
use carillon_mixer::{
    AudioPacket, JitterStats, ListenerId, Mixer, MixerConfig, Output, PacketContent, SourceId,
};
use carillon_rtp::AudioFormat;
use carillon_testkit::clock::VirtualClock;
use carillon_testkit::ear::{Ear, Heard};
use carillon_testkit::network::{Link, LinkConfig};
use carillon_testkit::tone::Tone;

/// The tones of a room: far enough apart for the ear, without common harmonics.
pub(crate) const TONES: [u32; 5] = [440, 650, 930, 1_310, 1_770];

#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) seq: SeqNo,
    pub(crate) timestamp: MediaTime,
    pub(crate) level: Option<AudioLevel>,
    pub(crate) format: AudioFormat,
    pub(crate) payload: Vec<u8>,
}

impl Sent {
    pub(crate) fn packet(&self) -> AudioPacket<'_> {
        let content = if self.payload.is_empty() {
            PacketContent::Padding
        } else {
            PacketContent::Sound { format: self.format, payload: &self.payload }
        };
        AudioPacket { seq: self.seq, timestamp: self.timestamp, level: self.level, content }
    }
}

/// Sends a tone in packets of 20 ms.
pub(crate) struct Voice {
    pub(crate) hertz: u32,
    tone: Tone,
    encoder: OpusEncoder,
    seq: SeqNo,
    timestamp: MediaTime,
}

impl Voice {
    pub(crate) fn new(hertz: u32) -> Self {
        let tone = Tone::new(hertz.into(), 6_000);
        let encoder = OpusEncoder::new(OpusConfig::default()).unwrap();
        // Both counters wrap early, as they may.
        let seq = SeqNo(65_530);
        Self { hertz, tone, encoder, seq, timestamp: MediaTime(u32::MAX - 10_000) }
    }

    pub(crate) fn next_packet(&mut self) -> Sent {
        let frame = self.tone.next_frame();
        self.packet_of(&frame)
    }

    /// A packet that carries nothing, as browsers send to probe the network.
    pub(crate) fn padding(&mut self) -> Sent {
        let seq = self.seq;
        self.seq = seq.next();
        let payload = Vec::new();
        Sent { seq, timestamp: self.timestamp, level: None, format: AudioFormat::Opus, payload }
    }

    fn packet_of(&mut self, frame: &AudioFrame) -> Sent {
        let mut payload = vec![0; MAX_PAYLOAD_BYTES];
        let length = self.encoder.encode(frame, &mut payload).unwrap();
        payload.truncate(length);
        let (seq, timestamp) = (self.seq, self.timestamp);
        self.seq = seq.next();
        self.timestamp = timestamp.wrapping_add(960);
        let level = Some(audio_level(frame));
        Sent { seq, timestamp, level, format: AudioFormat::Opus, payload }
    }
}

/// Decodes and keeps what one listener is sent.
pub(crate) struct Listening {
    decoder: OpusDecoder,
    pub(crate) frames: Vec<AudioFrame>,
    pub(crate) timestamps: Vec<MediaTime>,
}

/// People numbered from 0; each is a source and a listener of that number.
pub(crate) struct Room {
    pub(crate) clock: VirtualClock,
    pub(crate) mixer: Mixer,
    pub(crate) people: BTreeMap<u32, (Voice, Link<Sent>)>,
    pub(crate) ears: BTreeMap<ListenerId, Listening>,
}

impl Room {
    pub(crate) fn of(people: u32) -> Self {
        let clock = VirtualClock::start();
        let mixer = Mixer::new(clock.now(), MixerConfig::default());
        let mut room = Self { clock, mixer, people: BTreeMap::new(), ears: BTreeMap::new() };
        (0..people).for_each(|person| room.join(person, LinkConfig::default()));
        room
    }

    pub(crate) fn join(&mut self, person: u32, link: LinkConfig) {
        let voice = Voice::new(TONES[person as usize]);
        self.mixer.add_source(SourceId(person)).unwrap();
        self.mixer.add_listener(ListenerId(person), &[SourceId(person)]).unwrap();
        self.people.insert(person, (voice, Link::new(link, person.into())));
    }

    /// Lets frames pass in which everybody talks.
    pub(crate) fn talk(&mut self, frames: usize) {
        self.talk_as(frames, |voice| vec![voice.next_packet()]);
    }

    /// Lets frames pass in each of which everybody sends what `say` makes.
    pub(crate) fn talk_as(&mut self, frames: usize, mut say: impl FnMut(&mut Voice) -> Vec<Sent>) {
        for _ in 0..frames {
            let now = self.clock.now();
            for (person, (voice, link)) in &mut self.people {
                say(voice).into_iter().for_each(|sent| link.send(now, sent));
                while let Some(sent) = link.receive(now) {
                    self.mixer.handle_packet(now, SourceId(*person), sent.packet()).unwrap();
                }
            }
            self.mixer.handle_timeout(now);
            self.listen();
            self.clock.advance(FRAME_DURATION);
        }
    }

    /// Takes everything the mixer has to send and returns when it wants to be called again.
    pub(crate) fn listen(&mut self) -> Option<Instant> {
        loop {
            match self.mixer.poll_output() {
                Output::Frame(frame) => {
                    let ear = self.ears.entry(frame.listener).or_insert_with(|| Listening {
                        decoder: OpusDecoder::new().unwrap(),
                        frames: Vec::new(),
                        timestamps: Vec::new(),
                    });
                    ear.timestamps.push(frame.timestamp);
                    ear.decoder.decode(frame.payload).unwrap();
                    ear.frames.push(ear.decoder.pop_frame().expect("a packet is one frame"));
                    assert_eq!(ear.decoder.queued(), 0);
                }
                Output::Timeout(deadline) => return deadline,
            }
        }
    }

    pub(crate) fn jitter(&self, person: u32) -> JitterStats {
        self.mixer.jitter_stats().find(|(source, _)| source.0 == person).unwrap().1
    }

    /// What a listener heard over the last frames.
    pub(crate) fn heard(&self, listener: u32, frames: usize) -> Heard {
        let all = &self.ears[&ListenerId(listener)].frames;
        Ear::new(&TONES).hear_frames(&all[all.len() - frames..])
    }

    pub(crate) fn level(&self, person: u32) -> AudioLevel {
        self.mixer.levels().find(|(source, _)| source.0 == person).unwrap().1
    }
}

pub(crate) const fn milliseconds(count: u64) -> Duration {
    Duration::from_millis(count)
}
