//! A worker's UDP socket: batches in, batches out.

use std::{
    array,
    io::{self, IoSliceMut},
    net::SocketAddr,
};

use carillon_meeting::DatagramBatch;
use mio::net::UdpSocket;
use quinn_udp::{BATCH_SIZE, RecvMeta, Transmit, UdpSockRef, UdpSocketState};

use crate::stats::Counters;

/// The bytes one receive slot holds: what the kernel may coalesce into one buffer (UDP_GRO), less truncates datagrams.
const RECEIVE_SLOT_BYTES: usize = 64 * 1024;

/// The socket buffers asked for, in bytes, each way: a key frame to 100 viewers is about 5 MB in a burst, of which the
/// kernel drains most while it is written; less loses packets, more only hides a worker that cannot keep up.
const SOCKET_BUFFER_BYTES: usize = 2 * 1024 * 1024;

/// A UDP socket that moves several datagrams in one system call where the kernel can.
#[derive(Debug)]
pub(crate) struct MediaSocket {
    socket: UdpSocket,
    state: UdpSocketState,
    slots: Vec<u8>,
    metas: Vec<RecvMeta>,
}

impl MediaSocket {
    /// Binds the address; port zero takes a free one.
    pub(crate) fn bind(address: SocketAddr) -> io::Result<Self> {
        let socket = UdpSocket::bind(address)?;
        let state = UdpSocketState::new(UdpSockRef::from(&socket))?;
        // Refused sizes only cost packets in bursts: the kernel's own limit stays in force.
        for resized in [
            state.set_recv_buffer_size(UdpSockRef::from(&socket), SOCKET_BUFFER_BYTES),
            state.set_send_buffer_size(UdpSockRef::from(&socket), SOCKET_BUFFER_BYTES),
        ] {
            if let Err(error) = resized {
                tracing::debug!(%error, "socket buffers keep their size");
            }
        }
        let slots = vec![0; RECEIVE_SLOT_BYTES.saturating_mul(BATCH_SIZE)];
        Ok(Self { socket, state, slots, metas: vec![RecvMeta::default(); BATCH_SIZE] })
    }

