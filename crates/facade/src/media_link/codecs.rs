//! What a native client offers: Opus with redundancy, H.264 constrained baseline, and the header extensions it writes.

use carillon_rtp::{AudioFormat, ExtensionKind};
use rtc::rtp_transceiver::rtp_sender::{
    RTCPFeedback, RTCRtpCodec, RTCRtpCodecParameters, RTCRtpHeaderExtensionCapability, RtpCodecKind,
};
use webrtc::error::Result;
use webrtc::peer_connection::MediaEngine;

/// The payload type of redundant audio.
pub(crate) const RED: u8 = 63;
/// The payload type of Opus.
pub(crate) const OPUS: u8 = 111;
/// The payload type of H.264.
pub(crate) const H264: u8 = 102;
/// The payload type of retransmitted H.264.
pub(crate) const RTX: u8 = 103;

// The transport hands out ids in the order in which extensions are registered.
/// How loud the packet is.
pub(crate) const AUDIO_LEVEL: u8 = 1;
/// The number that counts all packets of the path.
pub(crate) const TRANSPORT_SEQUENCE: u8 = 2;
/// Which section the packet belongs to.
pub(crate) const MID: u8 = 3;
/// Which simulcast layer the packet is of.
pub(crate) const RTP_STREAM_ID: u8 = 4;
/// Which simulcast layer the packet repairs.
pub(crate) const REPAIRED_RTP_STREAM_ID: u8 = 5;

const EXTENSIONS: [(u8, ExtensionKind); 5] = [
    (AUDIO_LEVEL, ExtensionKind::AudioLevel),
    (TRANSPORT_SEQUENCE, ExtensionKind::TransportSequence),
    (MID, ExtensionKind::Mid),
    (RTP_STREAM_ID, ExtensionKind::RtpStreamId),
    (REPAIRED_RTP_STREAM_ID, ExtensionKind::RepairedRtpStreamId),
];

/// Header, extensions, SRTP tag, UDP and IP of a usual packet, in octets: what an estimate of the path must count too.
pub(crate) const TYPICAL_HEADER_OCTETS: usize = 12 + 16 + 16 + 8 + 20;

/// Whether a payload type is sound.
pub(crate) const fn is_audio(payload_type: u8) -> bool {
    matches!(payload_type, RED | OPUS)
}

/// The format of sound under this payload type.
pub(crate) const fn audio_format(payload_type: u8) -> Option<AudioFormat> {
    match payload_type {
        OPUS => Some(AudioFormat::Opus),
        RED => Some(AudioFormat::Red),
        _ => None,
    }
}

/// The payload type of a format of sound.
pub(crate) const fn audio_payload_type(format: AudioFormat) -> u8 {
    match format {
        AudioFormat::Opus => OPUS,
        AudioFormat::Red => RED,
    }
}

/// Opus, as a track announces it.
pub(crate) fn opus() -> RTCRtpCodec {
    codec("audio/opus", 48_000, 2, "minptime=10;useinbandfec=1", &[("transport-cc", "")])
}

/// H.264, as a track announces it.
pub(crate) fn h264() -> RTCRtpCodec {
    let fmtp = "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f";
    let feedback =
        [("goog-remb", ""), ("transport-cc", ""), ("ccm", "fir"), ("nack", ""), ("nack", "pli")];
    codec("video/H264", 90_000, 0, fmtp, &feedback)
}

/// Tells the transport what may be sent and received.
pub(crate) fn media_engine() -> Result<MediaEngine> {
    let mut engine = MediaEngine::default();
    let red = codec("audio/red", 48_000, 2, "111/111", &[]);
    let rtx = codec("video/rtx", 90_000, 0, "apt=102", &[]);
    for (payload_type, rtp_codec, kind) in [
        (RED, red, RtpCodecKind::Audio),
        (OPUS, opus(), RtpCodecKind::Audio),
        (H264, h264(), RtpCodecKind::Video),
        (RTX, rtx, RtpCodecKind::Video),
    ] {
        engine.register_codec(RTCRtpCodecParameters { rtp_codec, payload_type }, kind)?;
    }
    for (_, extension) in EXTENSIONS {
        let capability = || RTCRtpHeaderExtensionCapability { uri: extension.uri().to_owned() };
        let is_of_sound = extension == ExtensionKind::AudioLevel;
        let is_of_layers =
            matches!(extension, ExtensionKind::RtpStreamId | ExtensionKind::RepairedRtpStreamId);
        if !is_of_layers {
            engine.register_header_extension(capability(), RtpCodecKind::Audio, None)?;
        }
        if !is_of_sound {
            engine.register_header_extension(capability(), RtpCodecKind::Video, None)?;
        }
    }
    Ok(engine)
}

fn codec(
    mime_type: &str,
    clock_rate: u32,
    channels: u16,
    fmtp: &str,
    feedback: &[(&str, &str)],
) -> RTCRtpCodec {
    let feedback = feedback.iter().map(|(typ, parameter)| RTCPFeedback {
        typ: (*typ).to_owned(),
        parameter: (*parameter).to_owned(),
    });
    RTCRtpCodec {
        mime_type: mime_type.to_owned(),
        clock_rate,
        channels,
        sdp_fmtp_line: fmtp.to_owned(),
        rtcp_feedback: feedback.collect(),
    }
}
