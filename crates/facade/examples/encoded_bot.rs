//! A bot that plays files which are encoded already, and keeps what it hears as it arrives: it needs no codec at all.
//!
//! ```sh
//! cargo run -p carillon-facade --no-default-features --features files --example encoded_bot -- \
//!     meeting.json attendee.json voice.opus video.h264 heard.opus
//! ```
//!
//! The sound is Opus in Ogg, the video H.264 (constrained baseline) as Annex B at 30 pictures a second.

use std::error::Error;
use std::sync::Arc;

use carillon_facade::devices::file::{
    AnnexBSource, FrameRate, OggOpusSource, OggOpusWriter, Recording, Repeat,
};
use carillon_facade::{
    AudioInput, AudioOutput, MeetingSession, MeetingSessionConfiguration, TracingLogger, VideoInput,
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let [meeting, attendee, voice, video, heard] = &arguments[..] else {
        return Err(
            "say which files: meeting.json attendee.json voice.opus video.h264 heard.opus".into()
        );
    };
    let configuration = MeetingSessionConfiguration::from_json(
        &std::fs::read_to_string(meeting)?,
        &std::fs::read_to_string(attendee)?,
    )?;
    let session = MeetingSession::new(configuration, Arc::new(TracingLogger));

    let voice = OggOpusSource::open(voice, Repeat::Forever)?;
    session.device_controller().start_audio_input(AudioInput::Encoded(Box::new(voice)));
    let rate = FrameRate::new(30, 1).ok_or("no such rate")?;
    let video = AnnexBSource::open(video, rate, Repeat::Forever)?;
    session.device_controller().start_video_input(VideoInput::Encoded(Box::new(video)))?;
    let recording = Recording::start(OggOpusWriter::create(heard)?)?;
    session.device_controller().add_audio_output(AudioOutput::Encoded(Box::new(recording)));

    let audio_video = session.audio_video();
    audio_video.start_local_video_tile()?;
    audio_video.start()?;
    tokio::select! {
        _ = audio_video.stopped() => {}
        interrupted = tokio::signal::ctrl_c() => {
            interrupted?;
            audio_video.stop();
            audio_video.stopped().await;
        }
    }
    Ok(())
}
