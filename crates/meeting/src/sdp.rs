//! Session descriptions: what a client's offer says and how it is answered (RFC 8829, RFC 8859).

mod answer;
mod format;
mod offer;
mod simulcast;

pub(crate) use answer::CNAME;
pub use answer::{Answer, AnswerSection, LocalTransport, SentTrack};
pub use format::{Format, OfferedFormat};
pub use offer::{
    Direction, MediaKind, Offer, OfferError, OfferSection, RemoteTransport, SectionState,
};
pub use simulcast::Rid;
