//! What a meeting as a whole offers: resolutions, echo reduction, number of attendees.

use serde::{Deserialize, Serialize};

use crate::{
    capability::{AttendeeCapabilities, MediaCapability},
    constraint::{Checked, Checker, Constraint},
    object,
    word::words,
};

words! {
    /// Whether a feature can be used.
    MeetingFeatureStatus {
        /// It can.
        Available = "AVAILABLE",
        /// It can not.
        Unavailable = "UNAVAILABLE",
    }
}

words! {
    /// The greatest camera resolution of a meeting.
    VideoResolution {
        /// No camera video at all.
        None = "None",
        /// 1280x720.
        Hd = "HD",
        /// 1920x1080.
        Fhd = "FHD",
    }
}

words! {
    /// The greatest content share resolution of a meeting.
    ContentResolution {
        /// No content share at all.
        None = "None",
        /// 1920x1080.
        Fhd = "FHD",
        /// 3840x2160.
        Uhd = "UHD",
    }
}

/// The number of attendees a meeting may have, 1 to 250.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct AttendeeMax(u8);

impl AttendeeMax {
    /// The most the protocol knows.
    pub const GREATEST: Self = Self(250);

    /// Returns the number.
    #[must_use]
    pub fn get(self) -> usize {
        self.0.into()
    }
}

impl TryFrom<i64> for AttendeeMax {
    type Error = Constraint;

    fn try_from(count: i64) -> Result<Self, Constraint> {
        if count < 1 {
            return Err(Constraint::MinValue(1));
        }
        u8::try_from(count)
            .ok()
            .map(Self)
            .filter(|max| *max <= Self::GREATEST)
            .ok_or(Constraint::MaxValue(Self::GREATEST.into()))
    }
}

impl From<AttendeeMax> for i64 {
    fn from(max: AttendeeMax) -> Self {
        max.0.into()
    }
}

impl Checked for AttendeeMax {
    type Raw = i64;

    fn check(checker: &mut Checker, path: &str, raw: i64) -> Option<Self> {
        raw.try_into().map_err(|constraint| checker.refuse(path, constraint)).ok()
    }
}

macro_rules! feature {
    ($(#[$doc:meta])* $name:ident { $member:ident, $key:literal: $value:ty as $raw:ty }, $body:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "PascalCase", default)]
        pub struct $name {
            /// The requested value, if the request named one.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub $member: Option<$value>,
        }

        #[doc = concat!("`", stringify!($name), "` as a caller sends it.")]
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "PascalCase", default)]
        pub struct $body {
            /// The requested value.
            pub $member: Option<$raw>,
        }

        impl Checked for $name {
            type Raw = $body;

            fn check(checker: &mut Checker, path: &str, raw: $body) -> Option<Self> {
                Some(Self { $member: checker.optional((path, $key), raw.$member) })
            }
        }
    };
}

feature! {
    /// Sound features.
    AudioFeatures { echo_reduction, "echoReduction": MeetingFeatureStatus as String }, AudioFeaturesBody
}

feature! {
    /// Camera features.
    VideoFeatures { max_resolution, "maxResolution": VideoResolution as String }, VideoFeaturesBody
}

feature! {
    /// Content share features.
    ContentFeatures { max_resolution, "maxResolution": ContentResolution as String }, ContentFeaturesBody
}

feature! {
    /// Attendee features.
    AttendeeFeatures { max_count, "maxCount": AttendeeMax as i64 }, AttendeeFeaturesBody
}

/// The features of a meeting, with exactly the members that were requested.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct MeetingFeatures {
    /// Sound features.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audio: Option<AudioFeatures>,
    /// Camera features.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub video: Option<VideoFeatures>,
    /// Content share features.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<ContentFeatures>,
    /// Attendee features.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attendee: Option<AttendeeFeatures>,
}

