//! The signaling WebSocket: a task that moves frames between one client and its meeting's worker.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{
        Path, State,
        ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade},
    },
    http::{HeaderMap, header::SEC_WEBSOCKET_PROTOCOL},
    response::Response,
    routing::get,
};
use bytes::Bytes;
use carillon_meeting::SessionId;
use carillon_signaling::{
    CloseCode, Ending, MAX_CLIENT_FRAME_BYTES, SUB_PROTOCOL, SocketCredentials, refusal_close_code,
};
use carillon_types::MeetingId;
use tokio::sync::mpsc;
use tracing::Instrument as _;

use crate::{
    admission::{Admission, Admitted, Refusal},
    media_server::MediaServer,
    session_numbers::SessionNumbers,
    stats::Counters,
    worker::{Command, SocketOrder},
};

/// How many orders wait for a socket before its client counts as not reading.
/// A busy meeting sends about ten frames a second to a client, so this is many seconds of a stalled link; each waiting
/// frame costs memory.
const QUEUED_ORDERS: usize = 256;

/// The buffer a socket reads into, in bytes: it is held for every connection, and frames are mostly short.
const SOCKET_BUFFER_BYTES: usize = 4 * 1024;

/// How long writing one frame may take before the client counts as not reading.
const WRITE_DEADLINE: Duration = Duration::from_secs(10);

/// How long a closed client has to confirm; a browser answers at once.
const CLOSE_DEADLINE: Duration = Duration::from_secs(2);

/// What the route needs.
#[derive(Clone)]
pub(crate) struct SignalingState {
    server: Arc<MediaServer>,
    admission: Arc<dyn Admission>,
    numbers: Arc<SessionNumbers>,
}

impl SignalingState {
    pub(crate) fn new(server: Arc<MediaServer>, admission: Arc<dyn Admission>) -> Self {
        Self { server, admission, numbers: Arc::default() }
    }
}

pub(crate) fn router(state: SignalingState) -> Router {
    Router::new().route("/control/{meeting}", get(upgrade)).with_state(state)
}

/// Accepts every upgrade: a browser cannot see why one was refused, but it reads close codes.
async fn upgrade(
    State(state): State<SignalingState>,
    Path(path): Path<String>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    let admitted = admit(&state, &path, &headers);
    let tasks = state.server.tasks().clone();
    upgrade
        .protocols([SUB_PROTOCOL])
        .max_message_size(MAX_CLIENT_FRAME_BYTES)
        .max_frame_size(MAX_CLIENT_FRAME_BYTES)
        .read_buffer_size(SOCKET_BUFFER_BYTES)
        .write_buffer_size(SOCKET_BUFFER_BYTES)
        .on_upgrade(move |socket| {
            tasks.track_future(async move {
                match admitted {
                    Ok((credentials, admitted)) => {
                        serve(state, credentials, admitted, socket).await;
                    }
                    Err(refusal) => {
                        tracing::info!(?refusal, "signaling connection is refused");
                        refuse(&state, socket, refusal).await;
                    }
                }
            })
        })
}

fn admit(
    state: &SignalingState,
    path: &str,
    headers: &HeaderMap,
) -> Result<(SocketCredentials, Admitted), Refusal> {
    let protocols = headers.get(SEC_WEBSOCKET_PROTOCOL).and_then(|value| value.to_str().ok());
    let credentials = protocols
        .and_then(|protocols| SocketCredentials::from_sub_protocols(protocols).ok())
        .ok_or(Refusal::BadToken)?;
    let admitted = state.admission.admit(&credentials)?;
    // A token opens its own meeting only, whatever address it is presented at.
    match path.parse::<MeetingId>() {
        Ok(meeting) if meeting == admitted.meeting => Ok((credentials, admitted)),
        Ok(_) | Err(_) => Err(Refusal::BadToken),
    }
}

async fn refuse(state: &SignalingState, mut socket: WebSocket, refusal: Refusal) {
    state.server.counters().sockets_refused.add(1);
    close(&mut socket, refusal_close_code(ending(refusal))).await;
}

const fn ending(refusal: Refusal) -> Ending {
    match refusal {
        Refusal::BadToken => Ending::BadToken,
        Refusal::MeetingEnded => Ending::MeetingEnded,
    }
}

/// Gives an admitted client a session and serves it until either side ends the conversation.
async fn serve(
    state: SignalingState,
    credentials: SocketCredentials,
    admitted: Admitted,
    socket: WebSocket,
) {
    let session = state.numbers.next();
    let span = tracing::info_span!("signaling", meeting = %admitted.meeting, session = session.0);
    let counters = state.server.counters();
    counters.sockets.add(1);
    let orders = open(&state, session, &admitted).await;
    converse(&state, session, (&credentials, &admitted), (socket, orders)).instrument(span).await;
    counters.sockets.take_off(1);
}

