//! Which media region is nearest: demos of the original service ask a host of their own for that.

use axum::{
    extract::State,
    http::{HeaderName, header},
    response::IntoResponse,
};
use serde_json::json;

use crate::call::ApiState;

const ANY_ORIGIN: (HeaderName, &str) = (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");

/// Answers anybody; there is but one place, whatever it is called.
pub(crate) async fn nearest(State(ApiState(state)): State<ApiState>) -> impl IntoResponse {
    let body = json!({ "region": state.control.home_region() }).to_string();
    ([ANY_ORIGIN, (header::CONTENT_TYPE, "application/json")], body)
}