/// A capability names a medium that the meeting does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FeatureConflict {
    /// The meeting has no camera video; grant `None` for it.
    #[error("Video capability must be None when the meeting's Video MaxResolution is None")]
    NoVideo,
    /// The meeting has no content share; grant `None` for it.
    #[error("Content capability must be None when the meeting's Content MaxResolution is None")]
    NoContent,
}

impl MeetingFeatures {
    /// Returns the greatest camera resolution; HD when the request named none.
    #[must_use]
    pub fn video_resolution(&self) -> VideoResolution {
        self.video.and_then(|video| video.max_resolution).unwrap_or(VideoResolution::Hd)
    }

    /// Returns the greatest content share resolution; FHD when the request named none.
    #[must_use]
    pub fn content_resolution(&self) -> ContentResolution {
        self.content.and_then(|content| content.max_resolution).unwrap_or(ContentResolution::Fhd)
    }

    /// Says whether clients may offer echo reduction; they may not when the request named none.
    #[must_use]
    pub fn echo_reduction(&self) -> MeetingFeatureStatus {
        self.audio
            .and_then(|audio| audio.echo_reduction)
            .unwrap_or(MeetingFeatureStatus::Unavailable)
    }

    /// Returns the requested number of attendees.
    #[must_use]
    pub fn max_attendees(&self) -> Option<AttendeeMax> {
        self.attendee.and_then(|attendee| attendee.max_count)
    }

    /// Says whether this is a high-definition session, which has to name its number of attendees.
    #[must_use]
    pub fn is_high_definition(&self) -> bool {
        self.video_resolution() == VideoResolution::Fhd
            || self.content_resolution() == ContentResolution::Uhd
    }

    /// Returns what an attendee gets whose creator named no capabilities.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "no pair of the table breaks the rule")]
    pub fn default_capabilities(&self) -> AttendeeCapabilities {
        use MediaCapability::{None, Receive, SendReceive};
        let (video, content) = match (self.has_video(), self.has_content()) {
            (true, true) => (SendReceive, SendReceive),
            (true, false) => (SendReceive, None),
            // Content is received over the same path as video, so video has to be receivable.
            (false, true) => (Receive, SendReceive),
            (false, false) => (None, None),
        };
        AttendeeCapabilities::new(SendReceive, video, content)
            .expect("no pair above receives content without video")
    }

    /// Says whether the capabilities name only media that the meeting has.
    ///
    /// Video `Receive` is allowed without camera video where content is received: content needs it,
    /// and the default of such a meeting names it.
    ///
    /// # Errors
    /// Which medium the meeting does not have.
    pub fn permit(&self, capabilities: AttendeeCapabilities) -> Result<(), FeatureConflict> {
        if !self.has_content() && capabilities.content() != MediaCapability::None {
            return Err(FeatureConflict::NoContent);
        }
        let for_content = capabilities.content().can_receive()
            && capabilities.video() == MediaCapability::Receive;
        if !self.has_video() && capabilities.video() != MediaCapability::None && !for_content {
            return Err(FeatureConflict::NoVideo);
        }
        Ok(())
    }

    /// Says whether there is camera video at all.
    #[must_use]
    pub fn has_video(&self) -> bool {
        self.video_resolution() != VideoResolution::None
    }

    /// Says whether there are content shares at all.
    #[must_use]
    pub fn has_content(&self) -> bool {
        self.content_resolution() != ContentResolution::None
    }
}

/// `MeetingFeatures` as a caller sends it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct MeetingFeaturesBody {
    /// Sound features.
    #[serde(deserialize_with = "object::optional")]
    pub audio: Option<AudioFeaturesBody>,
    /// Camera features.
    #[serde(deserialize_with = "object::optional")]
    pub video: Option<VideoFeaturesBody>,
    /// Content share features.
    #[serde(deserialize_with = "object::optional")]
    pub content: Option<ContentFeaturesBody>,
    /// Attendee features.
    #[serde(deserialize_with = "object::optional")]
    pub attendee: Option<AttendeeFeaturesBody>,
}

impl Checked for MeetingFeatures {
    type Raw = MeetingFeaturesBody;

