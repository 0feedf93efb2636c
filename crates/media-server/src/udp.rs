//! A worker's UDP socket: batches in, batches out.

use std::{
    io::{self, IoSliceMut},
    net::SocketAddr,
};

use carillon_meeting::DatagramBatch;
use mio::net::UdpSocket;
use quinn_udp::{BATCH_SIZE, RecvMeta, Transmit, UdpSockRef, UdpSocketState};

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
        let mut buffers: Vec<IoSliceMut<'_>> =
            self.slots.chunks_exact_mut(RECEIVE_SLOT_BYTES).map(IoSliceMut::new).collect();
        let received = self.state.recv(
            UdpSockRef::from(&self.socket),
            &mut buffers,
            &mut self.metas,
        );
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
    pub(crate) fn send(&self, batch: &DatagramBatch) {
        for run in batch.runs(self.state.max_gso_segments()) {
            let transmit = Transmit {
                destination: run.destination,
                ecn: None,
                contents: run.bytes,
                segment_size: run.segment_size,
                src_ip: None,
            };
            if let Err(error) = self.state.try_send(UdpSockRef::from(&self.socket), &transmit) {
                tracing::debug!(%error, bytes = run.bytes.len(), "datagrams not sent");
            }
        }
    }
}
