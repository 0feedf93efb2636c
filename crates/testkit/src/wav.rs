//! WAV files of 48 kHz, one channel and 16 bits: what Chromium plays for a microphone.

use carillon_frame::SAMPLE_RATE;

/// What stands before the samples.
const HEADER_BYTES: usize = 44;

/// Why a file could not be read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum WavError {
    /// The file is not a WAV file of 48 kHz mono in 16 bits with a plain header: convert it.
    #[error("not a plain 48 kHz mono 16-bit wav file")]
    Unsupported,
    /// The file names more samples than it holds: it is cut off.
    #[error("wav file is cut off")]
    Truncated,
}

/// The bytes of a WAV file.
///
/// # Panics
/// On more than 4 GiB of sound, which the format cannot name.
#[must_use]
pub fn write(samples: &[i16]) -> Vec<u8> {
    let bytes = u32::try_from(samples.len() * 2).expect("a wav file holds less than 4 GiB");
    let mut file = header(bytes);
    file.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    file
}

/// The samples of a file as [`write()`] makes it.
///
/// # Errors
/// [`WavError`] when the header is another, or the file is cut off.
pub fn read(file: &[u8]) -> Result<Vec<i16>, WavError> {
    let (head, data) = file.split_at_checked(HEADER_BYTES).ok_or(WavError::Unsupported)?;
    let size = head.last_chunk().map(|size| u32::from_le_bytes(*size));
    let size = size.filter(|size| head == header(*size)).ok_or(WavError::Unsupported)?;
    let data = data.get(..size as usize).ok_or(WavError::Truncated)?;
    Ok(data.as_chunks().0.iter().map(|sample| i16::from_le_bytes(*sample)).collect())
}

fn header(data_bytes: u32) -> Vec<u8> {
    let rate = SAMPLE_RATE.hz();
    let mut header = Vec::with_capacity(HEADER_BYTES);
    header.extend(b"RIFF");
    header.extend(data_bytes.saturating_add(36).to_le_bytes());
    header.extend(b"WAVEfmt ");
    header.extend(16_u32.to_le_bytes());
    // Plain PCM, one channel.
    header.extend([1, 0, 1, 0]);
    header.extend(rate.to_le_bytes());
    header.extend((rate * 2).to_le_bytes());
    // Two bytes a frame, 16 bits a sample.
    header.extend([2, 0, 16, 0]);
    header.extend(b"data");
    header.extend(data_bytes.to_le_bytes());
    header
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_header_of_another_format_and_a_cut_file_are_refused() {
        let mut file = write(&[1, 2, 3]);
        assert_eq!(read(&file[..48]), Err(WavError::Truncated));
        file[22] = 2;
        assert_eq!(read(&file), Err(WavError::Unsupported));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(samples in prop::collection::vec(any::<i16>(), 0..300)) {
            prop_assert_eq!(read(&write(&samples)), Ok(samples));
        }

        #[test]
        fn any_bytes_are_judged_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let mut file = write(&[]);
            file.truncate(40);
            file.extend(&bytes);
            drop(read(&file));
            drop(read(&bytes));
        }
    }
}
