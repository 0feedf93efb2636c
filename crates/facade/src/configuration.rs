//! What a session is made of: the two answers of the service, and the settings of the client.

mod health;

use std::sync::Arc;
use std::time::Duration;

use carillon_signaling::Identity;
use carillon_types::{AttendeeId, JoinToken};
use serde_json::Value;

pub use self::health::ConnectionHealthPolicyConfiguration;

/// Why no session can be made of two answers.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigurationError {
    /// The text is no JSON: pass on what the service answered, unchanged.
    #[error("the {what} is not JSON")]
    NotJson {
        /// Which of the two answers.
        what: &'static str,
        /// Where it goes wrong.
        #[source]
        source: serde_json::Error,
    },
    /// A property is missing: pass on what the service answered, complete.
    #[error("the {what} has no {property}")]
    Missing {
        /// Which of the two answers.
        what: &'static str,
        /// Which property.
        property: &'static str,
    },
    /// A property has a value that the service never gives out.
    #[error("{property} is not what the service gives out")]
    Invalid {
        /// Which property.
        property: &'static str,
    },
}

/// Who a session is for; the token never shows in debug output.
#[derive(Clone, Debug)]
pub struct MeetingSessionCredentials {
    /// The attendee.
    pub attendee_id: AttendeeId,
    /// The application's own name for the attendee.
    pub external_user_id: Arc<str>,
    /// What opens the meeting to the attendee.
    pub join_token: JoinToken,
}

impl MeetingSessionCredentials {
    /// The attendee's own voice and camera, as events name it.
    ///
    /// ```no_run
    /// # fn example(session: &carillon_facade::MeetingSession, tile: &carillon_facade::VideoTileState) {
    /// let me = session.configuration().credentials.identity();
    /// let is_mine = tile.attendee.identity == me;
    /// # }
    /// ```
    #[must_use]
    pub const fn identity(&self) -> Identity {
        Identity::main(self.attendee_id)
    }
}

/// Where the meeting is.
#[derive(Clone, Debug)]
pub struct MeetingSessionUrls {
    /// The signaling socket: `ws://` or `wss://`.
    pub signaling_url: String,
    /// What the service calls the audio host; only given back to it.
    pub audio_host_url: String,
    /// Where events of clients are collected, if they are.
    pub event_ingestion_url: Option<String>,
}

/// How large pictures may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MaxResolution {
    /// No pictures at all.
    None,
    /// 1280x720.
    Hd,
    /// 1920x1080.
    Fhd,
    /// 3840x2160.
    Uhd,
}

impl MaxResolution {
    /// The number of lines.
    ///
    /// ```
    /// # use carillon_facade::MaxResolution;
    /// assert_eq!(MaxResolution::Fhd.height(), 1_080);
    /// ```
    #[must_use]
    pub const fn height(self) -> u32 {
        match self {
            Self::None => 0,
            Self::Hd => 720,
            Self::Fhd => 1_080,
            Self::Uhd => 2_160,
        }
    }

    fn parse(word: &str) -> Option<Self> {
        Some(match word.to_ascii_lowercase().as_str() {
            "none" => Self::None,
            "hd" => Self::Hd,
            "fhd" => Self::Fhd,
            "uhd" => Self::Uhd,
            _ => return None,
        })
    }
}

/// What the meeting allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MeetingFeatures {
    /// How large cameras may be.
    pub video_max_resolution: MaxResolution,
    /// How large shared content may be.
    pub content_max_resolution: MaxResolution,
}

impl Default for MeetingFeatures {
    fn default() -> Self {
        Self { video_max_resolution: MaxResolution::Hd, content_max_resolution: MaxResolution::Fhd }
    }
}

/// The name and version of an application, told to the server for its statistics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplicationMetadata {
    /// The name.
    pub app_name: String,
    /// The version.
    pub app_version: String,
}

