//! The mix of one meeting.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use carillon_frame::{AudioFrame, AudioLevel, FRAME_DURATION, FRAME_SAMPLES, MediaTime};
use carillon_media::opus::OpusConfig;
use carillon_media::{JitterConfig, JitterStats, Mix};

use crate::listener::Listener;
use crate::source::Source;
use crate::{AudioPacket, Gate, ListenerId, MixerError, SourceId};

/// How many late ticks are made up for before time is given up.
///
/// 100 ms: a listener's jitter buffer swallows a burst of so many frames. Fewer turn every hiccup of the machine into a gap,
/// more send what nobody plays any more while the machine is short of time.
const LONGEST_CATCH_UP: u64 = 5;

/// One tick.
const FRAME_NANOSECONDS: u64 = 20_000_000;
const _: () = assert!(FRAME_DURATION.as_nanos() == FRAME_NANOSECONDS as u128);

/// How a mixer works.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MixerConfig {
    /// How every mix is encoded.
    pub encoding: OpusConfig,
    /// How every source's packets are buffered.
    pub jitter: JitterConfig,
}

/// One listener's sound of one tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MixedFrame<'a> {
    /// Whom it is for.
    pub listener: ListenerId,
    /// When it is to be heard, counted from the mixer's first frame: 960 ticks after the frame before, more only when ticks were given up.
    pub timestamp: MediaTime,
    /// The Opus payload: 20 ms, mono.
    pub payload: &'a [u8],
}

/// What the shell must do next; `Timeout` means drained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output<'a> {
    /// Send a frame to its listener.
    Frame(MixedFrame<'a>),
    /// Nothing until then; a time that has passed already asks for [`Mixer::handle_timeout`] at once.
    Timeout(Option<Instant>),
}

/// What a mixer did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MixerStats {
    /// Ticks mixed.
    pub ticks: u64,
    /// Ticks given up because the mixer was called too late.
    pub ticks_given_up: u64,
    /// Frames that could not be encoded, which the configuration rules out.
    pub encode_failures: u64,
    /// Frames that were not fetched before the next tick.
    pub frames_unfetched: u64,
}

/// Mixes everybody's sound, without their own for each listener.
///
/// Every 20 ms it makes one frame for each listener, also when nobody talks, from the tick after the listener is added:
/// clients take silence on the wire for a broken connection.
#[derive(Debug)]
pub struct Mixer {
    config: MixerConfig,
    sources: BTreeMap<SourceId, Source>,
    listeners: BTreeMap<ListenerId, Listener>,
    started: Instant,
    /// The index of the next tick.
    next_tick: u64,
    all: Mix,
    timestamp: MediaTime,
    unsent: VecDeque<ListenerId>,
    stats: MixerStats,
}

impl Mixer {
    /// Makes a mixer whose first tick is due at once.
    #[must_use]
    pub fn new(now: Instant, config: MixerConfig) -> Self {
        Self {
            config,
            sources: BTreeMap::new(),
            listeners: BTreeMap::new(),
            started: now,
            next_tick: 0,
            all: Mix::new(),
            timestamp: MediaTime::default(),
            unsent: VecDeque::new(),
            stats: MixerStats::default(),
        }
    }

    /// Adds a source, its gate open; a source of the same number starts afresh.
    ///
    /// # Errors
    /// [`MixerError::Codec`] when memory is exhausted.
    pub fn add_source(&mut self, source: SourceId) -> Result<(), MixerError> {
        let fresh = Source::new(self.config.jitter).map_err(MixerError::Codec)?;
        self.sources.insert(source, fresh);
        Ok(())
    }

    /// Removes a source, if it is there.
    pub fn remove_source(&mut self, source: SourceId) {
        self.sources.remove(&source);
    }

    /// Mutes or opens a source, whatever its client does.
    ///
    /// # Errors
    /// [`MixerError::UnknownSource`] when it is not there.
    pub fn set_gate(&mut self, source: SourceId, gate: Gate) -> Result<(), MixerError> {
        let found = self.sources.get_mut(&source).ok_or(MixerError::UnknownSource(source))?;
        found.set_gate(gate).map_err(MixerError::Codec)
    }

    /// Adds a listener that hears everybody but its `own` sources; a listener of the same number starts afresh.
    ///
    /// # Errors
    /// [`MixerError::Codec`] when the configured encoding is out of range.
    pub fn add_listener(
        &mut self,
        listener: ListenerId,
        own: &[SourceId],
    ) -> Result<(), MixerError> {
        let fresh = Listener::new(self.config.encoding, own).map_err(MixerError::Codec)?;
        self.listeners.insert(listener, fresh);
        Ok(())
    }

