//! Which of its lives a meeting is in.

/// How often the service has been started since a meeting was made.
///
/// It is part of what a meeting is known by on the media side: whatever is numbered there starts higher in a later life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MeetingLife(u32);

impl MeetingLife {
    /// The life in which a meeting is made.
    pub const FIRST: Self = Self(0);

    /// Makes a life of how many went before it.
    #[must_use]
    pub const fn after(earlier: u32) -> Self {
        Self(earlier)
    }

    /// How many went before it.
    #[must_use]
    pub const fn earlier(self) -> u32 {
        self.0
    }
}