/// Everything a session needs to know. Settings have the defaults of the browser client.
#[derive(Clone, Debug)]
pub struct MeetingSessionConfiguration {
    /// The meeting, as the service named it.
    pub meeting_id: Option<String>,
    /// The meeting, as the application named it.
    pub external_meeting_id: Option<String>,
    /// Who joins.
    pub credentials: MeetingSessionCredentials,
    /// Where.
    pub urls: MeetingSessionUrls,
    /// What the meeting allows.
    pub meeting_features: MeetingFeatures,
    /// How long connecting may take.
    pub connection_timeout: Duration,
    /// How long the attendee may take to show in the meeting once media flows; zero does not wait for it.
    pub attendee_presence_timeout: Duration,
    /// What counts as a poor connection.
    pub connection_health_policy: ConnectionHealthPolicyConfiguration,
    /// How long a session tries to come back before it ends.
    pub reconnect_timeout: Duration,
    /// What each wait before coming back has at least.
    pub reconnect_fixed_wait: Duration,
    /// The longest random wait before the first attempt to come back; it doubles with each.
    pub reconnect_short_back_off: Duration,
    /// The longest random wait of all.
    pub reconnect_long_back_off: Duration,
    /// Whether the camera is sent in several sizes, as [`DefaultSimulcastUplinkPolicy`] decides: the policy with which
    /// a session begins.
    ///
    /// [`DefaultSimulcastUplinkPolicy`]: crate::DefaultSimulcastUplinkPolicy
    pub enable_simulcast: bool,
    /// Which application it is.
    pub application_metadata: Option<ApplicationMetadata>,
}

impl MeetingSessionConfiguration {
    /// Reads the two answers as the service gave them, wrapped in `Meeting` and `Attendee` or not, in any letter case.
    ///
    /// ```
    /// # use carillon_facade::MeetingSessionConfiguration;
    /// let meeting = r#"{ "Meeting": { "MediaPlacement": { "SignalingUrl": "ws://127.0.0.1:8080/s", "AudioHostUrl": "a" } } }"#;
    /// let attendee = r#"{ "attendeeid": "01234567-89ab-4def-8123-456789abcdef", "jointoken": "secret", "externaluserid": "ada" }"#;
    /// let configuration = MeetingSessionConfiguration::from_json(meeting, attendee)?;
    /// assert_eq!(&*configuration.credentials.external_user_id, "ada");
    /// # Ok::<(), carillon_facade::ConfigurationError>(())
    /// ```
    ///
    /// # Errors
    /// [`ConfigurationError`] says what is missing or wrong.
    pub fn from_json(meeting: &str, attendee: &str) -> Result<Self, ConfigurationError> {
        let read = |what, text| {
            serde_json::from_str(text)
                .map_err(|source| ConfigurationError::NotJson { what, source })
        };
        Self::from_values(&read(MEETING, meeting)?, &read(ATTENDEE, attendee)?)
    }

    /// The same, of answers that were parsed already.
    ///
    /// ```
    /// # use carillon_facade::MeetingSessionConfiguration;
    /// # let meeting = serde_json::json!({ "MediaPlacement": { "SignalingUrl": "ws://127.0.0.1:8080/s" } });
    /// # let attendee = serde_json::json!({ "AttendeeId": "01234567-89ab-4def-8123-456789abcdef", "JoinToken": "secret" });
    /// let mut configuration = MeetingSessionConfiguration::from_values(&meeting, &attendee)?;
    /// configuration.reconnect_timeout = std::time::Duration::from_secs(600);
    /// # Ok::<(), carillon_facade::ConfigurationError>(())
    /// ```
    ///
    /// # Errors
    /// [`ConfigurationError`] says what is missing or wrong.
    pub fn from_values(meeting: &Value, attendee: &Value) -> Result<Self, ConfigurationError> {
        let meeting = Answer::unwrap(MEETING, meeting);
        let attendee = Answer::unwrap(ATTENDEE, attendee);
        let placement = meeting.object("MediaPlacement")?;
        let urls = MeetingSessionUrls {
            signaling_url: placement.text("SignalingUrl")?.to_owned(),
            audio_host_url: placement.maybe("AudioHostUrl").unwrap_or_default().to_owned(),
            event_ingestion_url: placement.maybe("EventIngestionUrl").map(str::to_owned),
        };
        let credentials = MeetingSessionCredentials {
            attendee_id: parsed("AttendeeId", attendee.text("AttendeeId")?)?,
            external_user_id: attendee.maybe("ExternalUserId").unwrap_or_default().into(),
            join_token: parsed("JoinToken", attendee.text("JoinToken")?)?,
        };
        Ok(Self {
            meeting_id: meeting.maybe("MeetingId").map(str::to_owned),
            external_meeting_id: meeting.maybe("ExternalMeetingId").map(str::to_owned),
            meeting_features: features(&meeting),
            ..Self::new(credentials, urls)
        })
    }

