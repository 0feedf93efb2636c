//! Puts the [`RtpEngine`] into the path of the `webrtc` crate: every packet in and out passes here.
//!
//! Media that arrives goes to the session from here and ends here, so the crate's own queues stay empty.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use bytes::Bytes;
use carillon_frame::Ssrc;
use carillon_rtp::{Rtcp, parse_compound, write_compound};
use rtc::interceptor::{AttributedPacket, Interceptor, Packet, StreamInfo, TaggedPacket};
use rtc::rtcp::raw_packet::RawPacket;
use rtc::sansio::Protocol;
use rtc::shared::TransportContext;
use rtc::shared::error::Error;
use tokio::sync::mpsc;

use super::rtp_engine::{Arrived, RtpEngine};

/// The engine of one path, shared between the driver of the connection and the session that reads its figures.
pub(crate) type SharedEngine = Arc<Mutex<RtpEngine>>;

/// The engine as a stage of the crate's packet path.
pub(super) struct EngineStage {
    engine: SharedEngine,
    arrived: mpsc::Sender<Arrived>,
    out: VecDeque<TaggedPacket>,
}

impl EngineStage {
    pub(super) const fn new(engine: SharedEngine, arrived: mpsc::Sender<Arrived>) -> Self {
        Self { engine, arrived, out: VecDeque::new() }
    }

    fn with_engine<T>(&self, act: impl FnOnce(&mut RtpEngine) -> T) -> T {
        act(&mut self.engine.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn hand_over(&self) {
        while let Some(arrived) = self.with_engine(RtpEngine::poll_arrived) {
            // When the session does not keep up, the newest packet is lost as the network might have lost it.
            if self.arrived.try_send(arrived).is_err() {
                tracing::trace!("a packet was dropped before the session");
            }
        }
    }

    fn send_rtcp(&mut self, now: Instant, packets: &[Rtcp]) {
        if packets.is_empty() {
            return;
        }
        let raw = packets.iter().map(|packet| {
            let mut bytes = Vec::new();
            write_compound(std::slice::from_ref(packet), &mut bytes);
            Box::new(RawPacket(Bytes::from(bytes))) as Box<dyn rtc::rtcp::Packet>
        });
        let packet = Packet::Rtcp(raw.collect());
        self.out.push_back(tagged(now, packet));
    }
}

fn tagged(now: Instant, packet: Packet) -> TaggedPacket {
    let transport = TransportContext::default();
    TaggedPacket { now, transport, message: AttributedPacket::new(packet) }
}

impl Protocol<TaggedPacket, TaggedPacket, ()> for EngineStage {
    type Rout = TaggedPacket;
    type Wout = TaggedPacket;
    type Eout = ();
    type Error = Error;
    type Time = Instant;

    fn handle_read(&mut self, message: TaggedPacket) -> Result<(), Error> {
        let now = message.now;
        match message.message.packet {
            Packet::Rtp(packet) => self.with_engine(|engine| engine.handle_incoming(now, packet)),
            Packet::Rtcp(packets) => {
                let parsed = packets.iter().filter_map(|packet| packet.marshal().ok());
                let parsed: Vec<Rtcp> =
                    parsed.filter_map(|bytes| parse_compound(&bytes).ok()).flatten().collect();
                let again = self.with_engine(|engine| engine.handle_rtcp(now, &parsed));
                self.out.extend(again.into_iter().map(|packet| tagged(now, Packet::Rtp(packet))));
            }
            _ => {}
        }
        self.hand_over();
        Ok(())
    }

    fn poll_read(&mut self) -> Option<TaggedPacket> {
        None
    }

    fn handle_write(&mut self, mut message: TaggedPacket) -> Result<(), Error> {
        let now = message.now;
        if let Packet::Rtp(packet) = &mut message.message.packet {
            self.with_engine(|engine| engine.handle_outgoing(now, packet));
        }
        self.out.push_back(message);
        Ok(())
    }

    fn poll_write(&mut self) -> Option<TaggedPacket> {
        self.out.pop_front()
    }

    fn handle_timeout(&mut self, now: Instant) -> Result<(), Error> {
        let (due, padding) =
            self.with_engine(|engine| (engine.handle_timeout(now), engine.poll_padding(now)));
        self.send_rtcp(now, &due);
        self.out.extend(padding.into_iter().map(|packet| tagged(now, Packet::Rtp(packet))));
        Ok(())
    }

    fn poll_timeout(&mut self) -> Option<Instant> {
        self.with_engine(|engine| engine.timeout())
    }
}

impl Interceptor for EngineStage {
    fn bind_local_stream(&mut self, _info: &StreamInfo) {}

    fn unbind_local_stream(&mut self, _info: &StreamInfo) {}

    fn bind_remote_stream(&mut self, info: &StreamInfo) {
        if let Some(repair) = info.ssrc_rtx {
            self.with_engine(|engine| engine.expect_repairs(Ssrc(info.ssrc), Ssrc(repair)));
        }
    }

    fn unbind_remote_stream(&mut self, _info: &StreamInfo) {}
}
