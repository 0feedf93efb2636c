//! AV1 (RTP Payload Format for AV1, section 4.4).

/// Set in the aggregation header of the packet that starts a coded video sequence.
const NEW_SEQUENCE: u8 = 0x08;

/// Whether this payload starts a coded video sequence, which begins with a key frame.
#[must_use]
pub fn starts_key_frame(payload: &[u8]) -> bool {
    matches!(payload, [aggregation, _, ..] if aggregation & NEW_SEQUENCE != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_frame_is_told_by_the_aggregation_header() {
        assert!(starts_key_frame(&[0x18, 0x0a]));
        assert!(!starts_key_frame(&[0x10, 0x0a]));
        assert!(!starts_key_frame(&[0x18]));
        assert!(!starts_key_frame(&[]));
    }
}