async fn open(
    state: &SignalingState,
    session: SessionId,
    Admitted { meeting, life, attendee, transcription }: &Admitted,
) -> mpsc::Receiver<SocketOrder> {
    let (socket, orders) = mpsc::channel(QUEUED_ORDERS);
    let (meeting, life, attendee) = (*meeting, *life, attendee.clone());
    state.server.order(meeting, Command::Open { meeting, life, session, attendee, socket }).await;
    if transcription.is_some() {
        state.server.transcribe(meeting, transcription.clone()).await;
    }
    orders
}

/// Moves frames until either side ends the conversation.
async fn converse(
    state: &SignalingState,
    session: SessionId,
    (credentials, admitted): (&SocketCredentials, &Admitted),
    (mut socket, mut orders): (WebSocket, mpsc::Receiver<SocketOrder>),
) {
    let meeting = admitted.meeting;
    if let Err(refusal) = reconsider(state, credentials, admitted).await {
        tracing::info!(?refusal, "a decision overtook the admission");
        state.server.order(meeting, Command::SocketClosed { meeting, session }).await;
        return refuse(state, socket, refusal).await;
    }
    let counters = state.server.counters();
    counters.sockets_admitted.add(1);
    loop {
        // Both branches are cancel-safe: a message or an order is taken whole or stays where it is.
        let goes_on = tokio::select! {
            order = orders.recv() => carry_out(&mut socket, order, (&orders, counters)).await,
            message = socket.recv() => deliver(state, meeting, session, message).await,
        };
        if !goes_on {
            break;
        }
    }
    state.server.order(meeting, Command::SocketClosed { meeting, session }).await;
}

/// Looks at the admission again after the worker knows of the session: what was decided in between reached the worker
/// before there was a session to apply it to, and what is decided from here on will find one.
async fn reconsider(
    state: &SignalingState,
    credentials: &SocketCredentials,
    admitted: &Admitted,
) -> Result<(), Refusal> {
    let Admitted { attendee: current, transcription, .. } = state.admission.admit(credentials)?;
    // The meeting knows whether it is another order.
    if transcription.is_some() || admitted.transcription.is_some() {
        state.server.transcribe(admitted.meeting, transcription).await;
    }
    if current.capabilities != admitted.attendee.capabilities {
        let (meeting, attendee) = (admitted.meeting, current.identity.attendee);
        state.server.update_capabilities(meeting, attendee, current.capabilities).await;
    }
    Ok(())
}

/// Performs a worker's order; returns whether the conversation goes on.
///
/// A worker that gave the socket up leaves no order: the connection is then cut without a close frame, which a client
/// takes as a reason to come back.
async fn carry_out(
    socket: &mut WebSocket,
    order: Option<SocketOrder>,
    (orders, counters): (&mpsc::Receiver<SocketOrder>, &Counters),
) -> bool {
    match order {
        Some(SocketOrder::Send(message)) => {
            let sending = socket.send(Message::Binary(message));
            let Ok(sent) = tokio::time::timeout(WRITE_DEADLINE, sending).await else {
                // A worker that has noticed it first has counted it.
                if !orders.is_closed() {
                    tracing::info!("a signaling client does not read");
                    counters.sockets_cut.add(1);
                }
                return false;
            };
            sent.is_ok()
        }
        Some(SocketOrder::Close(code)) => {
            close(socket, code).await;
            false
        }
        None => false,
    }
}

/// Hands a client's message to the worker; returns whether the conversation goes on.
async fn deliver(
    state: &SignalingState,
    meeting: MeetingId,
    session: SessionId,
    message: Option<Result<Message, axum::Error>>,
) -> bool {
    let message = match message {
        Some(Ok(Message::Binary(message))) => message,
        // The engine refuses an empty message by the same rule as any other that is no frame.
        Some(Ok(Message::Text(_))) => Bytes::new(),
        Some(Ok(Message::Ping(_) | Message::Pong(_))) => return true,
        Some(Ok(Message::Close(_)) | Err(_)) | None => return false,
    };
    state.server.order(meeting, Command::Message { meeting, session, message }).await;
    true
}

/// Closes with a code and waits for the client's own close: a socket dropped with unread input would be reset, and the
/// code lost on the way.
async fn close(socket: &mut WebSocket, code: CloseCode) {
    let frame = CloseFrame { code: code.0, reason: "".into() };
    let farewell = async {
        socket.send(Message::Close(Some(frame))).await?;
        while socket.recv().await.transpose()?.is_some() {}
        Ok::<(), axum::Error>(())
    };
    if !matches!(tokio::time::timeout(CLOSE_DEADLINE, farewell).await, Ok(Ok(()))) {
        tracing::debug!(code = code.0, "a client was gone before it had confirmed the close");
    }
}
