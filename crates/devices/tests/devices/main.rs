//! Microphones and speakers on a real sound server, with sinks whose sound can be recorded.
#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]

mod beat;
mod server;

use carillon_devices::catalog::{
    Catalog, DeviceChange, DeviceChoice, DeviceId, DeviceWatch, Direction, Following,
};
use carillon_devices::{DeviceError, DeviceEvent, Microphone, Speaker};
use carillon_frame::Captured;

use beat::Session;
use server::{pactl, with_server, without_sound};

fn named(name: &str) -> DeviceChoice {
    DeviceChoice::Id(DeviceId::new(format!("pulseaudio:{name}")))
}

/// A session that plays to one sink and records what another plays.
fn session(speaker: &DeviceChoice, microphone: &str) -> Session {
    let speaker = Speaker::open(speaker).unwrap();
    Session::new(speaker, Microphone::open(&named(microphone)).unwrap())
}

#[test]
fn a_tone_that_a_speaker_plays_is_recorded_by_a_microphone() {
    with_server("a_tone_that_a_speaker_plays_is_recorded_by_a_microphone", || {
        for sink in ["left", "right"] {
            session(&named(sink), &format!("{sink}.monitor")).listen_for_tone();
        }
    });
}

#[test]
fn devices_are_listed_and_watched() {
    with_server("devices_are_listed_and_watched", || {
        let (catalog, mut watch) = (Catalog::new(), DeviceWatch::new());
        let outputs = catalog.outputs().unwrap();
        let ids: Vec<_> = outputs.iter().map(|device| device.id.as_str()).collect();
        assert_eq!(ids, ["pulseaudio:left", "pulseaudio:right"]);
        assert!(outputs.iter().all(|device| device.label.contains("Null Output")), "{outputs:?}");
        let inputs = catalog.inputs().unwrap();
        assert!(inputs.iter().all(|device| device.direction == Direction::Input));
        assert_eq!(inputs.iter().filter(|device| device.is_default).count(), 1);
        assert_eq!(watch.refresh(&catalog).unwrap().len(), 6, "four devices and two defaults");
        assert_eq!(watch.refresh(&catalog).unwrap(), []);
        let module = pactl(&["load-module", "module-null-sink", "sink_name=headset"]);
        pactl(&["set-default-sink", "headset"]);
        let came = watch.refresh(&catalog).unwrap();
        let id = DeviceId::new("pulseaudio:headset");
        let direction = Direction::Output;
        assert!(came.contains(&DeviceChange::DefaultChanged { direction, id: Some(id.clone()) }));
        let added = |change: &DeviceChange| matches!(change, DeviceChange::Added(d) if d.id == id);
        assert!(came.iter().any(added), "{came:?}");
        pactl(&["unload-module", &module]);
        let went = watch.refresh(&catalog).unwrap();
        let gone = |change: &DeviceChange| matches!(change, DeviceChange::Removed(d) if d.id == id);
        assert!(went.iter().any(gone), "{went:?}");
    });
}

#[test]
fn a_device_that_is_gone_ends_and_says_why() {
    with_server("a_device_that_is_gone_ends_and_says_why", || {
        let module = pactl(&["load-module", "module-null-sink", "sink_name=headset"]);
        let mut session = session(&named("left"), "headset.monitor");
        let monitor = session.microphone.monitor();
        assert_eq!(monitor.device(), Some(DeviceId::new("pulseaudio:headset.monitor")));
        session.wait_for(|_, captured| matches!(captured, Captured::Frame(_)).then_some(()));
        pactl(&["unload-module", &module]);
        session.wait_for(|_, captured| (*captured == Captured::Ended).then_some(()));
        let Some(DeviceEvent::Ended(why)) = monitor.poll_event() else { panic!("no reason") };
        let named = matches!(why, DeviceError::NotFound { .. } | DeviceError::NotReadable { .. });
        assert!(named, "{why:?}");
        assert_eq!(monitor.device(), None);
    });
}

#[test]
fn sound_follows_the_default_if_it_should() {
    with_server("sound_follows_the_default_if_it_should", || {
        pactl(&["set-default-sink", "left"]);
        let mut follows = session(&DeviceChoice::Default(Following::Follow), "right.monitor");
        let mut stays = Speaker::open(&DeviceChoice::Default(Following::Stay)).unwrap();
        pactl(&["set-default-sink", "right"]);
        let event = follows.wait_for(|session, _| session.speaker.monitor().poll_event());
        assert_eq!(event, DeviceEvent::Moved(DeviceId::new("pulseaudio:right")));
        follows.listen_for_tone();
        assert_eq!(stays.monitor().device(), Some(DeviceId::new("pulseaudio:left")));
        // One that follows survives that its device is gone.
        let module = pactl(&["load-module", "module-null-sink", "sink_name=headset"]);
        pactl(&["set-default-sink", "headset"]);
        follows.wait_for(|session, _| session.speaker.monitor().poll_event());
        pactl(&["unload-module", &module]);
        pactl(&["set-default-sink", "right"]);
        follows.wait_for(|session, _| session.speaker.monitor().poll_event());
        follows.listen_for_tone();
        carillon_frame::AudioSink::play(&mut stays, &carillon_frame::AudioFrame::SILENCE);
    });
}

#[test]
fn what_is_no_device_is_refused() {
    with_server("what_is_no_device_is_refused", || {
        let error = |choice| Microphone::open(&choice).map(drop).unwrap_err();
        assert!(matches!(error(named("nobody")), DeviceError::NotFound { .. }));
        // A sink does not record.
        let sink = error(named("left"));
        assert!(matches!(sink, DeviceError::InvalidDevice { .. }), "{sink:?}");
        let nonsense = DeviceChoice::Id(DeviceId::new("nonsense"));
        assert!(matches!(error(nonsense), DeviceError::InvalidDevice { .. }));
    });
}

#[test]
fn a_machine_without_sound_says_so_and_can_go_on_silently() {
    without_sound("a_machine_without_sound_says_so_and_can_go_on_silently", || {
        let default = DeviceChoice::Default(Following::Follow);
        let microphone = Microphone::open(&default).map(drop).unwrap_err();
        assert!(matches!(microphone, DeviceError::NotFound { .. }), "{microphone:?}");
        let speaker = Speaker::open(&default).map(drop).unwrap_err();
        assert!(matches!(speaker, DeviceError::NotFound { .. }), "{speaker:?}");
        let speaker = Speaker::open(&DeviceChoice::Silent).unwrap();
        let microphone = Microphone::open(&DeviceChoice::Silent).unwrap();
        assert_eq!(Session::new(speaker, microphone).beat(), Captured::Nothing);
    });
}
