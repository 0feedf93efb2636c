use carillon_frame::{AudioFrame, Bitrate, FRAME_SAMPLES};
use carillon_rtp::payload::opus::OpusPacket;
use carillon_testkit::ear::Ear;
use carillon_testkit::tone::{SpeechNoise, Tone};
use proptest::prelude::*;

use super::*;

const HERTZ: u32 = 440;

fn encoder(config: OpusConfig) -> OpusEncoder {
    OpusEncoder::new(config).unwrap()
}

fn encode(encoder: &mut OpusEncoder, frame: &AudioFrame) -> Vec<u8> {
    let mut payload = vec![0; MAX_PAYLOAD_BYTES];
    let length = encoder.encode(frame, &mut payload).unwrap();
    payload.truncate(length);
    payload
}

/// Packets of a tone as another encoder may send them.
fn foreign_packets(channels: ::opus::Channels, samples: usize, count: usize) -> Vec<Vec<u8>> {
    let mut encoder = ::opus::Encoder::new(48_000, channels, ::opus::Application::Audio).unwrap();
    let mut tone = Tone::new(HERTZ.into(), 6_000);
    let copies = channels as usize;
    let mut packet = || -> Vec<u8> {
        let mono: Vec<i16> = (0..samples).map(|_| tone.next_sample()).collect();
        let pcm: Vec<i16> =
            mono.into_iter().flat_map(|sample| std::iter::repeat_n(sample, copies)).collect();
        encoder.encode_vec(&pcm, 1_500).unwrap()
    };
    (0..count).map(|_| packet()).collect()
}

fn fetch_all(decoder: &mut OpusDecoder) -> Vec<AudioFrame> {
    std::iter::from_fn(|| decoder.pop_frame()).collect()
}

fn power(frame: &AudioFrame) -> f64 {
    frame.samples().iter().map(|sample| f64::from(*sample).powi(2)).sum()
}

fn error_power(heard: &AudioFrame, said: &AudioFrame) -> f64 {
    let pairs = heard.samples().iter().zip(said.samples());
    pairs.map(|(heard, said)| (f64::from(*heard) - f64::from(*said)).powi(2)).sum()
}

#[test]
fn a_tone_survives_the_codec() {
    let mut tone = Tone::new(HERTZ.into(), 6_000);
    let mut encoder = encoder(OpusConfig::default());
    let mut decoder = OpusDecoder::new().unwrap();
    let mut heard = Vec::new();
    for _ in 0..30 {
        decoder.decode(&encode(&mut encoder, &tone.next_frame())).unwrap();
        heard.extend(decoder.pop_frame());
    }
    let heard = Ear::new(&[HERTZ]).hear_frames(&heard[5..]);
    assert!((5_700.0..6_300.0).contains(&heard.amplitude(HERTZ)), "{heard:?}");
    assert!(heard.rest < 200.0, "{heard:?}");
}

#[test]
fn packets_of_every_duration_and_channel_count_become_frames_of_20_ms() {
    for channels in [::opus::Channels::Mono, ::opus::Channels::Stereo] {
        for samples in [120, 240, 480, 960, 1_920, 2_880, 5_760] {
            let mut decoder = OpusDecoder::new().unwrap();
            let mut heard = Vec::new();
            for packet in foreign_packets(channels, samples, 48_000 / samples) {
                decoder.decode(&packet).unwrap();
                heard.extend(fetch_all(&mut decoder));
            }
            let whole = 48_000 / samples * samples / FRAME_SAMPLES;
            assert_eq!(heard.len(), whole, "{samples} samples");
            let heard = Ear::new(&[HERTZ]).hear_frames(&heard[10..]);
            assert_eq!(heard.tones(), [HERTZ], "{samples} samples, {channels:?}");
            assert!((5_000.0..7_000.0).contains(&heard.amplitude(HERTZ)), "{heard:?}");
        }
    }
}

#[test]
fn redundancy_repairs_a_loss_better_than_concealment() {
    let config = OpusConfig {
        bitrate: Bitrate::from_kbps(40),
        application: Application::Voice,
        fec: InbandFec::On,
        expected_loss_percent: 30,
        ..OpusConfig::default()
    };
    let mut encoder = encoder(config);
    let mut voice = SpeechNoise::new(5, 10_000);
    let packets: Vec<_> = (0..60).map(|_| encode(&mut encoder, &voice.next_frame())).collect();
    let mut truth = OpusDecoder::new().unwrap();
    let mut repaired = OpusDecoder::new().unwrap();
    let mut concealed = OpusDecoder::new().unwrap();
    let (mut repair_error, mut conceal_error) = (0.0, 0.0);
    for (n, packet) in packets.iter().enumerate() {
        truth.decode(packet).unwrap();
        if n % 5 == 4 && n + 1 < packets.len() {
            repaired.decode_fec(&packets[n + 1], 960).unwrap();
            concealed.conceal(960).unwrap();
        } else {
            repaired.decode(packet).unwrap();
            concealed.decode(packet).unwrap();
        }
        let said = truth.pop_frame().unwrap();
        repair_error += error_power(&repaired.pop_frame().unwrap(), &said);
        conceal_error += error_power(&concealed.pop_frame().unwrap(), &said);
    }
    assert!(repair_error * 2.0 < conceal_error, "{repair_error} against {conceal_error}");
}

