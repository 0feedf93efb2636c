//! The way to the server: the socket, and what is said of this client on it.

use carillon_signaling::{ClientDetails, Join, NetworkAdaption, SocketCredentials};

use super::AttemptEnd;
use crate::connection::Connection;
use crate::shared::Shared;
use crate::signaling_socket::SignalingSocket;
use crate::status::{MeetingSessionStatus, MeetingSessionStatusCode as Code};

pub(super) async fn open_socket(shared: &Shared) -> Result<SignalingSocket, AttemptEnd> {
    let configuration = &shared.configuration;
    let token = configuration.credentials.join_token.clone();
    let credentials = SocketCredentials { token, modality: shared.modality };
    let opening = SignalingSocket::open(&configuration.urls.signaling_url, &credentials);
    match tokio::time::timeout(configuration.connection_timeout, opening).await {
        Ok(Ok(socket)) => Ok(socket),
        Ok(Err(tokio_tungstenite::tungstenite::Error::Url(error))) => Err(AttemptEnd::Over(
            MeetingSessionStatus::detailed(Code::SignalingRequestFailed, error),
        )),
        Ok(Err(error)) => Err(AttemptEnd::lost(Code::SignalingChannelClosedUnexpectedly, error)),
        Err(_) => Err(AttemptEnd::lost(Code::TaskFailed, "the server does not answer")),
    }
}

/// What this client joins with.
pub(super) fn join(connection: &Connection) -> Join {
    let application = connection.shared.configuration.application_metadata.clone();
    let (app_name, app_version) =
        application.map(|application| (application.app_name, application.app_version)).unzip();
    let client = ClientDetails {
        app_name,
        app_version,
        platform_name: Some("native".to_owned()),
        platform_version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        client_source: Some("carillon-facade".to_owned()),
        sdk_version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        os_name: Some(std::env::consts::OS.to_owned()),
        ..ClientDetails::default()
    };
    Join {
        audio_session_id: Some(connection.object),
        client,
        adaption: Some(NetworkAdaption::Client),
        supported_adaptions: vec![NetworkAdaption::Client],
        wants_compressed_sdp: false,
        ..Join::default()
    }
}