    fn check(checker: &mut Checker, path: &str, raw: Self::Raw) -> Option<Self> {
        Some(Self {
            audio: checker.optional((path, "audio"), raw.audio),
            video: checker.optional((path, "video"), raw.video),
            content: checker.optional((path, "content"), raw.content),
            attendee: checker.optional((path, "attendee"), raw.attendee),
        })
    }
}

#[cfg(test)]
mod tests {
    use MediaCapability::{None as Never, Receive, Send, SendReceive};

    use super::*;

    fn features(video: VideoResolution, content: ContentResolution) -> MeetingFeatures {
        MeetingFeatures {
            video: Some(VideoFeatures { max_resolution: Some(video) }),
            content: Some(ContentFeatures { max_resolution: Some(content) }),
            ..MeetingFeatures::default()
        }
    }

    #[test]
    fn defaults_follow_the_features() {
        let cases = [
            (VideoResolution::Hd, ContentResolution::Fhd, SendReceive, SendReceive),
            (VideoResolution::None, ContentResolution::Fhd, Receive, SendReceive),
            (VideoResolution::Hd, ContentResolution::None, SendReceive, Never),
            (VideoResolution::None, ContentResolution::None, Never, Never),
        ];
        for (video_max, content_max, video, content) in cases {
            let features = features(video_max, content_max);
            let expected = AttendeeCapabilities::new(SendReceive, video, content).unwrap();
            assert_eq!(features.default_capabilities(), expected);
            assert_eq!(features.permit(expected), Ok(()), "a default is never refused");
        }
    }

    #[test]
    fn capabilities_for_absent_media_are_refused() {
        let no_video = features(VideoResolution::None, ContentResolution::Fhd);
        for (video, content, verdict) in [
            (SendReceive, SendReceive, Err(FeatureConflict::NoVideo)),
            (Send, Never, Err(FeatureConflict::NoVideo)),
            (Receive, Never, Err(FeatureConflict::NoVideo)),
            (Receive, Send, Err(FeatureConflict::NoVideo)),
            (Receive, Receive, Ok(())),
            (Never, Send, Ok(())),
            (Never, Never, Ok(())),
        ] {
            let capabilities = AttendeeCapabilities::new(SendReceive, video, content).unwrap();
            assert_eq!(no_video.permit(capabilities), verdict, "{video} {content}");
        }
        let no_content = features(VideoResolution::Hd, ContentResolution::None);
        for content in [Send, Receive, SendReceive] {
            let capabilities = AttendeeCapabilities::new(Never, SendReceive, content).unwrap();
            assert_eq!(no_content.permit(capabilities), Err(FeatureConflict::NoContent));
        }
    }

    #[test]
    fn only_the_two_highest_resolutions_make_a_high_definition_session() {
        assert!(!MeetingFeatures::default().is_high_definition());
        assert!(features(VideoResolution::Fhd, ContentResolution::Fhd).is_high_definition());
        assert!(features(VideoResolution::Hd, ContentResolution::Uhd).is_high_definition());
        assert!(!features(VideoResolution::None, ContentResolution::Fhd).is_high_definition());
    }

    #[test]
    fn number_of_attendees_has_both_bounds() {
        for (count, verdict) in [
            (i64::MIN, Some(Constraint::MinValue(1))),
            (0, Some(Constraint::MinValue(1))),
            (1, None),
            (250, None),
            (251, Some(Constraint::MaxValue(250))),
            (256, Some(Constraint::MaxValue(250))),
            (i64::MAX, Some(Constraint::MaxValue(250))),
        ] {
            assert_eq!(AttendeeMax::try_from(count).err(), verdict, "{count}");
        }
    }

    #[test]
    fn echo_carries_what_was_requested_and_no_more() {
        let text = r#"{"Video":{"MaxResolution":"FHD"},"Attendee":{"MaxCount":7}}"#;
        let read: MeetingFeatures = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), text);
    }
}
