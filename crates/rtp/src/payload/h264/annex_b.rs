//! The byte stream in which encoders write units and decoders read them (ITU-T H.264 Annex B).

/// What stands in front of every unit that is written.
pub const START_CODE: [u8; 4] = [0, 0, 0, 1];

/// The part of a start code that readers look for; a zero may stand in front of it.
const SHORT_START_CODE: [u8; 3] = [0, 0, 1];

/// The units of a byte stream, without start codes and the zeros that may trail a unit; empty ones are left out.
#[derive(Clone, Copy, Debug)]
pub struct AnnexBUnits<'a> {
    /// What follows the latest start code.
    rest: Option<&'a [u8]>,
}

impl<'a> AnnexBUnits<'a> {
    /// Reads a byte stream; what stands in front of its first start code is left out.
    #[must_use]
    pub fn new(stream: &'a [u8]) -> Self {
        Self { rest: start_code(stream).and_then(|at| behind_start_code(stream, at)) }
    }
}

impl<'a> Iterator for AnnexBUnits<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let rest = self.rest?;
            let unit = match start_code(rest) {
                Some(at) => {
                    self.rest = behind_start_code(rest, at);
                    rest.get(..at)?
                }
                None => {
                    self.rest = None;
                    rest
                }
            };
            let unit = without_trailing_zeros(unit);
            if !unit.is_empty() {
                return Some(unit);
            }
        }
    }
}

/// Where the next start code begins.
fn start_code(bytes: &[u8]) -> Option<usize> {
    let mut at = 0_usize;
    loop {
        let window: &[u8; 3] = bytes.get(at..)?.first_chunk()?;
        if *window == SHORT_START_CODE {
            return Some(at);
        }
        // An octet beyond 1 is part of no start code that begins in this window.
        let [_, second, third] = *window;
        at = at.saturating_add(if third > 1 {
            3
        } else if third == 1 || second != 0 {
            2
        } else {
            1
        });
    }
}

fn behind_start_code(bytes: &[u8], at: usize) -> Option<&[u8]> {
    bytes.get(at.saturating_add(SHORT_START_CODE.len())..)
}

fn without_trailing_zeros(unit: &[u8]) -> &[u8] {
    let zeros = unit.iter().rev().take_while(|octet| **octet == 0).count();
    unit.get(..unit.len().saturating_sub(zeros)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn units(stream: &[u8]) -> Vec<&[u8]> {
        AnnexBUnits::new(stream).collect()
    }

    #[test]
    fn both_start_codes_are_understood() {
        let stream = [0, 0, 0, 1, 0x67, 1, 0, 0, 1, 0x68, 0, 0, 0, 1, 0x65, 9];
        assert_eq!(units(&stream), [&[0x67, 1][..], &[0x68], &[0x65, 9]]);
    }

    #[test]
    fn what_precedes_the_first_start_code_and_empty_units_are_left_out() {
        assert_eq!(units(&[7, 7, 0, 0, 1, 0, 0, 1, 0x41, 3, 0, 0]), [&[0x41, 3][..]]);
        assert!(
            units(&[]).is_empty() && units(&[1, 2, 3]).is_empty() && units(&[0, 0, 1]).is_empty()
        );
    }

    proptest! {
        #[test]
        fn any_bytes_hold_the_units_that_a_plain_search_finds(
            bytes in prop::collection::vec(prop_oneof![3 => Just(0_u8), 2 => Just(1), 1 => any::<u8>()], 0..60),
        ) {
            let mut plain = Vec::new();
            let mut starts: Vec<usize> = (0..bytes.len())
                .filter(|at| bytes[*at..].starts_with(&SHORT_START_CODE))
                .collect();
            starts.push(bytes.len() + 3);
            for pair in starts.windows(2) {
                let end = pair[1].min(bytes.len());
                let unit = &bytes[pair[0] + 3..end.max(pair[0] + 3)];
                plain.push(without_trailing_zeros(unit).to_vec());
            }
            plain.retain(|unit| !unit.is_empty());
            prop_assert_eq!(units(&bytes), plain);
        }
    }
}
