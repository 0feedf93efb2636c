//! Makes pictures of access units.

use std::convert::Infallible;
use std::sync::Arc;

use carillon_frame::{Picture, PicturePool, VideoSize};
use carillon_rtp::payload::h264::AnnexBUnits;
use openh264::decoder::{DecodedYUV, Decoder, DecoderConfig, Flush};
use openh264::formats::YUVSource;

use super::{H264Error, H264Library, ParameterSetError, parameter_set};

const TYPE_MASK: u8 = 0x1f;
const TYPE_SLICE: u8 = 1;
const TYPE_IDR: u8 = 5;
const TYPE_SEQUENCE_PARAMETERS: u8 = 7;

/// The parameters of a layer that builds on another, which is nothing that WebRTC sends and would not be checked.
const TYPE_SUBSET_PARAMETERS: u8 = 15;

/// An H.264 decoder that begins at a key frame, and waits for the next one after whatever it could not decode.
///
/// The codec conceals no errors: a picture whose reference is missing is refused, not guessed.
pub struct H264Decoder {
    library: H264Library,
    /// The codec, once a key frame came.
    codec: Option<Decoder>,
    /// Whether a picture that builds on others can be decoded.
    has_reference: bool,
    pool: PicturePool,
}

impl H264Decoder {
    /// Makes a decoder of the code that is built in.
    ///
    /// # Errors
    /// [`H264Error::Setup`] when memory is exhausted.
    #[cfg(feature = "h264")]
    pub fn new() -> Result<Self, H264Error> {
        Self::with_library(H264Library::built_in())
    }

    /// Makes a decoder of a library's code.
    ///
    /// # Errors
    /// [`H264Error::Library`] when it cannot be loaded.
    pub fn with_library(library: H264Library) -> Result<Self, H264Error> {
        library.api()?;
        Ok(Self { library, codec: None, has_reference: false, pool: PicturePool::default() })
    }

    /// Decodes one access unit with start codes; nothing if it holds no picture.
    ///
    /// # Errors
    /// [`H264Error::NeedsKeyFrame`] while decoding cannot begin, [`H264Error::Parameters`] and [`H264Error::Decode`] for what no
    /// decoder takes. After any of them only a key frame is decoded.
    pub fn decode(&mut self, access_unit: &[u8]) -> Result<Option<Arc<Picture>>, H264Error> {
        let outcome = match checked(access_unit) {
            Ok(Contents::Delta) if !self.has_reference => Err(H264Error::NeedsKeyFrame),
            Ok(contents) => self.decode_checked(access_unit, contents),
            Err(error) => Err(error.into()),
        };
        self.has_reference = match &outcome {
            Ok(Some(_)) => true,
            Ok(None) => self.has_reference,
            Err(_) => false,
        };
        outcome
    }

    fn decode_checked(
        &mut self,
        access_unit: &[u8],
        contents: Contents,
    ) -> Result<Option<Arc<Picture>>, H264Error> {
        let codec = match &mut self.codec {
            Some(codec) => codec,
            none => {
                let config = DecoderConfig::new().flush_after_decode(Flush::NoFlush);
                let codec = Decoder::with_api_config(self.library.api()?, config);
                none.insert(codec.map_err(H264Error::Setup)?)
            }
        };
        match codec.decode(access_unit) {
            Ok(Some(decoded)) => Ok(copied(&mut self.pool, &decoded)),
            Ok(None) => Ok(None),
            Err(error) => {
                if contents == Contents::Key {
                    // The next key frame meets a codec that remembers nothing.
                    self.codec = None;
                }
                Err(H264Error::Decode(error))
            }
        }
    }
}

/// What an access unit holds, as far as decoding may begin with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Contents {
    /// A picture that needs no other.
    Key,
    /// A picture that may need others.
    Delta,
    /// No picture, but perhaps parameters.
    NoPicture,
}

/// Looks at what the codec is about to believe.
fn checked(access_unit: &[u8]) -> Result<Contents, ParameterSetError> {
    let mut contents = Contents::NoPicture;
    for unit in AnnexBUnits::new(access_unit) {
        match unit.first().map_or(0, |header| header & TYPE_MASK) {
            TYPE_SEQUENCE_PARAMETERS => {
                parameter_set::checked(unit)?;
            }
            TYPE_SUBSET_PARAMETERS => return Err(ParameterSetError::Unsupported),
            TYPE_IDR => contents = Contents::Key,
            TYPE_SLICE..TYPE_IDR if contents == Contents::NoPicture => contents = Contents::Delta,
            _ => {}
        }
    }
    Ok(contents)
}

impl std::fmt::Debug for H264Decoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("H264Decoder")
            .field("has_reference", &self.has_reference)
            .finish_non_exhaustive()
    }
}

/// Copies what the codec lends into a picture of our own.
fn copied(pool: &mut PicturePool, decoded: &DecodedYUV<'_>) -> Option<Arc<Picture>> {
    let (width, height) = decoded.dimensions();
    let size = VideoSize::new(u32::try_from(width).ok()?, u32::try_from(height).ok()?);
    let (y_stride, u_stride, v_stride) = decoded.strides();
    let chroma_width = size.chroma().width as usize;
    let written = pool.make(size, |picture| {
        let planes = picture.planes_mut();
        copy_rows(decoded.y(), y_stride, planes.y, width);
        copy_rows(decoded.u(), u_stride, planes.u, chroma_width);
        copy_rows(decoded.v(), v_stride, planes.v, chroma_width);
        Ok::<_, Infallible>(())
    });
    written.unwrap_or_default()
}

/// Copies rows that lie `stride` apart into rows that touch.
fn copy_rows(from: &[u8], stride: usize, to: &mut [u8], width: usize) {
    for (from, to) in from.chunks(stride.max(1)).zip(to.chunks_exact_mut(width.max(1))) {
        if let Some(row) = from.get(..width) {
            to.copy_from_slice(row);
        }
    }
}
