//! How a viewer's bitrate is shared among the pictures it asked for.
//!
//! What matters more takes first; what matters the same shares evenly, and what one does not need goes to the others
//! (max-min fairness; Bertsekas and Gallager, "Data Networks", section 6.5.2).

use carillon_frame::Bitrate;

use crate::subscription::SubscriptionId;

/// How much of what it needs a picture has to be able to get before it is shown better, in hundredths.
///
/// Rates swing by a tenth from second to second, and each change of a layer costs a key frame; more would leave
/// bitrate unused.
const MARGIN: u32 = 110;

/// A section that a viewer would like to see something in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The section.
    pub subscription: SubscriptionId,
    /// How much it matters, beside the viewer's other sections: the highest is served first.
    pub priority: u32,
}

/// How much of a viewer's bitrate one of its sections may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// The section.
    pub subscription: SubscriptionId,
    /// How much it could take: what it is sent, and what nobody needs.
    pub offered: Bitrate,
    /// Whether anything of it goes on.
    pub shown: Shown,
}

/// Whether a section is shown anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// It is.
    Yes,
    /// Not even the least of it fits.
    HeldBack,
}

/// What a section could be sent, in ascending rates, and what it is sent.
#[derive(Clone, Debug)]
pub(crate) struct Demand {
    pub(crate) priority: u32,
    /// Never empty.
    pub(crate) steps: Vec<Bitrate>,
    /// How many of the steps are sent.
    pub(crate) current: usize,
}

/// What comes of a demand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Grant {
    /// How many of the steps fit.
    pub(crate) steps: usize,
    /// What these take.
    pub(crate) taken: Bitrate,
    /// What it may take at most: its even share, or what these take if that is more.
    pub(crate) share: Bitrate,
}

/// Shares a bitrate among demands; what nobody needs is returned beside the grants.
pub(crate) fn share(budget: Bitrate, demands: &[Demand]) -> (Vec<Grant>, Bitrate) {
    let mut grants = vec![Grant::default(); demands.len()];
    let mut classes: Vec<u32> = demands.iter().map(|demand| demand.priority).collect();
    classes.sort_unstable_by(|one, other| other.cmp(one));
    classes.dedup();
    let mut rest = budget;
    for class in classes {
        rest = share_evenly(rest, class, demands, &mut grants);
    }
    (grants, rest)
}

/// Shares a bitrate among the demands of one priority.
fn share_evenly(budget: Bitrate, class: u32, demands: &[Demand], grants: &mut [Grant]) -> Bitrate {
    let mut members: Vec<(&Demand, &mut Grant)> = demands
        .iter()
        .zip(grants.iter_mut())
        .filter(|(demand, _)| demand.priority == class)
        .collect();
    members.sort_by_key(|(demand, _)| demand.top());
    let mut rest = budget;
    let mut left = members.len() as u64;
    for (demand, grant) in &mut members {
        let even = Bitrate::from_bps(rest.bps().checked_div(left).unwrap_or(0));
        grant.share = demand.top().min(even);
        grant.steps = demand.fitting(grant.share);
        rest = rest.saturating_sub(demand.rate(grant.steps));
        left = left.saturating_sub(1);
    }
    // What was too little for somebody's next step may be enough for another's.
    for (demand, grant) in &mut members {
        let taken = demand.rate(grant.steps);
        grant.steps = demand.fitting(taken.saturating_add(rest));
        rest = rest.saturating_add(taken).saturating_sub(demand.rate(grant.steps));
        grant.taken = demand.rate(grant.steps);
        grant.share = grant.share.max(grant.taken);
    }
    rest
}

impl Demand {
    fn top(&self) -> Bitrate {
        self.steps.last().copied().unwrap_or_default()
    }

    /// What so many steps take.
    fn rate(&self, steps: usize) -> Bitrate {
        let last = steps.checked_sub(1).and_then(|last| self.steps.get(last));
        last.copied().unwrap_or_default()
    }

    /// How many steps fit; more than are sent only with a margin.
    fn fitting(&self, share: Bitrate) -> usize {
        let mut steps = 0;
        for (number, rate) in (1..).zip(&self.steps) {
            let needed = if number > self.current { rate.percent(MARGIN) } else { *rate };
            if needed <= share {
                steps = number;
            }
        }
        steps
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn demand(priority: u32, current: usize, steps: &[u32]) -> Demand {
        let steps = steps.iter().copied().map(Bitrate::from_kbps).collect();
        Demand { priority, steps, current }
    }

    fn steps(kbps: u32, demands: &[Demand]) -> Vec<usize> {
        let (grants, _) = share(Bitrate::from_kbps(kbps), demands);
        grants.iter().map(|grant| grant.steps).collect()
    }

    #[test]
    fn everybody_is_shown_before_anybody_is_shown_well() {
        let three = [0; 3].map(|_| demand(0, 2, &[300, 1_200]));
        assert_eq!(steps(1_000, &three), [1, 1, 1]);
        assert_eq!(steps(2_000, &three), [1, 1, 2]);
        assert_eq!(steps(3_600, &three), [2, 2, 2]);
        assert_eq!(steps(700, &three), [0, 1, 1]);
    }

    #[test]
    fn what_matters_more_takes_first() {
        let demands = [demand(0, 1, &[300]), demand(1, 1, &[1_000])];
        assert_eq!(steps(1_100, &demands), [0, 1]);
        assert_eq!(steps(1_300, &demands), [1, 1]);
    }

    #[test]
    fn a_step_up_needs_a_margin_and_staying_does_not() {
        assert_eq!(steps(1_300, &[demand(0, 2, &[300, 1_200])]), [2]);
        assert_eq!(steps(1_300, &[demand(0, 1, &[300, 1_200])]), [1]);
        assert_eq!(steps(1_380, &[demand(0, 1, &[300, 1_200])]), [2]);
    }

    #[test]
    fn what_nobody_needs_is_told() {
        let (grants, rest) = share(Bitrate::from_kbps(2_000), &[demand(0, 1, &[500])]);
        assert_eq!((grants[0].share.kbps(), rest.kbps()), (500, 1_500));
    }

    proptest! {
        #[test]
        fn no_more_is_given_out_than_there_is(
            kbps in 0_u32..5_000,
            claims in prop::collection::vec((0_u32..3, 0_usize..4, prop::collection::vec(1_u32..2_000, 1..4)), 0..30),
        ) {
            let demands: Vec<Demand> = claims.into_iter().map(|(priority, current, mut steps)| {
                steps.sort_unstable();
                demand(priority, current, &steps)
            }).collect();
            let budget = Bitrate::from_kbps(kbps);
            let (grants, rest) = share(budget, &demands);
            let taken = grants.iter().map(|grant| grant.taken.bps()).sum::<u64>();
            prop_assert_eq!(taken + rest.bps(), budget.bps());
        }
    }
}
