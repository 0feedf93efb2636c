//! The hot paths ask nothing of the heap.

use carillon_frame::{AudioFrame, AudioLevel, FRAME_DURATION, MediaTime, SeqNo};
use carillon_media::opus::{MAX_PAYLOAD_BYTES, OpusConfig, OpusDecoder, OpusEncoder};
use carillon_media::pipeline::audio_receive::AudioReceive;
use carillon_media::pipeline::audio_send::{AudioSend, AudioSendConfig, Redundancy};
use carillon_media::{
    JitterBuffer, JitterConfig, Mix, MonoResampler, Playout, TimedPayload, audio_level,
};
use carillon_rtp::PayloadType;
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
        let now = clock.advance(FRAME_DURATION);
        let length = encoder.encode(&voice.next_frame(), &mut payload).unwrap();
        let payload = payload.get(..length).unwrap();
        let timestamp = MediaTime(u32::from(n) * 960);
        // Every tenth packet is lost.
        if n % 10 != 9 {
            let (seq, ticks) = (SeqNo(n), 960);
            buffer.push(now, TimedPayload { seq, timestamp, ticks, repeats: true, payload });
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

#[test]
fn a_voice_is_sent_and_heard_through_jitter_and_loss_without_allocation() {
    let mut clock = VirtualClock::start();
    let mut voice = SpeechNoise::new(1, 10_000);
    let mut send = AudioSend::new(AudioSendConfig {
        redundancy: Redundancy::TWO,
        ..AudioSendConfig::speech(PayloadType::new(111).unwrap())
    })
    .unwrap();
    let mut receive = AudioReceive::new(JitterConfig::ADAPTIVE).unwrap();
    let mut device = MonoResampler::to_device(44_100).unwrap();
    let mut played = Vec::with_capacity(2_000);
    let mut heard = 0_u32;
    let mut frame = |n: u16| {
        let now = clock.advance(FRAME_DURATION);
        let packet = send.encode(&voice.next_frame()).unwrap().unwrap();
        // Every tenth packet is lost, and packets are late by turns, later ones by more.
        let late = n % 3 * if n < 600 { 10 } else { 40 };
        if n % 10 != 9 {
            let arrival = now + std::time::Duration::from_millis(late.into());
            receive
                .handle_packet(arrival, SeqNo(n), packet.timestamp, packet.format, packet.payload)
                .unwrap();
        }
        let frame = receive.next_frame(now);
        heard += u32::from(frame != AudioFrame::SILENCE);
        played.clear();
        device.adjust(i32::from(n % 100));
        device.process(frame.samples(), &mut played);
    };
    // Long enough for every slot of the buffer to have held a packet.
    (0..400).for_each(&mut frame);
    assert_eq!(allocations_in(|| (400..1_000).for_each(&mut frame)), 0);
    assert!(heard > 500, "{heard} frames heard");
    let stats = receive.stats();
    assert!(stats.restored > 50 && !stats.stretched.is_zero(), "{stats:?}");
}

#[cfg(test)]
#[cfg(feature = "h264")]
mod pictures {
    use carillon_frame::{Bitrate, EncodedVideo, VideoFrame, VideoSize};
    use carillon_media::h264::{H264Config, H264Decoder, H264Encoder};
    use carillon_media::pattern::{Hue, TestPattern, read_counter};
    use carillon_media::pipeline::video_receive::{
        VideoPacket, VideoReceive, VideoReceiveConfig, VideoReceiveOutput,
    };
    use carillon_rtp::payload::h264::{H264Packetizer, PayloadPlace};

    use super::*;

    /// Encodes into packets, and shows what comes of them.
    struct Path {
        pattern: TestPattern,
        encoder: H264Encoder,
        packetizer: H264Packetizer,
        receive: VideoReceive,
        clock: VirtualClock,
        seq: SeqNo,
        seen: u32,
    }

    impl Path {
        fn send(&mut self, frame: u32) {
            let timestamp = MediaTime(frame * 3_000);
            let picture = VideoFrame { picture: self.pattern.draw(), timestamp };
            let Some(EncodedVideo { payload, .. }) = self.encoder.encode(&picture).unwrap() else {
                return;
            };
            let now = self.clock.advance(std::time::Duration::from_millis(33));
            let (receive, seq) = (&mut self.receive, &mut self.seq);
            self.packetizer.packetize(&payload, |payload, place| {
                let marker = place == PayloadPlace::Last;
                receive.handle_packet(now, VideoPacket { seq: *seq, timestamp, marker, payload });
                *seq = seq.next();
            });
            loop {
                match self.receive.poll_output() {
                    VideoReceiveOutput::Picture(frame) => {
                        self.seen += u32::from(read_counter(&frame.picture).is_some());
                    }
                    VideoReceiveOutput::Encoded(_) | VideoReceiveOutput::RequestKeyFrame => {}
                    VideoReceiveOutput::Timeout(_) => break,
                }
            }
        }
    }

    #[test]
    fn a_picture_is_drawn_encoded_cut_put_together_and_decoded_without_allocation() {
        let bitrate = Bitrate::from_kbps(800);
        let decoder = H264Decoder::new().unwrap();
        let mut path = Path {
            pattern: TestPattern::new(VideoSize::new(320, 180), Hue::new(0)).unwrap(),
            encoder: H264Encoder::new(H264Config { bitrate, ..H264Config::default() }).unwrap(),
            packetizer: H264Packetizer::new(1_200),
            receive: VideoReceive::decoded(VideoReceiveConfig::default(), decoder),
            clock: VirtualClock::start(),
            seq: SeqNo(0),
            seen: 0,
        };
        (0..60).for_each(|frame| path.send(frame));
        let allocations = allocations_in(|| (60..200).for_each(|frame| path.send(frame)));
        assert!(path.seen > 150, "{} pictures seen", path.seen);
        assert_eq!(allocations, 0);
    }
}
