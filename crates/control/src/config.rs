//! What an operator decides about the control plane.

use std::{path::PathBuf, time::Duration};

use crate::{
    boot::Boot, event_rules::EventRules, lifetime::LifetimeRules, placement::PlacementConfig,
    quota::Quotas,
};

/// A month: who gets hold of a key can enter the meetings that were made with it, and no others.
pub const KEY_LIFE: Duration = Duration::from_secs(30 * 86_400);

/// Where state is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreLocation {
    /// In this database file, which is made if it does not exist; its folder has to.
    File(PathBuf),
    /// In a temporary folder that goes with the process.
    Temporary,
}

/// What an operator decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlConfig {
    /// Where state is kept.
    pub store: StoreLocation,
    /// Where clients go.
    pub placement: PlacementConfig,
    /// How much an account may have.
    pub quotas: Quotas,
    /// How long meetings live.
    pub lifetime: LifetimeRules,
    /// For how long meetings are made with the same key; each keeps its own for life.
    pub key_life: Duration,
    /// Whether an engine is there that turns speech into text.
    pub transcription: bool,
    /// Who hears of what happens.
    pub events: EventRules,
    /// The run of the machine, where it is known.
    pub boot: Option<Boot>,
}

impl ControlConfig {
    /// Decides the two things that have no default; nobody hears of events.
    #[must_use]
    pub fn new(store: StoreLocation, placement: PlacementConfig) -> Self {
        Self {
            store,
            placement,
            quotas: Quotas::default(),
            lifetime: LifetimeRules::default(),
            key_life: KEY_LIFE,
            transcription: false,
            events: EventRules::default(),
            boot: None,
        }
    }
}
