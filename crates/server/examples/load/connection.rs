//! One kept connection.

use std::net::SocketAddr;

use anyhow::ensure;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::{
    Request,
    client::conn::http1::{SendRequest, handshake},
};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::{net::TcpStream, task::JoinSet};

/// A connection that carries one call after the other; it ends with this.
pub(crate) struct Connection {
    sender: SendRequest<Full<Bytes>>,
    _carrier: JoinSet<()>,
}

impl Connection {
    pub(crate) async fn open(at: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(at).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        let mut carrier = JoinSet::new();
        // What goes wrong here is an error of the call as well.
        carrier.spawn(async move { drop(connection.await) });
        Ok(Self { sender, _carrier: carrier })
    }

    /// Makes a call that has to succeed, and returns the bytes of its answer.
    pub(crate) async fn call(&mut self, request: Request<Full<Bytes>>) -> anyhow::Result<Bytes> {
        self.sender.ready().await?;
        let answer = self.sender.send_request(request).await?;
        let status = answer.status();
        let body = answer.into_body().collect().await?.to_bytes();
        ensure!(status.is_success(), "{status}: {}", String::from_utf8_lossy(&body));
        Ok(body)
    }
}

/// Finds the meeting's name in an answer.
pub(crate) fn meeting_id(answer: &[u8]) -> anyhow::Result<String> {
    let answer: Value = serde_json::from_slice(answer)?;
    let id = answer.pointer("/Meeting/MeetingId").and_then(Value::as_str);
    Ok(id.unwrap_or_default().to_owned())
}
