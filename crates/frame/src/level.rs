//! How loud a packet is, in the unit of RFC 6464.

/// Loudness in -dBov: 0 is the loudest possible sound and 127 is silence (RFC 6464 section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AudioLevel(u8);

impl AudioLevel {
    /// Nothing to be heard.
    pub const SILENCE: Self = Self(127);

    /// Makes a level of its attenuation; anything above 127 is silence.
    #[must_use]
    pub const fn from_attenuation_db(attenuation: u8) -> Self {
        if attenuation > 127 { Self::SILENCE } else { Self(attenuation) }
    }

    /// How many decibels the sound lies below the loudest possible one: 0 to 127.
    #[must_use]
    pub const fn attenuation_db(self) -> u8 {
        self.0
    }

    /// Whether this sound is louder than the other.
    #[must_use]
    pub const fn is_louder_than(self, other: Self) -> bool {
        self.0 < other.0
    }

    /// The louder of two levels.
    #[must_use]
    pub const fn louder(self, other: Self) -> Self {
        if other.is_louder_than(self) { other } else { self }
    }
}

impl Default for AudioLevel {
    fn default() -> Self {
        Self::SILENCE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fewer_decibels_of_attenuation_are_louder() {
        let speech = AudioLevel::from_attenuation_db(30);
        assert!(speech.is_louder_than(AudioLevel::SILENCE));
        assert_eq!(speech.louder(AudioLevel::SILENCE), speech);
        assert_eq!(AudioLevel::from_attenuation_db(200), AudioLevel::SILENCE);
    }
}
