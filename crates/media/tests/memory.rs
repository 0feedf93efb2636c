//! The hot paths ask nothing of the heap.

use carillon_frame::{AudioFrame, AudioLevel, MediaTime, SeqNo};
use carillon_media::opus::{MAX_PAYLOAD_BYTES, OpusConfig, OpusDecoder, OpusEncoder};
use carillon_media::{JitterBuffer, JitterConfig, Mix, Playout, TimedPayload, audio_level};
use carillon_testkit::alloc::{CountingAllocator, allocations_in};
use carillon_testkit::clock::VirtualClock;
use carillon_testkit::tone::SpeechNoise;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

#[test]
fn a_frame_is_encoded_buffered_decoded_and_mixed_without_allocation() {
    let mut clock = VirtualClock::start();
    let mut voice = SpeechNoise::new(1, 10_000);
    let mut encoder = OpusEncoder::new(OpusConfig::default()).unwrap();
    let mut decoder = OpusDecoder::new().unwrap();
    let mut buffer = JitterBuffer::new(JitterConfig::default());
    let mut payload = [0; MAX_PAYLOAD_BYTES];
    let mut mix = Mix::new();
    let (mut heard, mut loudest) = (0_u32, AudioLevel::SILENCE);
    let mut frame = |n: u16| {
        let now = clock.advance(carillon_frame::FRAME_DURATION);
        let length = encoder.encode(&voice.next_frame(), &mut payload).unwrap();
        let payload = payload.get(..length).unwrap();
        let timestamp = MediaTime(u32::from(n) * 960);
        // Every tenth packet is lost.
        if n % 10 != 9 {
            buffer.push(now, TimedPayload { seq: SeqNo(n), timestamp, ticks: 960, payload });
        }
        match buffer.pop(now) {
            Playout::Packet(packet) => decoder.decode(packet.payload).unwrap(),
            Playout::Fec { next_payload, ticks } => {
                decoder.decode_fec(next_payload, ticks).unwrap();
            }
            Playout::Conceal { ticks } => decoder.conceal(ticks).unwrap(),
            Playout::Empty => return,
        }
        let decoded = decoder.pop_frame().unwrap();
        mix.clear();
        mix.add(&decoded);
        heard += u32::from(mix.frame() != AudioFrame::SILENCE);
        loudest = loudest.louder(audio_level(&decoded));
    };
    assert_eq!(allocations_in(|| drop(std::hint::black_box(Box::new(0)))), 1, "nothing is counted");
    // Long enough for every slot of the buffer to have held a packet.
    (0..100).for_each(&mut frame);
    assert_eq!(allocations_in(|| (100..300).for_each(&mut frame)), 0);
    assert!(heard > 100, "{heard} frames heard");
    assert!(loudest.attenuation_db() < 40, "{loudest:?}");
}