    /// Replaces the sources a listener does not hear.
    ///
    /// # Errors
    /// [`MixerError::UnknownListener`] when it is not there.
    pub fn set_own_sources(
        &mut self,
        listener: ListenerId,
        own: &[SourceId],
    ) -> Result<(), MixerError> {
        let found =
            self.listeners.get_mut(&listener).ok_or(MixerError::UnknownListener(listener))?;
        found.set_own(own);
        Ok(())
    }

    /// Removes a listener, if it is there; what was mixed for it is not sent any more.
    pub fn remove_listener(&mut self, listener: ListenerId) {
        self.listeners.remove(&listener);
        self.unsent.retain(|unsent| *unsent != listener);
    }

    /// Takes a packet of a source.
    ///
    /// # Errors
    /// [`MixerError`] when the source is unknown or the payload is not what it should be; the packet has no effect then.
    pub fn handle_packet(
        &mut self,
        now: Instant,
        source: SourceId,
        packet: AudioPacket<'_>,
    ) -> Result<(), MixerError> {
        let found = self.sources.get_mut(&source).ok_or(MixerError::UnknownSource(source))?;
        found.handle_packet(now, packet)
    }

    /// Mixes one tick if one is due; several are made up for by as many calls, as [`Output::Timeout`] asks.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.deadline().is_none_or(|deadline| now < deadline) {
            return;
        }
        let due = ticks_in(now.saturating_duration_since(self.started));
        let oldest = due.saturating_sub(LONGEST_CATCH_UP.saturating_sub(1));
        let index = self.next_tick.max(oldest);
        let given_up = index.saturating_sub(self.next_tick);
        self.stats.ticks_given_up = self.stats.ticks_given_up.saturating_add(given_up);
        self.next_tick = index.saturating_add(1);
        self.tick(now, index);
    }

    /// The next frame to send, or when to call again.
    pub fn poll_output(&mut self) -> Output<'_> {
        let Some(listener) = self.unsent.pop_front() else {
            return Output::Timeout(self.deadline());
        };
        let payload = self.listeners.get(&listener).map_or(&[][..], Listener::payload);
        Output::Frame(MixedFrame { listener, timestamp: self.timestamp, payload })
    }

    /// What each source that was heard said in the last tick.
    pub fn heard(&self) -> impl Iterator<Item = (SourceId, &AudioFrame)> {
        self.sources.iter().filter_map(|(id, source)| Some((*id, source.heard()?)))
    }

    /// How loud each source was over the last 200 ms.
    pub fn levels(&self) -> impl Iterator<Item = (SourceId, AudioLevel)> {
        self.sources.iter().map(|(id, source)| (*id, source.level()))
    }

    /// What each source's packets went through.
    pub fn jitter_stats(&self) -> impl Iterator<Item = (SourceId, JitterStats)> {
        self.sources.iter().map(|(id, source)| (*id, source.stats()))
    }

    /// What the mixer did so far.
    #[must_use]
    pub const fn stats(&self) -> MixerStats {
        self.stats
    }

    /// When the next tick is due: counted from the start, so that lateness never adds up.
    fn deadline(&self) -> Option<Instant> {
        let nanoseconds = self.next_tick.saturating_mul(FRAME_NANOSECONDS);
        self.started.checked_add(Duration::from_nanos(nanoseconds))
    }

    fn tick(&mut self, now: Instant, index: u64) {
        self.all.clear();
        for source in self.sources.values_mut() {
            source.tick(now);
            source.heard().into_iter().for_each(|frame| self.all.add(frame));
        }
        let unfetched = u64::try_from(self.unsent.len()).unwrap_or(u64::MAX);
        self.stats.frames_unfetched = self.stats.frames_unfetched.saturating_add(unfetched);
        self.unsent.clear();
        self.encode_mixes();
        self.timestamp = media_time(index);
        self.stats.ticks = self.stats.ticks.saturating_add(1);
    }

    fn encode_mixes(&mut self) {
        let everybody = self.all.frame();
        for (id, listener) in &mut self.listeners {
            let mut own = listener.own().iter().filter_map(|own| self.sources.get(own)?.heard());
            let encoded = match own.next() {
                None => listener.encode(&everybody),
                Some(first) => {
                    let mut others = self.all.clone();
                    others.subtract(first);
                    own.for_each(|frame| others.subtract(frame));
                    listener.encode(&others.frame())
                }
            };
            match encoded {
                Ok(()) => self.unsent.push_back(*id),
                Err(error) => {
                    tracing::warn!(listener = id.0, %error, "mix could not be encoded");
                    self.stats.encode_failures = self.stats.encode_failures.saturating_add(1);
                }
            }
        }
    }
}

fn ticks_in(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX) / FRAME_NANOSECONDS
}

fn media_time(index: u64) -> MediaTime {
    let samples = index.wrapping_mul(FRAME_SAMPLES as u64);
    MediaTime((samples & 0xffff_ffff) as u32)
}
