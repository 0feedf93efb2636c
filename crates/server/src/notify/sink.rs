//! What takes events.

use carillon_control::Posting;

use super::retry::Failure;

/// Something that takes one event at a time.
pub(crate) trait Sink: Send + 'static {
    /// Hands an event over, and returns when it has been taken.
    ///
    /// The future may be dropped; whether the event was taken is then unknown.
    fn deliver(&mut self, posting: &Posting) -> impl Future<Output = Result<(), Failure>> + Send;
}
