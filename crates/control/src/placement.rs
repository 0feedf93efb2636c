//! Where a meeting's clients go.

use std::collections::BTreeSet;

use carillon_types::{MediaPlacement, MediaRegion, MeetingId};

/// The media regions of the original service, which mean this service as well.
const KNOWN_REGIONS: [&str; 20] = [
    "af-south-1",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-south-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-gov-east-1",
    "us-gov-west-1",
    "us-west-1",
    "us-west-2",
];

/// What a service is called whose operator gave it no name: the region that most examples are written for.
const DEFAULT_REGION: &str = "us-east-1";

/// Where clients report how their meetings went, below the address under which they reach this service.
pub const CLIENT_EVENTS_PATH: &str = "/v1/client-events";

/// A text that is no address to which meeting paths can be added; correct the configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an http(s) address without query and fragment")]
pub struct InvalidPublicUrl(String);

/// The addresses from which a meeting's own are made.
///
/// They are applied whenever a meeting is shown and never stored: meetings outlive a change of address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacementConfig {
    /// Without scheme and trailing slash.
    authority_and_path: String,
    /// `s` behind `http` and `ws`, or nothing.
    secure: &'static str,
    audio_host: String,
    own_regions: BTreeSet<MediaRegion>,
}

impl PlacementConfig {
    /// Takes the address under which clients reach HTTP and WebSockets, and the host and port of sound.
    ///
    /// # Errors
    /// [`InvalidPublicUrl`] for anything but `http://…` and `https://…`, or with a query or fragment.
    pub fn new(public_url: &str, audio_host: impl Into<String>) -> Result<Self, InvalidPublicUrl> {
        let invalid = || InvalidPublicUrl(public_url.to_owned());
        let (secure, rest) = if let Some(rest) = public_url.strip_prefix("https://") {
            ("s", rest)
        } else {
            ("", public_url.strip_prefix("http://").ok_or_else(invalid)?)
        };
        let rest = rest.trim_end_matches('/');
        if rest.is_empty() || rest.starts_with('/') || rest.contains(['?', '#', ' ']) {
            return Err(invalid());
        }
        Ok(Self {
            authority_and_path: rest.to_owned(),
            secure,
            audio_host: audio_host.into(),
            own_regions: BTreeSet::new(),
        })
    }

    /// Adds names of media regions beyond those of the original service.
    #[must_use]
    pub fn with_regions(mut self, regions: impl IntoIterator<Item = MediaRegion>) -> Self {
        self.own_regions.extend(regions);
        self
    }

    /// Says whether meetings may be placed in the region.
    #[must_use]
    pub fn serves(&self, region: &MediaRegion) -> bool {
        KNOWN_REGIONS.contains(&region.as_str()) || self.own_regions.contains(region)
    }

    /// Returns the name of the region to ask for: the operator's own, where there is one.
    #[must_use]
    pub fn home_region(&self) -> &str {
        self.own_regions.first().map_or(DEFAULT_REGION, MediaRegion::as_str)
    }

    /// Returns where the clients of one meeting go.
    ///
    /// Members that no current client dials are filled all the same, in the original's form:
    /// older clients refuse a meeting without them, and applications copy each member.
    #[must_use]
    pub fn place(&self, meeting: MeetingId) -> MediaPlacement {
        let Self { authority_and_path: host, secure, audio_host, own_regions: _ } = self;
        let socket = |path: &str| format!("ws{secure}://{host}/{path}{meeting}");
        MediaPlacement {
            audio_host_url: audio_host.clone(),
            audio_fallback_url: Some(socket("calls/")),
            signaling_url: socket("control/"),
            turn_control_url: Some(format!("http{secure}://{host}/v2/turn_sessions")),
            screen_data_url: Some(socket("v2/screen/")),
            screen_viewing_url: Some(socket("ws/connect?X-BitHub-Call-Id=")),
            screen_sharing_url: Some(socket("v2/screen/")),
            event_ingestion_url: Some(format!("http{secure}://{host}{CLIENT_EVENTS_PATH}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn meeting_stands_in_the_path_of_its_signaling() {
        let id = MeetingId::from_random(3);
        let placed =
            PlacementConfig::new("http://127.0.0.1:8080", "127.0.0.1:3478").unwrap().place(id);
        assert_eq!(placed.signaling_url, format!("ws://127.0.0.1:8080/control/{id}"));
        assert_eq!(placed.audio_host_url, "127.0.0.1:3478");
        let reports = placed.event_ingestion_url.unwrap();
        assert_eq!(reports, "http://127.0.0.1:8080/v1/client-events");
        let placed = PlacementConfig::new("https://h/chime/", "h:1").unwrap().place(id);
        assert_eq!(placed.signaling_url, format!("wss://h/chime/control/{id}"));
        let reports = placed.event_ingestion_url.unwrap();
        assert_eq!(reports, "https://h/chime/v1/client-events");
    }

    #[test]
    fn addresses_that_clients_cannot_extend_are_refused() {
        for bad in ["", "h", "ws://h", "http://", "https:///x", "http://h?a=b", "http://h#f"] {
            assert!(PlacementConfig::new(bad, "h:1").is_err(), "{bad}");
        }
    }

    #[test]
    fn operators_regions_join_the_known_ones() {
        let plain = PlacementConfig::new("http://h", "h:1").unwrap();
        let own: MediaRegion = "basement".parse().unwrap();
        assert!(plain.serves(&"us-east-1".parse().unwrap()));
        assert!(!plain.serves(&own));
        assert_eq!(plain.home_region(), "us-east-1");
        let named = plain.with_regions([own.clone()]);
        assert!(named.serves(&own));
        assert_eq!(named.home_region(), "basement");
    }
}
