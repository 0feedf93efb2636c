//! The bits of a parameter set (ITU-T H.264 sections 7.3.1 and 9.1).

/// Reads bits, most significant first, and leaves out the octets that keep start codes away.
#[derive(Debug)]
pub(super) struct BitReader<'a> {
    bytes: &'a [u8],
    /// Which bit of the first octet comes next: 0 to 7.
    bit: u32,
    /// How many zero octets came last.
    zeros: u8,
}

/// The octet that a writer puts behind two zeros.
const EMULATION_PREVENTION: u8 = 3;

impl<'a> BitReader<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, bit: 0, zeros: 0 }
    }

    /// The next bit.
    pub(super) fn bit(&mut self) -> Option<bool> {
        let (mut first, mut rest) = self.bytes.split_first()?;
        if self.bit == 0 && self.zeros >= 2 && *first == EMULATION_PREVENTION {
            self.zeros = 0;
            self.bytes = rest;
            (first, rest) = self.bytes.split_first()?;
        }
        let set = (first << self.bit) & 0x80 != 0;
        self.bit = self.bit.saturating_add(1);
        if self.bit == 8 {
            self.bit = 0;
            self.bytes = rest;
            self.zeros = if *first == 0 { self.zeros.saturating_add(1) } else { 0 };
        }
        Some(set)
    }

    /// The next `count` bits as a number: 32 at most.
    pub(super) fn bits(&mut self, count: u32) -> Option<u32> {
        let mut value = 0_u32;
        for _ in 0..count.min(32) {
            value = value << 1 | u32::from(self.bit()?);
        }
        Some(value)
    }

    /// The next number of variable length, `ue(v)`.
    pub(super) fn unsigned(&mut self) -> Option<u32> {
        let mut zeros = 0_u32;
        while !self.bit()? {
            zeros = zeros.saturating_add(1);
        }
        let low = (zeros < 32).then(|| self.bits(zeros)).flatten()?;
        (1_u32 << zeros).checked_sub(1)?.checked_add(low)
    }

    /// The next signed number of variable length, `se(v)`.
    pub(super) fn signed(&mut self) -> Option<i32> {
        let code = self.unsigned()?;
        let half = i32::try_from(code.div_ceil(2)).ok()?;
        Some(if code % 2 == 0 { half.saturating_neg() } else { half })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_variable_length_are_read() {
        // 1, 010, 011, 00100, 00101, then padding.
        let mut reader = BitReader::new(&[0b1010_0110, 0b0100_0010, 0b1100_0000]);
        assert_eq!([(); 5].map(|()| reader.unsigned().unwrap()), [0, 1, 2, 3, 4]);
        let mut reader = BitReader::new(&[0b0100_1100, 0b1000_0101, 0]);
        assert_eq!([(); 4].map(|()| reader.signed().unwrap()), [1, -1, 2, -2]);
    }

    #[test]
    fn octets_against_emulation_are_left_out() {
        let mut reader = BitReader::new(&[0, 0, 3, 1, 0, 0, 3]);
        assert_eq!((reader.bits(24), reader.bits(16), reader.bit()), (Some(1), Some(0), None));
    }

    #[test]
    fn endless_zeros_are_no_number() {
        assert_eq!(BitReader::new(&[0; 40]).unsigned(), None);
        assert_eq!(BitReader::new(&[0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff]).unsigned(), None);
    }
}
