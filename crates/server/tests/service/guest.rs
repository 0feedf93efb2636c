//! A client with sound: the test kit's, on real sockets.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use carillon_signaling::{AudioSessionId, CloseCode, Epoch, Identity, Modality};
use carillon_testkit::client::{Client, ClientConfig, Output, camera::Codec};
use carillon_types::WallTime;
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::UdpSocket;
use tokio_tungstenite::tungstenite::{self, Message};

use crate::{
    api::Place,
    clock::{now, soon},
    socket::{Socket, Stream},
};

/// The longest datagram that is read.
const DATAGRAM: usize = 2_048;

/// How long nothing happens at most before a condition is looked at again.
const BEAT: Duration = Duration::from_millis(20);

pub(crate) struct Guest {
    pub(crate) client: Client,
    stream: Stream,
    udp: UdpSocket,
}

/// What came first.
enum Arrival {
    Message(Option<Result<Message, tungstenite::Error>>),
    Datagram((usize, SocketAddr)),
}

impl Guest {
    /// Joins, and returns when sound arrives.
    pub(crate) async fn join(place: &Place, hertz: u32) -> Self {
        let Socket { stream } = Socket::open(place).await;
        let mut guest = Self::over(stream, Identity::main(place.attendee.attendee_id), hertz).await;
        guest.client.join(now());
        guest.until(|client| client.hearing.packets > 5).await;
        guest
    }

    /// Joins with pictures, and returns when its path is secured.
    pub(crate) async fn show(place: &Place, who: Identity) -> Self {
        let content = if who.modality == Modality::Content { "#content" } else { "" };
        let token = format!("{}{content}", place.token());
        let Socket { stream } = Socket::with_token(place.url(), &token).await;
        let mut guest = Self::over(stream, who, 440).await;
        guest.client.show_with_first_offer(Codec::Vp8);
        guest.client.join(now());
        guest.until(Client::is_secured).await;
        guest
    }

    async fn over(stream: Stream, identity: Identity, hertz: u32) -> Self {
        let client = Client::new(ClientConfig {
            identity,
            object: AudioSessionId(u64::from(hertz)),
            hertz,
            epoch: Epoch::new(now(), WallTime::from_millis(1_700_000_000_000)),
            seed: u64::from(hertz),
        });
        let udp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        Self { client, stream, udp }
    }

    /// Takes part until the condition holds.
    pub(crate) async fn until(&mut self, condition: impl Fn(&Client) -> bool) {
        soon(async {
            while !condition(&self.client) {
                self.step().await;
            }
        })
        .await;
    }

    /// Takes part until something else has happened.
    pub(crate) async fn during<T>(&mut self, happening: impl Future<Output = T>) -> T {
        tokio::select! {
            outcome = happening => outcome,
            () = self.stay() => unreachable!("it stays for ever"),
        }
    }

    /// Takes part for ever.
    pub(crate) async fn stay(&mut self) {
        loop {
            self.step().await;
        }
    }

    async fn step(&mut self) {
        let wait = self.flush().await;
        let mut datagram = [0; DATAGRAM];
        let arriving = async {
            tokio::select! {
                message = self.stream.next(), if self.client.told.closed.is_none() => {
                    Arrival::Message(message)
                }
                received = self.udp.recv_from(&mut datagram) => Arrival::Datagram(received.unwrap()),
            }
        };
        match tokio::time::timeout(wait, arriving).await {
            Ok(Arrival::Message(Some(Ok(Message::Binary(bytes))))) => {
                self.client.handle_message(now(), &bytes);
            }
            Ok(Arrival::Message(Some(Ok(Message::Close(Some(frame)))))) => {
                self.client.handle_close(CloseCode(frame.code.into()));
            }
            Ok(Arrival::Message(Some(Ok(_)))) => {}
            Ok(Arrival::Message(Some(Err(_)) | None)) => self.client.handle_close(CloseCode(1006)),
            Ok(Arrival::Datagram((length, source))) => {
                self.client.handle_datagram(now(), source, &mut datagram[..length]);
            }
            Err(_) => self.client.handle_timeout(now()),
        }
    }

    /// Sends what the client has to say; returns how long it can wait.
    async fn flush(&mut self) -> Duration {
        loop {
            match self.client.poll_output() {
                // A server that goes away may have closed already.
                Output::Message(bytes) => drop(self.stream.send(Message::Binary(bytes)).await),
                Output::Datagram(to, bytes) => drop(self.udp.send_to(&bytes, to).await),
                Output::CloseSocket => drop(self.stream.close(None).await),
                Output::Timeout(deadline) => {
                    let until = |at: Instant| at.saturating_duration_since(now());
                    return deadline.map_or(BEAT, until).min(BEAT);
                }
            }
        }
    }
}