    /// A configuration of its parts, with default settings.
    ///
    /// ```
    /// use carillon_facade::{MeetingSessionConfiguration, MeetingSessionCredentials, MeetingSessionUrls};
    ///
    /// let credentials = MeetingSessionCredentials {
    ///     attendee_id: "01234567-89ab-4def-8123-456789abcdef".parse()?,
    ///     external_user_id: "ada".into(),
    ///     join_token: "secret".parse()?,
    /// };
    /// let urls = MeetingSessionUrls {
    ///     signaling_url: "wss://meetings.example/signaling".to_owned(),
    ///     audio_host_url: String::new(),
    ///     event_ingestion_url: None,
    /// };
    /// let configuration = MeetingSessionConfiguration::new(credentials, urls);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn new(credentials: MeetingSessionCredentials, urls: MeetingSessionUrls) -> Self {
        Self {
            meeting_id: None,
            external_meeting_id: None,
            credentials,
            urls,
            meeting_features: MeetingFeatures::default(),
            connection_timeout: Duration::from_secs(15),
            attendee_presence_timeout: Duration::ZERO,
            connection_health_policy: ConnectionHealthPolicyConfiguration::default(),
            reconnect_timeout: Duration::from_secs(120),
            reconnect_fixed_wait: Duration::ZERO,
            reconnect_short_back_off: Duration::from_secs(1),
            reconnect_long_back_off: Duration::from_secs(5),
            enable_simulcast: false,
            application_metadata: None,
        }
    }
}

const MEETING: &str = "Meeting";
const ATTENDEE: &str = "Attendee";

/// One of the two answers, or an object inside, whose properties may be spelled in any letter case.
struct Answer<'a> {
    what: &'static str,
    value: &'a Value,
}

impl<'a> Answer<'a> {
    fn unwrap(what: &'static str, value: &'a Value) -> Self {
        let bare = Self { what, value };
        let inner = bare.get(what).filter(|inner| inner.is_object());
        Self { what, value: inner.unwrap_or(value) }
    }

    fn get(&self, property: &str) -> Option<&'a Value> {
        let mut entries = self.value.as_object()?.iter();
        entries.find(|(name, _)| name.eq_ignore_ascii_case(property)).map(|(_, value)| value)
    }

    fn maybe(&self, property: &str) -> Option<&'a str> {
        self.get(property).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    fn text(&self, property: &'static str) -> Result<&'a str, ConfigurationError> {
        self.maybe(property).ok_or(ConfigurationError::Missing { what: self.what, property })
    }

    fn object(&self, property: &'static str) -> Result<Self, ConfigurationError> {
        let missing = ConfigurationError::Missing { what: self.what, property };
        let value = self.get(property).filter(|value| value.is_object()).ok_or(missing)?;
        Ok(Self { what: self.what, value })
    }
}

fn parsed<T: std::str::FromStr>(
    property: &'static str,
    text: &str,
) -> Result<T, ConfigurationError> {
    text.parse().map_err(|_| ConfigurationError::Invalid { property })
}

