use bytes::Bytes;
use carillon_rtp::payload::red::RedPayload;
use carillon_testkit::ear::Ear;
use carillon_testkit::tone::{SpeechNoise, Tone};

use super::*;

fn opus() -> PayloadType {
    PayloadType::new(111).unwrap()
}

fn config() -> AudioSendConfig {
    AudioSendConfig::speech(opus())
}

fn sender(config: AudioSendConfig) -> AudioSend {
    AudioSend::new(config).unwrap()
}

#[test]
fn a_frame_becomes_a_packet_that_sounds_the_same_and_says_how_loud_it_is() {
    let mut send = sender(AudioSendConfig { first_timestamp: MediaTime(500), ..config() });
    let mut decoder = OpusDecoder::new().unwrap();
    let mut tone = Tone::new(440.0, 6_000);
    let mut heard = Vec::new();
    for n in 0..30 {
        let packet = send.encode(&tone.next_frame()).unwrap().unwrap();
        assert_eq!(packet.format, AudioFormat::Opus);
        assert_eq!(packet.timestamp, MediaTime(500 + 960 * n));
        assert_eq!(packet.starts_talking, n == 0);
        assert!((17..=19).contains(&packet.level.attenuation_db()), "{:?}", packet.level);
        decoder.decode(packet.payload).unwrap();
        heard.extend(decoder.pop_frame());
    }
    let heard = Ear::new(&[440]).hear_frames(&heard[10..]);
    assert!((5_000.0..7_000.0).contains(&heard.amplitude(440)), "{heard:?}");
}

#[test]
fn redundant_packets_repeat_the_packets_before_them() {
    let mut send = sender(AudioSendConfig { redundancy: Redundancy::TWO, ..config() });
    let mut voice = SpeechNoise::new(1, 10_000);
    let mut sent: Vec<Vec<u8>> = Vec::new();
    for n in 0..10_usize {
        if n == 5 {
            send.set_redundancy(Redundancy::ONE);
        }
        let packet = send.encode(&voice.next_frame()).unwrap().unwrap();
        assert_eq!(packet.format, AudioFormat::Red);
        let red = RedPayload::parse(packet.payload).unwrap();
        let copies = n.min(if n < 5 { 2 } else { 1 });
        let repeated: Vec<_> = red.copies().map(|copy| copy.payload.to_vec()).collect();
        assert_eq!(repeated, sent[n - copies..]);
        let offsets: Vec<_> = red.copies().map(|copy| copy.timestamp_offset).collect();
        assert_eq!(offsets, [1_920, 960][2 - copies..]);
        assert_eq!(red.primary().payload_type, opus());
        sent.push(red.primary().payload.to_vec());
    }
    send.set_redundancy(Redundancy::NONE);
    let packet = send.encode(&voice.next_frame()).unwrap().unwrap();
    assert_eq!(packet.format, AudioFormat::Opus);
}

#[test]
fn copies_follow_loss() {
    let copies = [0, 1, 2, 7, 8, 100].map(|lost| Redundancy::against(lost).count());
    assert_eq!(copies, [0, 0, 1, 1, 2, 2]);
}

#[test]
fn silence_is_left_out_only_with_dtx_and_sound_after_it_is_marked() {
    let sent = |dtx| {
        let mut send = sender(AudioSendConfig { dtx, ..config() });
        let silence = (0..100).filter_map(|_| Some(send.encode(&AudioFrame::SILENCE).ok()??.level));
        silence.count()
    };
    assert_eq!(sent(Dtx::Off), 100);
    assert!(sent(Dtx::On) < 40);

    let mut send = sender(AudioSendConfig { dtx: Dtx::On, ..config() });
    let mut n = 0;
    while n < 30 || send.encode(&AudioFrame::SILENCE).unwrap().is_some() {
        n += 1;
        assert!(n < 200, "silence is never left out");
        send.encode(&AudioFrame::SILENCE).unwrap();
    }
    let packet = send.encode(&Tone::new(440.0, 6_000).next_frame()).unwrap().unwrap();
    assert!(packet.starts_talking);
}

