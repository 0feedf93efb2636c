//! The control plane as its callers feel it: a durable `CreateMeeting`, a `GetMeeting` from the signed request to the
//! bytes of its answer, and the start of a service that finds 10,000 meetings of 10 attendees.

#![expect(clippy::unwrap_used, reason = "what a bench has prepared has to be there")]

use std::{
    hint::black_box,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use aws_credential_types::Credentials as Signer;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode},
};
use carillon_control::{
    ControlConfig, ControlPlane, Moment, PlacementConfig, Quotas, StoreLocation,
};
use carillon_control_api::{
    AccessKey, Answer, ApiConfig, ApiState, Clock, LiveMeetings, Measurements, Present, Secret,
    Sent, SignatureRules,
};
use carillon_types::{
    AttendeeId, Caller, MeetingId, WallTime,
    api::{CreateMeetingBody, CreateMeetingWithAttendeesBody, SendDataMessageRequest},
};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rand::{SeedableRng as _, rngs::StdRng};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tower::ServiceExt as _;

const MEETINGS: usize = 10_000;
const ATTENDEES: usize = 10;

#[expect(clippy::disallowed_methods, reason = "a bench measures by the real clock")]
fn now() -> Moment {
    Moment { wall: SystemTime::now().into(), instant: Instant::now() }
}

fn caller() -> Caller {
    Caller { account: "000000000000".parse().unwrap(), region: "us-east-1".parse().unwrap() }
}

fn config(folder: &TempDir) -> ControlConfig {
    let placement = PlacementConfig::new("http://127.0.0.1:8080", "127.0.0.1:3478").unwrap();
    let store = StoreLocation::File(folder.path().join("carillon.db"));
    let mut config = ControlConfig::new(store, placement);
    config.quotas = Quotas { meetings: usize::MAX, ..Quotas::default() };
    config
}

async fn open(folder: &TempDir) -> ControlPlane {
    ControlPlane::open(config(folder), now(), StdRng::seed_from_u64(1)).await.unwrap()
}

fn wish(token: &str) -> CreateMeetingBody {
    CreateMeetingBody {
        client_request_token: Some(token.to_owned()),
        media_region: Some("us-east-1".to_owned()),
        external_meeting_id: Some("bench".to_owned()),
        ..CreateMeetingBody::default()
    }
}

async fn create(plane: &ControlPlane, token: &str) -> MeetingId {
    let request = wish(token).try_into().unwrap();
    plane.create_meeting(now(), &caller(), request).await.unwrap().meeting_id
}

/// From the call to the answer, which waits for the disk.
fn durable_create(bench: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let folder = TempDir::new().unwrap();
    let plane = runtime.block_on(open(&folder));
    let mut number = 0_u64;
    bench.bench_function("control/create_meeting", |bench| {
        bench.iter_custom(|rounds| {
            let mut taken = Duration::ZERO;
            for _ in 0..rounds {
                number += 1;
                let begun = now().instant;
                let meeting = runtime.block_on(create(&plane, &format!("token-{number}")));
                taken += now().instant - begun;
                runtime.block_on(plane.delete_meeting(now(), &caller(), meeting)).unwrap();
            }
            taken
        });
    });
}

/// A media side that nobody is at.
#[derive(Debug)]
struct Nobody;

impl LiveMeetings for Nobody {
    fn send(&self, _: MeetingId, _: SendDataMessageRequest) -> Answer<'_, Sent> {
        Box::pin(async { Sent::NobodyThere })
    }

    fn present(&self, _: MeetingId) -> Answer<'_, Vec<Present>> {
        Box::pin(async { Vec::new() })
    }

    fn silence(&self, _: MeetingId, _: AttendeeId, _: bool) -> Answer<'_, bool> {
        Box::pin(async { false })
    }

    fn measurements(&self, _: MeetingId, _: AttendeeId) -> Answer<'_, Option<Measurements>> {
        Box::pin(async { None })
    }
}

fn api(plane: ControlPlane, at: Moment) -> Router {
    let key = AccessKey {
        secret: Secret::new("devsecret".to_owned()),
        account: caller().account,
        session: None,
    };
    let config = ApiConfig {
        credentials: std::iter::once(("devkey".to_owned(), key)).collect(),
        live: Arc::new(Nobody),
        rules: SignatureRules::default(),
        clock: Clock::from_fn(move || at),
        seed: [7; 16],
    };
    carillon_control_api::router(ApiState::new(plane, config))
}

/// The headers that sign a request for a path.
fn signature(path: &str, at: WallTime) -> Vec<(String, String)> {
    let identity = Signer::new("devkey", "devsecret", None, None, "bench").into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region("us-east-1")
        .name("chime")
        .time(SystemTime::UNIX_EPOCH + Duration::from_millis(at.as_millis()))
        .settings(SigningSettings::default())
        .build()
        .unwrap()
        .into();
    let url = format!("http://127.0.0.1:8080{path}");
    let headers = std::iter::once(("host", "127.0.0.1:8080"));
    let request = SignableRequest::new("GET", url, headers, SignableBody::Bytes(&[])).unwrap();
    let (instructions, _) = sign(request, &params).unwrap().into_parts();
    let headers = instructions.headers();
    headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// From the request as HTTP delivers it to the answer as HTTP takes it, with the signature verified.
fn signed_get(bench: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let folder = TempDir::new().unwrap();
    let plane = runtime.block_on(open(&folder));
    let meeting = runtime.block_on(create(&plane, "once"));
    let at = now();
    let (router, path) = (api(plane, at), format!("/meetings/{meeting}"));
    let signed = signature(&path, at.wall);
    let request = || {
        let begun = Request::get(&path).header("host", "127.0.0.1:8080");
        let whole = signed.iter().fold(begun, |all, (name, value)| all.header(name, value));
        whole.body(Body::empty()).unwrap()
    };
    let mut group = bench.benchmark_group("control");
    group.throughput(Throughput::Elements(1));
    group.bench_function("get_meeting_signed", |bench| {
        bench.iter(|| {
            runtime.block_on(async {
                let answer = router.clone().oneshot(request()).await.unwrap();
                assert_eq!(answer.status(), StatusCode::OK);
                black_box(axum::body::to_bytes(answer.into_body(), 65_536).await.unwrap())
            })
        });
    });
    group.finish();
}

/// From the process's start to the first answer, apart from the sockets.
fn restart(bench: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let folder = TempDir::new().unwrap();
    runtime.block_on(async {
        let plane = open(&folder).await;
        for number in 0..MEETINGS {
            let attendees = (0..ATTENDEES).map(|person| carillon_types::api::CreateAttendeeBody {
                external_user_id: Some(format!("person-{person}")),
                capabilities: None,
            });
            let body = CreateMeetingWithAttendeesBody {
                meeting: wish(&format!("token-{number}")),
                attendees: Some(attendees.collect()),
            };
            let request = body.try_into().unwrap();
            plane.create_meeting_with_attendees(now(), &caller(), request).await.unwrap();
        }
        plane.close().await;
    });
    let mut group = bench.benchmark_group("control");
    group.sample_size(10);
    group.bench_function("restart_10000_meetings_of_10", |bench| {
        bench.iter(|| {
            runtime.block_on(async {
                let plane = open(&folder).await;
                assert_eq!(plane.meetings_alive(), MEETINGS);
                plane.close().await;
            });
        });
    });
    group.finish();
}

criterion_group!(benches, durable_create, signed_get, restart);
criterion_main!(benches);
