//! Bits from the highest down, as AV1 and VP9 write them.

/// Reads numbers of any width from octets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BitReader<'a> {
    octets: &'a [u8],
    /// How many bits were read.
    at: usize,
}

impl<'a> BitReader<'a> {
    pub(crate) const fn new(octets: &'a [u8]) -> Self {
        Self { octets, at: 0 }
    }

    /// Whether no bit is left.
    pub(crate) const fn is_empty(&self) -> bool {
        self.at >= self.octets.len().saturating_mul(8)
    }

    /// A number of `width` bits.
    pub(crate) fn take(&mut self, width: u32) -> Option<u32> {
        let mut number = 0_u32;
        for _ in 0..width {
            let octet = self.octets.get(self.at / 8)?;
            let bit = octet >> (7 - self.at % 8) & 1;
            number = number.wrapping_shl(1) | u32::from(bit);
            self.at = self.at.saturating_add(1);
        }
        Some(number)
    }

    /// A number of at most eight bits.
    pub(crate) fn small(&mut self, width: u32) -> Option<u8> {
        u8::try_from(self.take(width)?).ok()
    }

    pub(crate) fn flag(&mut self) -> Option<bool> {
        self.take(1).map(|bit| bit == 1)
    }

    /// A number below `bound`, in the shortest code for that (AV1 section 4.10.7, `ns`).
    pub(crate) fn below(&mut self, bound: u32) -> Option<u8> {
        let width = u32::BITS.saturating_sub(bound.leading_zeros());
        let short = 1_u32.checked_shl(width)?.saturating_sub(bound);
        let number = self.take(width.saturating_sub(1))?;
        let number = if number < short {
            number
        } else {
            let last = self.take(1)?;
            number.wrapping_shl(1).wrapping_add(last).wrapping_sub(short)
        };
        u8::try_from(number).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_from_the_highest_bit_down() {
        let mut bits = BitReader::new(&[0b1010_0110, 0xff]);
        assert_eq!(bits.take(3), Some(0b101));
        assert_eq!(bits.small(5), Some(0b0_0110));
        assert!(!bits.is_empty());
        assert_eq!(bits.take(9), None);
    }

    /// The five codes of numbers below five: 00, 01, 10, 110 and 111.
    #[test]
    fn bounded_numbers_take_the_bits_they_need() {
        let mut bits = BitReader::new(&[0b0001_1011, 0b0111_0000]);
        let numbers = std::iter::repeat_with(|| bits.below(5)).take(5);
        assert_eq!(numbers.flatten().collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
        assert_eq!(bits.below(1), Some(0), "which takes no bit at all");
    }
}
