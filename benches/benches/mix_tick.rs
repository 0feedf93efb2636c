//! What one tick of a mixed meeting costs: everybody's packets in, everybody's frames out.
//!
//! Divide by the number of people, and by 20 ms, for the share of a core that one participant takes.

use carillon_frame::{AudioFrame, AudioLevel, FRAME_DURATION, MediaTime, SeqNo};
use carillon_media::audio_level;
use carillon_media::opus::{MAX_PAYLOAD_BYTES, OpusConfig, OpusEncoder};
use carillon_mixer::{
    AudioPacket, ListenerId, Mixer, MixerConfig, Output, PacketContent, SourceId,
};
use carillon_rtp::AudioFormat;
use carillon_testkit::clock::VirtualClock;
use carillon_testkit::tone::SpeechNoise;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

/// How much each voice says before it begins again: two seconds.
const FRAMES: u64 = 100;

/// What a person says: a level and a payload for each tick.
type Speech = Vec<(AudioLevel, Vec<u8>)>;

fn encoded(mut frames: impl FnMut() -> AudioFrame) -> Speech {
    let mut encoder = OpusEncoder::new(OpusConfig::default()).expect("the default is in range");
    (0..FRAMES)
        .map(|_| {
            let frame = frames();
            let mut payload = vec![0; MAX_PAYLOAD_BYTES];
            let length = encoder.encode(&frame, &mut payload).expect("the payload has room");
            payload.truncate(length);
            (audio_level(&frame), payload)
        })
        .collect()
}

/// A meeting in which the first people talk and the others send silence.
struct Meeting {
    clock: VirtualClock,
    mixer: Mixer,
    people: Vec<Speech>,
    tick: u64,
}

impl Meeting {
    fn new(people: u32, talkers: u32) -> Self {
        let clock = VirtualClock::start();
        let mut mixer = Mixer::new(clock.now(), MixerConfig::default());
        let silence = encoded(|| AudioFrame::SILENCE);
        let speech = |person: u32| {
            let mut voice = SpeechNoise::new(person.into(), 6_000);
            if person < talkers { encoded(|| voice.next_frame()) } else { silence.clone() }
        };
        for person in 0..people {
            let (source, listener) = (SourceId(person), ListenerId(person));
            mixer.add_source(source).expect("memory suffices");
            mixer.add_listener(listener, &[source]).expect("the default is in range");
        }
        Self { clock, mixer, people: (0..people).map(speech).collect(), tick: 0 }
    }

    fn tick(&mut self) -> usize {
        let now = self.clock.advance(FRAME_DURATION);
        let seq = SeqNo((self.tick & 0xffff) as u16);
        let timestamp = MediaTime((self.tick.wrapping_mul(960) & 0xffff_ffff) as u32);
        for (person, speech) in (0..).zip(&self.people) {
            let said = usize::try_from(self.tick % FRAMES).ok().and_then(|at| speech.get(at));
            let (level, payload) = said.expect("speech of so many frames");
            let content = PacketContent::Sound { format: AudioFormat::Opus, payload };
            let packet = AudioPacket { seq, timestamp, level: Some(*level), content };
            self.mixer.handle_packet(now, SourceId(person), packet).expect("an Opus packet");
        }
        self.tick = self.tick.wrapping_add(1);
        self.mixer.handle_timeout(now);
        let mut bytes = 0;
        while let Output::Frame(frame) = self.mixer.poll_output() {
            bytes += frame.payload.len();
        }
        bytes
    }
}

fn mix_tick(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("mix tick");
    for (people, talkers) in [(3, 3), (10, 5), (10, 10), (60, 5), (60, 60)] {
        let mut meeting = Meeting::new(people, talkers);
        // The first ticks fill the jitter buffers.
        for _ in 0..10 {
            meeting.tick();
        }
        group.throughput(Throughput::Elements(people.into()));
        let id = BenchmarkId::new(format!("{people} people"), format!("{talkers} talking"));
        group.bench_function(id, |bencher| bencher.iter(|| meeting.tick()));
    }
    group.finish();
}

criterion_group!(benches, mix_tick);
criterion_main!(benches);
