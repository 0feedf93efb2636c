//! Who asks.

use serde::{Deserialize, Serialize};

use crate::text::{AccountId, ControlRegion};

/// The account a request was signed for, and the region of its signature.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Caller {
    /// The account.
    pub account: AccountId,
    /// The region.
    pub region: ControlRegion,
}
