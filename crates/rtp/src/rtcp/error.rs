//! Why bytes are no RTCP.

use thiserror::Error;

/// Why a compound packet was refused; the caller drops all of it and counts.
#[derive(Debug, Error)]
pub enum RtcpError {
    /// The compound is longer than any that a client has reason to send: drop it.
    #[error("rtcp of {len} octets is longer than {limit}")]
    TooLong {
        /// How many octets there were.
        len: usize,
        /// How many are allowed.
        limit: usize,
    },
    /// The compound has more packets than any client has reason to send: drop it.
    #[error("rtcp compound has more than {limit} packets")]
    TooManyPackets {
        /// How many are allowed.
        limit: usize,
    },
    /// The bytes end inside a packet, or there are none: drop them.
    #[error("rtcp ends inside a packet")]
    Truncated,
    /// The first two bits of a packet are another protocol's: drop the compound.
    #[error("rtcp version {found} is not 2")]
    Version {
        /// The version that was found.
        found: u8,
    },
    /// A transport feedback covers more packets than are sent between two of them: drop it.
    #[error("transport feedback about {count} packets exceeds {limit}")]
    TooManyStatuses {
        /// How many packets it covers.
        count: u16,
        /// How many are allowed.
        limit: u16,
    },
    /// A packet contradicts itself: drop the compound.
    #[error("rtcp packet of type {packet_type} is malformed")]
    Malformed {
        /// The type that the packet says it has.
        packet_type: u8,
        /// What is wrong with it.
        #[source]
        source: MalformedRtcp,
    },
}

/// What the RTCP reader found wrong; for the log only.
#[derive(Debug, Error)]
#[error(transparent)]
pub struct MalformedRtcp(#[from] rtc_shared::error::Error);
