//! Events of targets that were taken out of the configuration.

use std::collections::BTreeMap;

use carillon_types::WallTime;

use crate::{
    event_rules::{EventRules, TargetName},
    store::{Store, StoreError},
};

/// Lets events go that are too old for a target that may come back, warns of each target, and returns how many went.
///
/// Younger ones are kept: who mistyped a name and puts it right has lost nothing.
pub(crate) async fn forget_strays(
    store: &mut impl Store,
    strays: BTreeMap<TargetName, usize>,
    now: WallTime,
) -> Result<usize, StoreError> {
    let age = u64::try_from(EventRules::LONGEST_AGE.as_millis()).unwrap_or(u64::MAX);
    let since = WallTime::from_millis(now.as_millis().saturating_sub(age));
    let mut forgotten: usize = 0;
    for (target, waiting) in strays {
        let dropped = store.forget_postings(&target, since).await?;
        let (target, kept) = (target.as_str(), waiting.saturating_sub(dropped));
        tracing::warn!(
            target_name = target,
            kept,
            dropped,
            "events wait for a target that is not configured: they are kept for a day in case it comes back"
        );
        forgotten = forgotten.saturating_add(dropped);
    }
    Ok(forgotten)
}
