//! The generated messages of `proto/signaling.proto`; only `wire` speaks them.

#![allow(dead_code, reason = "the schema is kept whole, unused names included")]
#![expect(
    unnameable_types,
    unreachable_pub,
    clippy::enum_variant_names,
    clippy::too_many_lines,
    reason = "generated"
)]

include!(concat!(env!("OUT_DIR"), "/carillon.signaling.rs"));
