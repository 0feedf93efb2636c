//! What operators and load balancers ask: is it alive, does it take work, what does it do.

use std::sync::Arc;

use axum::{Router, extract::State, http::StatusCode, routing::get};
use carillon_control::ControlPlane;
use carillon_media_server::MediaServer;

use crate::{
    metrics,
    notify::Notifier,
    presence::PresenceReport,
    readiness::{Readiness, Standing},
};

/// What the answers are made of.
#[derive(Clone, Debug)]
pub(crate) struct Health {
    pub(crate) control: ControlPlane,
    pub(crate) media: Arc<MediaServer>,
    pub(crate) presence: Arc<PresenceReport>,
    pub(crate) readiness: Readiness,
    pub(crate) notifier: Arc<Notifier>,
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
    match health.readiness.standing() {
        Standing::Ready => (StatusCode::OK, "ready\n"),
        Standing::Draining => (StatusCode::SERVICE_UNAVAILABLE, "draining\n"),
        Standing::Broken => (StatusCode::SERVICE_UNAVAILABLE, "a media worker has ended\n"),
    }
}

async fn metrics(State(health): State<Health>) -> String {
    let Health { control, media, presence, readiness: _, notifier } = health;
    let mut text = metrics::Exposition::default();
    text.gauge("carillon_meetings", "Meetings that exist.", control.meetings_alive());
    metrics::write_presence(&mut text, &presence);
    metrics::write_events(&mut text, &notifier);
    metrics::write_media(&mut text, &media.stats());
    text.into_text()
}