#[test]
fn concealment_goes_on_and_then_fades_away() {
    let mut decoder = OpusDecoder::new().unwrap();
    for packet in foreign_packets(::opus::Channels::Mono, 960, 20) {
        decoder.decode(&packet).unwrap();
        fetch_all(&mut decoder);
    }
    let mut conceal = || {
        decoder.conceal(960).unwrap();
        power(&decoder.pop_frame().unwrap())
    };
    let first = conceal();
    let last = (0..20).map(|_| conceal()).last().unwrap();
    let full = 960.0 * 6_000.0 * 6_000.0 / 2.0;
    assert!(first > full / 4.0, "{first}");
    assert!(last < full / 30.0, "{last}");
}

#[test]
fn a_reset_decoder_has_forgotten_everything() {
    let packets = foreign_packets(::opus::Channels::Mono, 2_880, 5);
    let mut decoder = OpusDecoder::new().unwrap();
    packets.iter().take(2).for_each(|packet| decoder.decode(packet).unwrap());
    decoder.reset().unwrap();
    assert_eq!(decoder.queued(), 0);
    let mut fresh = OpusDecoder::new().unwrap();
    decoder.decode(&packets[3]).unwrap();
    fresh.decode(&packets[3]).unwrap();
    assert_eq!(fetch_all(&mut decoder), fetch_all(&mut fresh));
}

#[test]
fn silence_shrinks_to_nothing_only_with_dtx() {
    let sizes = |dtx| {
        let application = Application::Voice;
        let mut encoder = encoder(OpusConfig { dtx, application, ..OpusConfig::default() });
        (0..50).map(|_| encode(&mut encoder, &AudioFrame::SILENCE).len()).collect::<Vec<_>>()
    };
    assert!(sizes(Dtx::On)[40..].iter().any(|size| *size <= 2));
    assert!(sizes(Dtx::Off).iter().all(|size| *size > 2));
}

#[test]
fn values_out_of_range_are_refused() {
    let config = OpusConfig { complexity: 11, ..OpusConfig::default() };
    assert!(matches!(OpusEncoder::new(config), Err(OpusError::Setup(_))));
    let refused = encoder(OpusConfig::default()).encode(&AudioFrame::SILENCE, &mut []);
    assert!(matches!(refused, Err(OpusError::Encode(_))));
}

#[test]
fn what_is_not_opus_is_refused_and_the_decoder_goes_on() {
    let packets = foreign_packets(::opus::Channels::Mono, 960, 2);
    let mut decoder = OpusDecoder::new().unwrap();
    decoder.decode(&packets[0]).unwrap();
    assert!(matches!(decoder.decode(&[]), Err(OpusError::Malformed)));
    assert!(matches!(decoder.decode(&[0xff]), Err(OpusError::Malformed)));
    assert!(matches!(decoder.decode_fec(&[], 960), Err(OpusError::Malformed)));
    // Two frames of equal size cannot share an odd number of bytes (RFC 6716 section 3.2.3).
    assert!(matches!(decoder.decode(&[0xf9, 1, 2, 3]), Err(OpusError::Decode(_))));
    assert_eq!(decoder.queued(), 960);
    decoder.decode(&packets[1]).unwrap();
    assert_eq!(fetch_all(&mut decoder).len(), 2);
}

#[test]
fn a_decoder_nobody_fetches_from_refuses_to_grow() {
    let packets = foreign_packets(::opus::Channels::Mono, 5_760, 2);
    let mut decoder = OpusDecoder::new().unwrap();
    decoder.decode(&packets[0]).unwrap();
    let refused = decoder.decode(&packets[1]);
    assert!(matches!(refused, Err(OpusError::Backlog { queued: 5_760 })));
    assert!(matches!(decoder.conceal(u32::MAX), Err(OpusError::Backlog { .. })));
}

proptest! {
    #[test]
    fn any_bytes_are_decoded_or_refused_without_panic(
        payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 1..8),
        ticks in 0_u32..6_000,
    ) {
        let mut decoder = OpusDecoder::new().unwrap();
        for payload in payloads {
            drop(decoder.decode_fec(&payload, ticks));
            drop(decoder.decode(&payload));
            prop_assert!(decoder.queued() <= MAX_PACKET_SAMPLES + FRAME_SAMPLES);
            drop(decoder.conceal(ticks));
            fetch_all(&mut decoder);
            prop_assert!(decoder.queued() < FRAME_SAMPLES);
        }
    }

    #[test]
    fn the_duration_of_any_packet_is_the_one_libopus_finds(
        payload in prop::collection::vec(any::<u8>(), 0..6),
    ) {
        let ours = OpusPacket::parse(&payload).map(|packet| packet.ticks() as usize);
        let theirs = ::opus::packet::get_nb_samples(&payload, 48_000).ok().filter(|n| *n > 0);
        prop_assert_eq!(ours, theirs);
    }
}
