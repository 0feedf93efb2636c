//! Where the codec's code comes from.

use openh264::OpenH264API;

use super::H264Error;

/// The code of OpenH264: built in, or Cisco's binary at a path that the application gives.
///
/// Nothing is ever downloaded.
#[derive(Clone, Debug)]
pub struct H264Library {
    origin: Origin,
}

#[derive(Clone, Debug)]
enum Origin {
    #[cfg(feature = "h264")]
    BuiltIn,
    #[cfg(feature = "h264-binary")]
    Path(std::path::PathBuf),
}

impl H264Library {
    /// The code that is compiled into this program.
    #[cfg(feature = "h264")]
    #[must_use]
    pub const fn built_in() -> Self {
        Self { origin: Origin::BuiltIn }
    }

    /// Cisco's binary at this path, after a look whether it is one that Cisco published.
    ///
    /// # Errors
    /// [`H264Error::Library`] when there is no library, or none whose checksum is known.
    #[cfg(feature = "h264-binary")]
    pub fn from_path(path: impl Into<std::path::PathBuf>) -> Result<Self, H264Error> {
        let library = Self { origin: Origin::Path(path.into()) };
        library.api().map(|_| library)
    }

    /// Loads the code for one codec.
    pub(super) fn api(&self) -> Result<OpenH264API, H264Error> {
        match &self.origin {
            #[cfg(feature = "h264")]
            Origin::BuiltIn => Ok(OpenH264API::from_source()),
            #[cfg(feature = "h264-binary")]
            Origin::Path(path) => OpenH264API::from_blob_path(path)
                .map_err(|error| H264Error::Library(openh264::Error::from(error))),
        }
    }
}

#[cfg(test)]
#[cfg(feature = "h264-binary")]
mod tests {
    use super::*;

    #[test]
    fn what_cisco_did_not_publish_is_not_loaded() {
        for path in ["/nowhere/libopenh264.so", "/proc/self/exe"] {
            assert!(matches!(H264Library::from_path(path), Err(H264Error::Library(_))), "{path}");
        }
    }
}