fn features(meeting: &Answer<'_>) -> MeetingFeatures {
    let defaults = MeetingFeatures::default();
    let resolution = |kind, default| {
        let features = meeting.object("MeetingFeatures").ok()?;
        let word = features.object(kind).ok()?.maybe("MaxResolution")?;
        Some(MaxResolution::parse(word).unwrap_or(default))
    };
    let video = defaults.video_max_resolution;
    let content = defaults.content_max_resolution;
    MeetingFeatures {
        video_max_resolution: resolution("Video", video).unwrap_or(video),
        content_max_resolution: resolution("Content", content).unwrap_or(content),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACEMENT: &str =
        r#""MediaPlacement": {"SignalingUrl": "ws://host/path", "AudioHostUrl": "host"}"#;
    const ID: &str = "01234567-89ab-4def-8123-456789abcdef";

    fn read(
        meeting: &str,
        attendee: &str,
    ) -> Result<MeetingSessionConfiguration, ConfigurationError> {
        MeetingSessionConfiguration::from_json(meeting, attendee)
    }

    #[test]
    fn answers_are_read_wrapped_or_not_and_in_any_letter_case() {
        let bare = format!(r#"{{{PLACEMENT}, "MeetingId": "m"}}"#);
        let attendee =
            format!(r#"{{"AttendeeId": "{ID}", "JoinToken": "tok", "ExternalUserId": "u"}}"#);
        for (meeting, attendee) in [
            (bare.clone(), attendee.clone()),
            (format!(r#"{{"Meeting": {bare}}}"#), format!(r#"{{"Attendee": {attendee}}}"#)),
            (format!(r#"{{"mEETING": {bare}}}"#), attendee.replace("AttendeeId", "attendeeid")),
            (bare.replace("SignalingUrl", "signalingURL"), attendee.clone()),
        ] {
            let configuration = read(&meeting, &attendee).unwrap();
            assert_eq!(configuration.urls.signaling_url, "ws://host/path");
            assert_eq!(configuration.credentials.attendee_id.to_string(), ID);
            assert_eq!(configuration.meeting_id.as_deref(), Some("m"));
        }
    }

    #[test]
    fn features_set_how_large_pictures_may_be() {
        let features = r#""MeetingFeatures": {"Video": {"MaxResolution": "FHD"}, "content": {"maxresolution": "none"}}"#;
        let attendee = format!(r#"{{"AttendeeId": "{ID}", "JoinToken": "tok"}}"#);
        let configuration = read(&format!("{{{PLACEMENT}, {features}}}"), &attendee).unwrap();
        assert_eq!(
            configuration.meeting_features,
            MeetingFeatures {
                video_max_resolution: MaxResolution::Fhd,
                content_max_resolution: MaxResolution::None,
            }
        );
    }

    #[test]
    fn what_is_missing_is_named() {
        let meeting = format!("{{{PLACEMENT}}}");
        let message =
            |meeting: &str, attendee: &str| read(meeting, attendee).unwrap_err().to_string();
        assert_eq!(message("{}", "{}"), "the Meeting has no MediaPlacement");
        assert_eq!(message(&meeting, "{}"), "the Attendee has no AttendeeId");
        let bad = r#"{"AttendeeId": "7", "JoinToken": "t"}"#;
        assert_eq!(message(&meeting, bad), "AttendeeId is not what the service gives out");
        assert_eq!(message("<html>", "{}"), "the Meeting is not JSON");
    }

    #[test]
    fn the_token_never_shows() {
        let attendee = format!(r#"{{"AttendeeId": "{ID}", "JoinToken": "s3cr3t"}}"#);
        let configuration = read(&format!("{{{PLACEMENT}}}"), &attendee).unwrap();
        assert!(!format!("{configuration:?}").contains("s3cr3t"));
    }
}
