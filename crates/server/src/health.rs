//! What operators and load balancers ask: is it alive, does it take work, what does it do.

use std::{
    fmt::Write as _,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::{Router, extract::State, http::StatusCode, routing::get};
use carillon_control::ControlPlane;

use crate::presence::PresenceReport;

/// What the answers are made of.
#[derive(Clone, Debug)]
pub(crate) struct Health {
    pub(crate) control: ControlPlane,
    pub(crate) presence: Arc<PresenceReport>,
    /// Whether meetings may be made here.
    pub(crate) accepting: Arc<AtomicBool>,
}

/// Answers `/healthz`, `/readyz` and `/metrics`.
pub(crate) fn routes(health: Health) -> Router {
    Router::new()
        .route("/healthz", get(async || "alive\n"))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .with_state(health)
}

async fn readyz(State(health): State<Health>) -> (StatusCode, &'static str) {
    if health.accepting.load(Ordering::Relaxed) {
        (StatusCode::OK, "ready\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "draining\n")
    }
}

/// The Prometheus text format, version 0.0.4.
async fn metrics(State(health): State<Health>) -> String {
    let gauges = [
        ("carillon_meetings", "Meetings that exist.", health.control.meetings_alive()),
        (
            "carillon_meetings_active",
            "Meetings that somebody is connected to.",
            health.presence.meetings(),
        ),
        (
            "carillon_connections",
            "Attendees and content shares that are connected.",
            health.presence.connected(),
        ),
    ];
    let mut text = String::new();
    for (name, help, value) in gauges {
        writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}")
            .expect("writing to a string cannot fail");
    }
    text
}
