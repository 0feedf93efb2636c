//! Layers of a stream with dependency descriptors (RTP Payload Format for AV1, appendix A).

use carillon_rtp::extension::dependency::{
    DecodeTarget, DependencyReader, FrameDependency, Indication,
};

use super::{Choice, UpTo};

/// Which decode target of a stream goes on.
#[derive(Clone, Debug, Default)]
pub(super) struct DescribedSelection {
    /// Nothing before the first frame whose descriptor can be read.
    target: Option<DecodeTarget>,
    /// Whether another target is wanted than what goes on.
    misses: bool,
    left_out: FrameWindow,
    /// The chains of which a frame was left out, bit by bit.
    broken: u32,
}

impl DescribedSelection {
    pub(super) fn choose(
        &mut self,
        wanted: UpTo,
        frame: &FrameDependency,
        dependencies: &DependencyReader,
    ) -> Choice {
        if self.left_out.advance_to(frame.number) {
            self.begin_frame(wanted, frame, dependencies);
        }
        if self.includes(frame) {
            return Choice::Forward;
        }
        self.left_out.insert(frame.number);
        if self.misses { Choice::Miss } else { Choice::LeaveOut }
    }

    pub(super) const fn includes(&self, frame: &FrameDependency) -> bool {
        match &self.target {
            Some(target) => !matches!(frame.indication(target.index), Indication::NotPresent),
            None => true,
        }
    }

    pub(super) fn is_top(&self, frame: &FrameDependency) -> bool {
        self.target.is_some_and(|target| target.spatial == frame.spatial)
    }

    fn begin_frame(
        &mut self,
        wanted: UpTo,
        frame: &FrameDependency,
        dependencies: &DependencyReader,
    ) {
        if frame.starts_structure {
            (self.target, self.broken) = (None, 0);
        }
        for chain in dependencies.active_targets().filter_map(|target| target.chain) {
            self.follow_chain(chain, frame);
        }
        let Some(best) = best(wanted, dependencies) else { return };
        let current = self.target.map(|target| target.index);
        if current != Some(best.index) && self.permits(best, frame) {
            self.target = Some(best);
        }
        // Going down waits for the next frame that permits it; only going up needs a key frame.
        self.misses = self.target.is_some_and(|target| {
            best.spatial > target.spatial && best.chain.is_some_and(|chain| self.is_broken(chain))
        });
    }

    /// A chain is whole as long as each of its frames went on; one without a frame before it begins.
    fn follow_chain(&mut self, chain: u8, frame: &FrameDependency) {
        let distance = frame.chain_distance(chain);
        let bit = 1_u32.unbounded_shl(chain.into());
        if distance == 0 {
            self.broken &= !bit;
        } else if self.left_out.contains(frame.number.wrapping_sub(distance.into())) {
            self.broken |= bit;
        }
    }

    const fn is_broken(&self, chain: u8) -> bool {
        self.broken & 1_u32.unbounded_shl(chain as u32) != 0
    }

    /// A target can begin with a frame from which it can be decoded, given all that its chain had.
    fn permits(&self, target: DecodeTarget, frame: &FrameDependency) -> bool {
        let switches = frame.indication(target.index) == Indication::Switch;
        let whole = target.chain.is_none_or(|chain| !self.is_broken(chain));
        frame.starts_structure || (switches && whole)
    }
}

/// The best target that the stream produces within these layers, or else its lowest.
fn best(wanted: UpTo, dependencies: &DependencyReader) -> Option<DecodeTarget> {
    let rank = |target: &DecodeTarget| (target.spatial, target.temporal);
    let within = dependencies
        .active_targets()
        .filter(|target| target.spatial <= wanted.spatial && target.temporal <= wanted.temporal);
    within.max_by_key(rank).or_else(|| dependencies.active_targets().min_by_key(rank))
}

/// Which of the last frames were left out, as far as a chain can reach back: 255 frames.
#[derive(Clone, Copy, Debug, Default)]
struct FrameWindow {
    newest: Option<u16>,
    left_out: [u64; 4],
}

impl FrameWindow {
    const LEN: i16 = 256;

    /// Begins a frame, if it is newer than all before.
    fn advance_to(&mut self, number: u16) -> bool {
        let Some(newest) = self.newest else {
            self.newest = Some(number);
            return true;
        };
        let step = number.wrapping_sub(newest).cast_signed();
        if step <= 0 {
            return false;
        }
        if step >= Self::LEN {
            self.left_out = [0; 4];
        } else {
            for passed in 1..=step {
                self.set(newest.wrapping_add(passed.cast_unsigned()), false);
            }
        }
        self.newest = Some(number);
        true
    }

    fn insert(&mut self, number: u16) {
        if self.covers(number) {
            self.set(number, true);
        }
    }

    fn contains(&self, number: u16) -> bool {
        let word = self.left_out.get(Self::word(number)).copied().unwrap_or(0);
        self.covers(number) && word & Self::bit(number) != 0
    }

    fn covers(&self, number: u16) -> bool {
        self.newest.is_some_and(|newest| {
            (0..Self::LEN).contains(&newest.wrapping_sub(number).cast_signed())
        })
    }

    fn set(&mut self, number: u16, left_out: bool) {
        if let Some(word) = self.left_out.get_mut(Self::word(number)) {
            *word = if left_out { *word | Self::bit(number) } else { *word & !Self::bit(number) };
        }
    }

    fn word(number: u16) -> usize {
        usize::from(number / 64 % 4)
    }

    const fn bit(number: u16) -> u64 {
        1 << (number % 64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_left_out_is_known_as_long_as_chains_reach() {
        let mut window = FrameWindow::default();
        assert!(window.advance_to(65_500));
        window.insert(65_500);
        assert!(!window.advance_to(65_499));
        window.insert(65_400);
        for number in 65_501..=65_535 {
            assert!(window.advance_to(number));
        }
        assert!(window.contains(65_500) && window.contains(65_400));
        assert!(window.advance_to(219));
        assert!(window.contains(65_500) && !window.contains(65_400) && !window.contains(219));
        assert!(window.advance_to(220));
        assert!(!window.contains(65_500));
    }
}