#[test]
fn settings_change_while_sound_flows() {
    let mut send = sender(config());
    let mut voice = SpeechNoise::new(1, 10_000);
    let mut octets = |send: &mut AudioSend| -> usize {
        (0..50).map(|_| send.encode(&voice.next_frame()).unwrap().unwrap().payload.len()).sum()
    };
    let plain = octets(&mut send);
    send.set_bitrate(Bitrate::from_kbps(12)).unwrap();
    assert!(octets(&mut send) * 2 < plain);
    send.set_profile(AudioProfile::FullbandMusicStereo).unwrap();
    assert!(octets(&mut send) > plain * 2);
    send.set_expected_loss(200).unwrap();
    assert!(send.set_bitrate(Bitrate::from_bps(0)).is_err());
}

#[test]
fn a_stereo_profile_keeps_the_sides_apart() {
    let mut tone = Tone::new(440.0, 6_000);
    let profile = AudioProfile::FullbandMusicStereo;
    let mut send = sender(AudioSendConfig { profile, ..config() });
    let mut decoder = ::opus::Decoder::new(48_000, ::opus::Channels::Stereo).unwrap();
    let mut pcm = [0; 1_920];
    for _ in 0..20 {
        let mut frame = StereoFrame::SILENCE;
        let mono = tone.next_frame();
        for (pair, sample) in frame.samples_mut().chunks_exact_mut(2).zip(mono.samples()) {
            pair[0] = *sample;
        }
        let packet = send.encode_stereo(&frame).unwrap().unwrap();
        assert!((23..=25).contains(&packet.level.attenuation_db()), "{:?}", packet.level);
        decoder.decode(packet.payload, &mut pcm, false).unwrap();
    }
    let peak = |side| pcm.iter().skip(side).step_by(2).map(|s: &i16| s.abs()).max().unwrap();
    assert!(peak(0) > 5_000 && peak(1) < 600, "{} and {}", peak(0), peak(1));
}

#[test]
fn packets_of_somebody_else_get_time_level_and_redundancy() {
    let mut theirs = sender(AudioSendConfig { first_timestamp: MediaTime(77_000), ..config() });
    let mut tone = Tone::new(440.0, 6_000);
    let mut ours = sender(AudioSendConfig { redundancy: Redundancy::ONE, ..config() });
    let mut last = Vec::new();
    for n in 0..10_u32 {
        let packet = theirs.encode(&tone.next_frame()).unwrap().unwrap();
        // From the sixth packet on their clock has jumped by a pause of 100 ms.
        let pause = if n < 5 { 0 } else { 4_800 };
        let encoded = EncodedAudio {
            payload: Bytes::copy_from_slice(packet.payload),
            timestamp: packet.timestamp.wrapping_add(pause),
            ticks: 960,
        };
        let packet = ours.encode_encoded(&encoded).unwrap();
        assert_eq!(packet.timestamp, MediaTime(960 * n + pause));
        let red = RedPayload::parse(packet.payload).unwrap();
        assert_eq!(red.primary().payload, encoded.payload);
        assert!(red.copies().all(|copy| copy.payload == last));
        if n > 3 {
            assert!((15..=21).contains(&packet.level.attenuation_db()), "{:?}", packet.level);
        }
        last = encoded.payload.to_vec();
    }
    let nothing = EncodedAudio { payload: Bytes::new(), timestamp: MediaTime(0), ticks: 960 };
    assert!(matches!(ours.encode_encoded(&nothing), Err(OpusError::Malformed)));
}

#[test]
fn silence_sent_in_a_pause_of_somebody_elses_packets_fills_it() {
    let mut theirs = sender(config());
    let mut ours = sender(config());
    let payload = theirs.encode(&AudioFrame::SILENCE).unwrap().unwrap().payload.to_vec();
    let mut packet = EncodedAudio { payload: payload.into(), timestamp: MediaTime(0), ticks: 960 };
    assert_eq!(ours.encode_encoded(&packet).unwrap().timestamp, MediaTime(0));
    for n in 1..=3_u32 {
        let silence = ours.encode(&AudioFrame::SILENCE).unwrap().unwrap();
        assert_eq!(silence.timestamp, MediaTime(960 * n));
    }
    packet.timestamp = MediaTime(960 * 4);
    assert_eq!(ours.encode_encoded(&packet).unwrap().timestamp, MediaTime(960 * 4));
}
