use carillon_frame::{Captured as Asked, Ssrc, StereoAudioSource, StereoFrame};
use carillon_rtp::payload::opus::{OpusChannels, OpusPacket};

use super::super::{AudioInput, Origin};
use super::*;

/// A tone on the left, nothing on the right.
struct LeftOnly(carillon_testkit::tone::Tone);

impl StereoAudioSource for LeftOnly {
    fn next_frame(&mut self, frame: &mut StereoFrame) -> Asked<()> {
        let tone = self.0.next_frame();
        for (pair, sample) in frame.samples_mut().chunks_exact_mut(2).zip(tone.samples()) {
            pair.copy_from_slice(&[*sample, 0]);
        }
        Asked::Frame(())
    }
}

fn channels(stream: &mut VoiceStream) -> OpusChannels {
    OpusPacket::parse(&stream.next_packet().unwrap().payload).unwrap().channels
}

#[test]
fn another_profile_is_sent_from_the_next_packet_on() {
    let io = Arc::new(AudioIo::new());
    let streams = LocalStreams { voice: Ssrc(7), ..LocalStreams::draw() };
    let mut stream = VoiceStream::new(Arc::clone(&io), streams).unwrap();
    let music = LeftOnly(carillon_testkit::tone::Tone::new(440.0, 8_000));
    io.set_input(AudioInput::Stereo(Box::new(music)), Origin::Application);
    assert_eq!(channels(&mut stream), OpusChannels::Mono);
    io.set_profile(AudioProfile::FullbandMusicStereo);
    assert_eq!(channels(&mut stream), OpusChannels::Stereo);
    io.set_profile(AudioProfile::Default);
    assert_eq!(channels(&mut stream), OpusChannels::Mono);
}
