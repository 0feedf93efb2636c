//! The bits of a unit (ITU-T H.264 sections 7.3.1 and 9.1).

/// Reads bits, highest first; nothing behind the end.
#[derive(Debug)]
pub(in crate::file) struct Bits {
    octets: Vec<u8>,
    at: usize,
}

impl Bits {
    /// The bits behind the header of a unit, without the octets that keep start codes out of it.
    pub(in crate::file) fn of_unit(unit: &[u8]) -> Self {
        let mut octets = Vec::with_capacity(unit.len());
        let mut zeros = 0;
        for octet in unit.iter().skip(1).copied() {
            if zeros >= 2 && octet == 3 {
                zeros = 0;
                continue;
            }
            zeros = if octet == 0 { zeros + 1 } else { 0 };
            octets.push(octet);
        }
        Self { octets, at: 0 }
    }

    /// One bit.
    pub(in crate::file) fn bit(&mut self) -> Option<bool> {
        let octet = self.octets.get(self.at / 8)?;
        let mask = 0x80_u8.checked_shr(u32::try_from(self.at % 8).ok()?)?;
        self.at = self.at.saturating_add(1);
        Some(octet & mask != 0)
    }

    /// A number of so many bits, at most 32.
    pub(in crate::file) fn number(&mut self, bits: u32) -> Option<u32> {
        (0..bits).try_fold(0_u32, |number, _| Some((number << 1) | u32::from(self.bit()?)))
    }

    /// A number without sign of a length that it tells itself.
    pub(in crate::file) fn unsigned(&mut self) -> Option<u32> {
        let mut zeros = 0;
        while !self.bit()? {
            zeros += 1;
            if zeros > 31 {
                return None;
            }
        }
        let rest = self.number(zeros)?;
        1_u32.checked_shl(zeros)?.checked_sub(1)?.checked_add(rest)
    }

    /// A number with sign of a length that it tells itself.
    pub(in crate::file) fn signed(&mut self) -> Option<i32> {
        let number = self.unsigned()?;
        let half = i32::try_from(number.div_ceil(2)).ok()?;
        Some(if number % 2 == 0 { half.saturating_neg() } else { half })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_their_own_length_are_read() {
        // 1, 010, 011, 00100, 1, and no more than two bits.
        let mut bits = Bits::of_unit(&[0x67, 0b1010_0110, 0b0100_1000]);
        assert_eq!(bits.unsigned(), Some(0));
        assert_eq!(bits.signed(), Some(1));
        assert_eq!(bits.signed(), Some(-1));
        assert_eq!(bits.unsigned(), Some(3));
        assert_eq!(bits.bit(), Some(true));
        assert_eq!(bits.unsigned(), None);
    }

    #[test]
    fn what_keeps_start_codes_out_is_left_out() {
        let mut bits = Bits::of_unit(&[0x67, 0, 0, 3, 1, 0, 3]);
        assert_eq!(bits.number(32), Some(0x0000_0100));
        assert_eq!(bits.number(8), Some(3));
    }
}
