//! A control plane in a folder, with a clock that the test moves.

use std::time::{Duration, Instant};

use carillon_control::{
    Boot, Connected, ControlConfig, ControlPlane, EventRules, LifetimeRules, Moment,
    PlacementConfig, Quotas, StoreLocation,
};
use carillon_types::{
    Caller, WallTime,
    api::{
        BatchCreateAttendeeBody, CreateAttendeeBody, CreateMeetingBody,
        CreateMeetingWithAttendeesBody, NewAttendee, PageQuery, PageRequest,
        StartMeetingTranscriptionBody, StartMeetingTranscriptionRequest,
    },
};
use rand::{SeedableRng, rngs::StdRng};
use tempfile::TempDir;

/// A control plane and what is around it.
pub(crate) struct Rig {
    pub(crate) plane: ControlPlane,
    pub(crate) now: Moment,
    pub(crate) caller: Caller,
    pub(crate) config: ControlConfig,
    pub(crate) folder: TempDir,
    opened: u64,
}

impl Rig {
    pub(crate) async fn new() -> Self {
        Self::with(Quotas::default()).await
    }

    pub(crate) async fn with(quotas: Quotas) -> Self {
        Self::seeded(quotas, 0).await
    }

    pub(crate) async fn seeded(quotas: Quotas, seed: u64) -> Self {
        let (folder, now) = (TempDir::new().unwrap(), start());
        let placement = PlacementConfig::new("http://127.0.0.1:1", "127.0.0.1:2").unwrap();
        let config = ControlConfig {
            store: StoreLocation::File(folder.path().join("control.sqlite")),
            placement,
            quotas,
            lifetime: LifetimeRules::default(),
            key_life: Duration::from_secs(30 * 86_400),
            transcription: true,
            events: EventRules::default(),
            boot: Some(Boot { id: Some("today".to_owned()), began: now.instant }),
        };
        let plane = open(&config, now, seed).await;
        Self { plane, now, caller: caller("000000000000"), config, folder, opened: seed }
    }

    /// Drops the control plane without a farewell and opens its store again.
    pub(crate) async fn reopen(&mut self) {
        self.opened += 1;
        self.plane = open(&self.config, self.now, self.opened).await;
    }

    /// Sets the wall clock without time going by.
    pub(crate) fn set_wall_clock(&mut self, by_millis: i64) {
        self.now.wall =
            WallTime::from_millis(self.now.wall.as_millis().checked_add_signed(by_millis).unwrap());
    }

    pub(crate) fn advance(&mut self, by: Duration) {
        self.now.instant += by;
        let millis = u64::try_from(by.as_millis()).unwrap();
        self.now.wall = WallTime::from_millis(self.now.wall.as_millis() + millis);
    }
}

pub(crate) async fn open(config: &ControlConfig, now: Moment, seed: u64) -> ControlPlane {
    ControlPlane::open(config.clone(), now, StdRng::seed_from_u64(seed)).await.unwrap()
}

#[expect(clippy::disallowed_methods, reason = "any instant will do as an origin")]
fn start() -> Moment {
    Moment { wall: WallTime::from_millis(1_700_000_000_000), instant: Instant::now() }
}

pub(crate) fn caller(account: &str) -> Caller {
    Caller { account: account.parse().unwrap(), region: "us-east-1".parse().unwrap() }
}

pub(crate) fn meeting_body(token: &str) -> CreateMeetingBody {
    CreateMeetingBody {
        client_request_token: Some(token.to_owned()),
        media_region: Some("us-east-1".to_owned()),
        external_meeting_id: Some("weekly".to_owned()),
        ..CreateMeetingBody::default()
    }
}

pub(crate) fn with_attendees(token: &str, users: &[&str]) -> CreateMeetingWithAttendeesBody {
    CreateMeetingWithAttendeesBody {
        meeting: meeting_body(token),
        attendees: batch(users).attendees,
    }
}

pub(crate) fn person(user: &str) -> NewAttendee {
    NewAttendee { external_user_id: user.parse().unwrap(), capabilities: None }
}

pub(crate) fn batch(users: &[&str]) -> BatchCreateAttendeeBody {
    let body = |user: &&str| CreateAttendeeBody {
        external_user_id: Some((*user).to_owned()),
        capabilities: None,
    };
    BatchCreateAttendeeBody { attendees: Some(users.iter().map(body).collect()) }
}

pub(crate) fn page(size: usize) -> PageRequest {
    PageQuery { max_results: Some(size.to_string()), next_token: None }.try_into().unwrap()
}

/// A wish for a transcript of a language.
pub(crate) fn in_language(code: &str) -> StartMeetingTranscriptionRequest {
    let text = format!(
        r#"{{"TranscriptionConfiguration":{{"EngineTranscribeSettings":{{"LanguageCode":"{code}"}}}}}}"#
    );
    serde_json::from_str::<StartMeetingTranscriptionBody>(&text).unwrap().try_into().unwrap()
}

/// So many attendees, none of whom shares anything.
pub(crate) fn people(attendees: usize) -> Connected {
    Connected { attendees, shares: 0 }
}
