//! A way to the signaling socket on which a test holds back what the server says, and says more in its name.

use carillon_server::TestServer;
use carillon_signaling::{ServerMessage, decode_server, encode_server};
use carillon_types::WallTime;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::json;
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::broadcast;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::tungstenite::http::{HeaderValue, Uri};
use tokio_tungstenite::{accept_hdr_async, connect_async};
use tokio_util::task::TaskTracker;

use crate::rig::Place;

const PROTOCOLS: &str = "Sec-WebSocket-Protocol";

/// Somebody between a client and the server.
pub(crate) struct Between {
    words: broadcast::Sender<ServerMessage>,
}

type Filter = Arc<dyn Fn(&ServerMessage) -> bool + Send + Sync>;

impl Between {
    /// Leads the way of this place through here; only what passes the filter reaches the client.
    pub(crate) async fn before(
        server: &TestServer,
        place: &mut Place,
        passes: impl Fn(&ServerMessage) -> bool + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (near, far) = (listener.local_addr().unwrap().to_string(), server.address());
        let url = &mut place.meeting["MediaPlacement"]["SignalingUrl"];
        *url = json!(url.as_str().unwrap().replace(&far.to_string(), &near));
        let words = broadcast::Sender::new(8);
        let (speaker, passes): (_, Filter) = (words.clone(), Arc::new(passes));
        let (tasks, far) = (TaskTracker::new(), far.to_string());
        let spawner = tasks.clone();
        tasks.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let words = speaker.subscribe();
                spawner.spawn(stand_between(stream, far.clone(), Arc::clone(&passes), words));
            }
        });
        Self { words }
    }

    /// Says this to the client as the server would.
    pub(crate) fn say(&self, message: ServerMessage) {
        self.words.send(message).unwrap();
    }
}

async fn stand_between(
    stream: TcpStream,
    far: String,
    passes: Filter,
    mut words: broadcast::Receiver<ServerMessage>,
) {
    let mut asked = None;
    #[expect(clippy::result_large_err, reason = "the library's callback returns its own type")]
    let choose = |request: &Request, mut response: Response| {
        asked = Some((request.uri().clone(), request.headers()[PROTOCOLS].clone()));
        let protocol = HeaderValue::from_static("_aws_wt_session");
        response.headers_mut().insert(PROTOCOLS, protocol);
        Ok(response)
    };
    let mut client = accept_hdr_async(stream, choose).await.unwrap();
    let (uri, protocols): (Uri, HeaderValue) = asked.unwrap();
    let mut request = format!("ws://{far}{uri}").into_client_request().unwrap();
    request.headers_mut().insert(PROTOCOLS, protocols);
    let (mut server, _) = connect_async(request).await.unwrap();
    loop {
        let sent = tokio::select! {
            said = client.next() => match said {
                Some(Ok(said)) => server.send(said).await,
                _ => return,
            },
            said = server.next() => match said {
                Some(Ok(said)) if !is_held_back(&said, &passes) => client.send(said).await,
                Some(Ok(_)) => Ok(()),
                _ => return,
            },
            Ok(word) = words.recv() => {
                let bytes = encode_server(WallTime::from_millis(1), &word.into());
                client.send(Message::Binary(bytes)).await
            }
        };
        if sent.is_err() {
            return;
        }
    }
}

fn is_held_back(said: &Message, passes: &Filter) -> bool {
    let Message::Binary(bytes) = said else { return false };
    matches!(decode_server(bytes), Ok(Some(frame)) if !passes(&frame.content.message))
}
