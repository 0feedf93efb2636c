//! Why a file cannot be read or written.

use std::io;

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileFormat {
    /// RIFF WAVE.
    Wav,
    /// Opus in Ogg (RFC 7845).
    OggOpus,
    /// Uncompressed pictures, YUV4MPEG2.
    Y4m,
    /// H.264 with start codes (annex B of its specification).
    AnnexB,
    /// Fragmented MP4 (ISO base media file format).
    Mp4,
}

impl std::fmt::Display for FileFormat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Wav => "WAV",
            Self::OggOpus => "Ogg Opus",
            Self::Y4m => "Y4M",
            Self::AnnexB => "H.264",
            Self::Mp4 => "MP4",
        })
    }
}

/// Why a file cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// The system refuses: check the path, the permissions and the space left.
    #[error("the file cannot be read or written: check its path, permissions and the space left")]
    Io(#[from] io::Error),
    /// It is no such file at all: name another one.
    #[error("this is no {0} file: name one that is")]
    Other(FileFormat),
    /// Its bytes contradict the format: make it anew.
    #[error("the {0} file is damaged: {1}")]
    Damaged(FileFormat, &'static str),
    /// It is such a file, with something that is not read: convert it.
    #[error("the {0} file has {1}, which is not read: convert it")]
    Unsupported(FileFormat, &'static str),
    /// What is to be written has another size or other parameters than before: go on in another file.
    #[error("what is written has changed its parameters: go on in another file")]
    ParametersChanged,
    /// The format holds no more: go on in another file.
    #[error("the {0} file holds no more: go on in another file")]
    Full(FileFormat),
}

impl FileError {
    /// What a read that failed says of a file of this format.
    pub(super) fn reading(format: FileFormat, error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::UnexpectedEof {
            Self::Damaged(format, "it ends too early")
        } else {
            Self::Io(error)
        }
    }
}