    /// The address the socket has.
    pub(crate) fn local_address(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// The socket, to be waited on.
    pub(crate) const fn source(&mut self) -> &mut UdpSocket {
        &mut self.socket
    }

    /// Receives what has arrived, up to one batch, and hands out each datagram.
    ///
    /// Returns how many there were; zero means that nothing is waiting.
    pub(crate) fn receive(
        &mut self,
        mut each: impl FnMut(SocketAddr, &mut [u8]),
    ) -> io::Result<usize> {
        let mut slots = self.slots.chunks_exact_mut(RECEIVE_SLOT_BYTES);
        let mut buffers: [IoSliceMut<'_>; BATCH_SIZE] =
            array::from_fn(|_| IoSliceMut::new(slots.next().unwrap_or_default()));
        let socket = UdpSockRef::from(&self.socket);
        let received = self.state.recv(socket, &mut buffers, &mut self.metas);
        let filled = match received {
            Ok(filled) => filled,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(0),
            Err(error) => return Err(error),
        };
        let mut count: usize = 0;
        for (meta, slot) in
            self.metas.iter().zip(self.slots.chunks_exact_mut(RECEIVE_SLOT_BYTES)).take(filled)
        {
            let filled = slot.get_mut(..meta.len).unwrap_or_default();
            if filled.is_empty() {
                each(meta.addr, filled);
                count = count.saturating_add(1);
                continue;
            }
            for datagram in filled.chunks_mut(meta.stride.max(1)) {
                each(meta.addr, datagram);
                count = count.saturating_add(1);
            }
        }
        Ok(count)
    }

    /// Sends a batch, runs of equal length to one address in one call each.
    ///
    /// What the kernel has no room for is dropped, as a congested link would.
    pub(crate) fn send(&self, batch: &DatagramBatch, counters: &Counters) {
        let (mut bytes, mut sent, mut unsent): (usize, usize, usize) = (0, 0, 0);
        for run in batch.runs(self.state.max_gso_segments()) {
            let transmit = Transmit {
                destination: run.destination,
                ecn: None,
                contents: run.bytes,
                segment_size: run.segment_size,
                src_ip: None,
            };
            let datagrams =
                run.segment_size.map_or(1, |size| run.bytes.len().div_ceil(size.max(1)));
            match self.state.try_send(UdpSockRef::from(&self.socket), &transmit) {
                Ok(()) => {
                    sent = sent.saturating_add(datagrams);
                    bytes = bytes.saturating_add(run.bytes.len());
                }
                Err(error) => {
                    tracing::debug!(%error, datagrams, "datagrams not sent");
                    unsent = unsent.saturating_add(datagrams);
                }
            }
        }
        counters.datagrams_sent.add(sent);
        counters.bytes_sent.add(bytes);
        counters.datagrams_unsent.add(unsent);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use mio::{Events, Interest, Poll, Token};
    use proptest::prelude::*;

    use super::*;
    use crate::stats::MediaStats;

    /// A socket on loopback, and what waits for its datagrams.
    struct Receiver {
        socket: MediaSocket,
        poll: Poll,
    }

    impl Receiver {
        fn new() -> (Self, SocketAddr) {
            let mut socket = MediaSocket::bind("127.0.0.1:0".parse().unwrap()).unwrap();
            let address = socket.local_address().unwrap();
            let poll = Poll::new().unwrap();
            poll.registry().register(socket.source(), Token(0), Interest::READABLE).unwrap();
            (Self { socket, poll }, address)
        }

        fn take(mut self, expected: usize) -> Vec<Vec<u8>> {
            let mut arrived = Vec::new();
            let mut events = Events::with_capacity(1);
            while arrived.len() < expected {
                let each = |_, datagram: &mut [u8]| arrived.push(datagram.to_vec());
                if self.socket.receive(each).unwrap() == 0 {
                    self.poll.poll(&mut events, Some(Duration::from_secs(10))).unwrap();
                    assert!(!events.is_empty(), "{} of {expected} arrived", arrived.len());
                }
            }
            arrived
        }
    }

    /// Sends datagrams of these lengths over loopback; returns what arrives, and what was counted.
    fn travel(lengths: &[usize]) -> (Vec<Vec<u8>>, MediaStats) {
        let (receiver, to) = Receiver::new();
        let mut batch = DatagramBatch::default();
        for (index, length) in lengths.iter().enumerate() {
            batch.push(to, &datagram(index, *length));
        }
        let counters = Counters::default();
        MediaSocket::bind("127.0.0.1:0".parse().unwrap()).unwrap().send(&batch, &counters);
        let mut stats = MediaStats::default();
        counters.add_to(&mut stats);
        (receiver.take(lengths.len()), stats)
    }

    fn datagram(index: usize, length: usize) -> Vec<u8> {
        vec![u8::try_from(index % 256).unwrap(); length]
    }

    #[test]
    fn a_run_is_cut_into_its_datagrams_again() {
        let lengths = [&[1_150; 40][..], &[300], &[1_150; 5], &[60; 70]].concat();
        let (arrived, stats) = travel(&lengths);
        let sent: Vec<_> = lengths.iter().enumerate().map(|(i, n)| datagram(i, *n)).collect();
        assert_eq!(arrived, sent);
        assert_eq!(stats.datagrams_sent, 116);
        assert_eq!(stats.bytes_sent, 45 * 1_150 + 300 + 70 * 60);
        assert_eq!(stats.datagrams_unsent, 0);
    }

    #[test]
    fn what_cannot_be_sent_is_counted_and_stops_nothing() {
        let socket = MediaSocket::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let mut batch = DatagramBatch::default();
        // A socket of one family reaches nobody of the other.
        batch.push("[::1]:9".parse().unwrap(), b"lost");
        batch.push(socket.local_address().unwrap(), b"sent");
        let counters = Counters::default();
        socket.send(&batch, &counters);
        assert_eq!((counters.datagrams_unsent.get(), counters.datagrams_sent.get()), (1, 1));
    }

    #[test]
    fn an_empty_datagram_is_one_and_hides_nothing_behind_it() {
        let (receiver, to) = Receiver::new();
        let stranger = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        for datagram in [&b""[..], b"", b"behind"] {
            stranger.send_to(datagram, to).unwrap();
        }
        assert_eq!(receiver.take(3), [&b""[..], b"", b"behind"]);
    }

    #[test]
    fn nothing_waiting_is_no_error() {
        let mut socket = MediaSocket::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        assert_eq!(socket.receive(|_, _| unreachable!()).unwrap(), 0);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn datagrams_of_any_length_arrive_as_they_were_sent(
            lengths in prop::collection::vec(1_usize..1_400, 1..60),
        ) {
            let (arrived, _) = travel(&lengths);
            for (index, (bytes, length)) in arrived.iter().zip(&lengths).enumerate() {
                prop_assert_eq!(bytes, &datagram(index, *length));
            }
        }
    }
}
