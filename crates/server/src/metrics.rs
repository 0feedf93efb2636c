//! What the service counts, in the Prometheus text format, version 0.0.4.

use std::fmt::{Display, Write as _};

use carillon_media_server::{LagHistogram, MediaStats};

use crate::{notify::Notifier, presence::PresenceReport};

/// A text that grows by one metric at a time.
#[derive(Debug, Default)]
pub(crate) struct Exposition(String);

impl Exposition {
    /// Adds a number that goes up and down.
    pub(crate) fn gauge(&mut self, name: &str, help: &str, value: impl Display) {
        self.announce(name, help, "gauge");
        self.put(format_args!("{name} {value}"));
    }

    /// Adds a number that only grows.
    fn counter(&mut self, name: &str, help: &str, value: u64) {
        self.announce(name, help, "counter");
        self.put(format_args!("{name} {value}"));
    }

    fn histogram(&mut self, name: &str, help: &str, lag: &LagHistogram) {
        self.announce(name, help, "histogram");
        for (step, within) in lag.steps() {
            self.put(format_args!("{name}_bucket{{le=\"{}\"}} {within}", step.as_secs_f64()));
        }
        self.put(format_args!("{name}_bucket{{le=\"+Inf\"}} {}", lag.count));
        self.put(format_args!("{name}_sum {}", lag.total.as_secs_f64()));
        self.put(format_args!("{name}_count {}", lag.count));
    }

    fn announce(&mut self, name: &str, help: &str, kind: &str) {
        self.put(format_args!("# HELP {name} {help}"));
        self.put(format_args!("# TYPE {name} {kind}"));
    }

    fn put(&mut self, line: std::fmt::Arguments<'_>) {
        writeln!(self.0, "{line}").expect("writing to a string cannot fail");
    }

    /// The whole text.
    pub(crate) fn into_text(self) -> String {
        self.0
    }
}

/// Adds who is there.
pub(crate) fn write_presence(text: &mut Exposition, presence: &PresenceReport) {
    text.gauge(
        "carillon_meetings_active",
        "Meetings that somebody is connected to.",
        presence.meetings(),
    );
    text.gauge(
        "carillon_connections",
        "Attendees and content shares that are connected.",
        presence.connected(),
    );
    text.counter("carillon_joins_total", "Media paths that came up.", presence.joined());
    text.counter(
        "carillon_drops_total",
        "Attendees that were lost and did not come back in time.",
        presence.dropped(),
    );
}

/// Adds what becomes of events.
pub(crate) fn write_events(text: &mut Exposition, notifier: &Notifier) {
    text.gauge(
        "carillon_events_waiting",
        "Events that a target has not taken yet.",
        notifier.waiting(),
    );
    let deliveries = notifier.deliveries();
    for (name, help, value) in [
        ("carillon_events_delivered_total", "Events that a target took.", deliveries.delivered()),
        (
            "carillon_events_failed_total",
            "Attempts to deliver an event that failed; most are repeated.",
            deliveries.failed(),
        ),
        (
            "carillon_events_given_up_total",
            "Events that a target refused, or could not take for a day.",
            deliveries.given_up(),
        ),
        (
            "carillon_events_dropped_total",
            "Events that could not be kept until a target took them.",
            notifier.dropped(),
        ),
    ] {
        text.counter(name, help, value);
    }
}

/// Adds what the media side does.
pub(crate) fn write_media(text: &mut Exposition, stats: &MediaStats) {
    let MediaStats { meetings, sockets, transcriptions, .. } = *stats;
    text.gauge("carillon_worker_meetings", "Meetings that live on a media worker.", meetings);
    text.gauge("carillon_signaling_sockets", "Signaling sockets that are open.", sockets);
    text.gauge(
        "carillon_transcriptions",
        "Meetings that a transcription engine listens to.",
        transcriptions,
    );
    for (name, help, value) in [
        (
            "carillon_transcriptions_interrupted_total",
            "Interruptions that a transcription engine told of.",
            stats.transcriptions_interrupted,
        ),
        (
            "carillon_transcriptions_failed_total",
            "Transcriptions that an engine could not begin or go on with.",
            stats.transcriptions_failed,
        ),
        (
            "carillon_worker_meetings_broken_total",
            "Meetings given up because of a bug: look for the error in the log.",
            stats.meetings_broken,
        ),
        (
            "carillon_signaling_admitted_total",
            "Signaling connections that were let in.",
            stats.sockets_admitted,
        ),
        (
            "carillon_signaling_refused_total",
            "Signaling connections with a bad token, or for a meeting that is over.",
            stats.sockets_refused,
        ),
        (
            "carillon_signaling_cut_total",
            "Signaling sockets cut because their client did not read or opened too many.",
            stats.sockets_cut,
        ),
        (
            "carillon_signaling_messages_received_total",
            "Messages of clients.",
            stats.messages_received,
        ),
        ("carillon_media_received_packets_total", "Datagrams in.", stats.datagrams_received),
        ("carillon_media_received_bytes_total", "Bytes in, without headers.", stats.bytes_received),
        (
            "carillon_media_unroutable_packets_total",
            "Datagrams that belong to no session.",
            stats.datagrams_unroutable,
        ),
        ("carillon_media_sent_packets_total", "Datagrams out.", stats.datagrams_sent),
        ("carillon_media_sent_bytes_total", "Bytes out, without headers.", stats.bytes_sent),
        (
            "carillon_media_unsent_packets_total",
            "Datagrams that the system had no room for or no way to.",
            stats.datagrams_unsent,
        ),
    ] {
        text.counter(name, help, value);
    }
    text.histogram(
        "carillon_worker_timer_lag_seconds",
        "How late media workers come to their timers: sound is late to the ear from 20 ms on.",
        &stats.lag,
    );
}
