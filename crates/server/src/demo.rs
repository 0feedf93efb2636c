//! The demo page's door: a meeting code and a name in, what the API would have returned out; and the
//! page's way to end a meeting for everyone.
//!
//! It stands in for the server application of a real deployment, so it exists in development mode only.

use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use carillon_control::{ControlError, ControlPlane, Moment};
use carillon_types::{
    Attendee, Caller, ExternalUserId, Meeting, MeetingId, ProblemKind,
    api::{CreateMeetingBody, NewAttendee},
};
use rand::{Rng, SeedableRng as _, rngs::StdRng};
use serde::{Deserialize, Serialize};

/// Bytes of a request. A name of 40 characters needs 500 with every one escaped; more is no name.
const BODY_LIMIT: usize = 1_024;
/// Characters of a name. With `#` and the mark it has to fit the 64 of an external user id; tiles show about 40.
const NAME_LENGTH: usize = 40;
/// Characters of the mark that makes two people of one name two. They would get the same mark, and with it
/// the same place, once in 1.7 million times; each further character makes that 36 times rarer.
const MARK_LENGTH: usize = 4;
/// Words of a meeting code, and letters of a word: what a person can still say on the phone.
const CODE_WORDS: std::ops::RangeInclusive<usize> = 3..=4;
const WORD_LETTERS: std::ops::RangeInclusive<usize> = 3..=4;
/// Where demo meetings live; every server serves this region.
const REGION: &str = "us-east-1";

/// What the door needs to let people in.
#[derive(Clone, Debug)]
pub(crate) struct Door {
    /// Where meetings are made.
    pub(crate) control: ControlPlane,
    /// To whom they belong.
    pub(crate) caller: Caller,
    /// The shell's clock.
    pub(crate) now: fn() -> Moment,
}

/// Answers `POST /demo/meetings/{code}/attendees` and `POST /demo/meetings/{code}/end`.
pub(crate) fn routes(door: Door) -> Router {
    Router::new()
        .route("/demo/meetings/{code}/attendees", post(let_in))
        .route("/demo/meetings/{code}/end", post(end))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(door)
}

/// What the page sends.
#[derive(Deserialize)]
struct Wish {
    name: String,
}

/// Which meeting to end. Who has been let in knows its id; it keeps a late request away from the next
/// meeting of the same code.
#[derive(Deserialize)]
struct Farewell {
    meeting: MeetingId,
}

/// What the client needs to join.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Place {
    meeting: Meeting,
    attendee: Attendee,
}

/// Why somebody is not let in; the text is shown to the person at the page.
#[derive(Debug, thiserror::Error)]
enum DemoError {
    /// Another site's page asked; nothing helps.
    #[error("only this server's own page may ask this")]
    Foreign,
    /// Send what the page sends.
    #[error("the request is not of the form {0}")]
    Body(&'static str),
    /// End the meeting by its own code.
    #[error("this meeting has another code")]
    OtherCode,
    /// Follow a whole link, or start a meeting of one's own.
    #[error("this is no meeting code; one looks like bako-rilu-temo")]
    Code,
    /// Type a name.
    #[error("type a name, so that the others know who you are")]
    NoName,
    /// Type a shorter name.
    #[error("a name may have {NAME_LENGTH} characters, and this one has more")]
    LongName,
    /// Type the name without the character.
    #[error(
        "a name cannot have {0:?} in it: Latin letters, digits, spaces and most marks are fine"
    )]
    Character(char),
    /// Type another name.
    #[error("names that begin like this are kept for the service; take another")]
    Reserved,
    /// As the error says.
    #[error(transparent)]
    Control(#[from] ControlError),
}

impl DemoError {
    fn kind(&self) -> ProblemKind {
        match self {
            Self::Foreign => ProblemKind::Forbidden,
            Self::Body(_)
            | Self::OtherCode
            | Self::Code
            | Self::NoName
            | Self::LongName
            | Self::Character(_)
            | Self::Reserved => ProblemKind::BadRequest,
            Self::Control(error) => error.kind(),
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Foreign => StatusCode::FORBIDDEN,
            Self::Control(error) if error.kind() == ProblemKind::ServiceUnavailable => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Control(error) if error.kind() == ProblemKind::ServiceFailure => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
            // Full, or ended between its making and the attendee's: the page offers to try again.
            Self::Control(_) => StatusCode::CONFLICT,
            Self::Body(_)
            | Self::OtherCode
            | Self::Code
            | Self::NoName
            | Self::LongName
            | Self::Character(_)
            | Self::Reserved => StatusCode::BAD_REQUEST,
        }
    }
}

impl IntoResponse for DemoError {
    fn into_response(self) -> Response {
        let body = Json(Refusal { code: self.kind(), message: self.to_string() });
        (self.status(), body).into_response()
    }
}

/// The body of a refusal.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Refusal {
    code: ProblemKind,
    message: String,
}

async fn let_in(
    State(door): State<Door>,
    Path(code): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Place>, DemoError> {
    check(&headers, &code)?;
    let Wish { name } =
        serde_json::from_slice(&body).map_err(|_| DemoError::Body(r#"{"name": "Ada"}"#))?;
    let external_user_id = external_user_id(&name, &mut StdRng::from_os_rng())?;
    let Door { control, caller, now } = door;
    let wish = CreateMeetingBody {
        client_request_token: Some(format!("demo-{code}")),
        media_region: Some(REGION.to_owned()),
        external_meeting_id: Some(code),
        ..CreateMeetingBody::default()
    };
    let request =
        wish.try_into().expect("a meeting code keeps the rules of tokens and external ids");
    let meeting = control.create_meeting(now(), &caller, request).await?;
    let wish = NewAttendee { external_user_id, capabilities: None };
    let attendee = control.create_attendee(now(), &caller, meeting.meeting_id, wish).await?;
    Ok(Json(Place { meeting, attendee }))
}

/// A meeting that is over already has ended as asked.
async fn end(
    State(Door { control, caller, now }): State<Door>,
    Path(code): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, DemoError> {
    check(&headers, &code)?;
    let Farewell { meeting } =
        serde_json::from_slice(&body).map_err(|_| DemoError::Body(r#"{"meeting": "its id"}"#))?;
    let over = StatusCode::NO_CONTENT;
    match control.get_meeting(&caller, meeting) {
        Ok(found) if found.external_meeting_id.as_str() != code => {
            return Err(DemoError::OtherCode);
        }
        Ok(_) => {}
        Err(ControlError::MeetingNotFound(_)) => return Ok(over),
        Err(error) => return Err(error.into()),
    }
    match control.delete_meeting(now(), &caller, meeting).await {
        Ok(()) | Err(ControlError::MeetingNotFound(_)) => Ok(over),
        Err(error) => Err(error.into()),
    }
}

fn check(headers: &HeaderMap, code: &str) -> Result<(), DemoError> {
    if !comes_from_own_page(headers) {
        return Err(DemoError::Foreign);
    }
    if is_code(code) { Ok(()) } else { Err(DemoError::Code) }
}

/// Tells this server's page from other sites' pages, by what browsers say and pages cannot forge.
///
/// A port of the same host is another site here: `same-site` is not enough.
fn comes_from_own_page(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let fetched_here =
        text("sec-fetch-site").is_none_or(|site| matches!(site, "same-origin" | "none"));
    let same_host = text(header::ORIGIN.as_str()).is_none_or(|origin| {
        let host = origin.split_once("://").map(|(_, host)| host);
        host.is_some() && host == text(header::HOST.as_str())
    });
    fetched_here && same_host
}

fn is_code(text: &str) -> bool {
    CODE_WORDS.contains(&text.split('-').count())
        && text.split('-').all(|word| {
            WORD_LETTERS.contains(&word.len()) && word.bytes().all(|b| b.is_ascii_lowercase())
        })
}

/// A person's name as a meeting carries it: `Ada#k3v9`, of which pages show what stands before the last `#`.
fn external_user_id(name: &str, rng: &mut impl Rng) -> Result<ExternalUserId, DemoError> {
    let name = name.trim();
    if name.is_empty() {
        return Err(DemoError::NoName);
    }
    if name.chars().count() > NAME_LENGTH {
        return Err(DemoError::LongName);
    }
    if let Some(bad) = name.chars().find(|c| format!("--{c}").parse::<ExternalUserId>().is_err()) {
        return Err(DemoError::Character(bad));
    }
    let mark: String =
        (0..MARK_LENGTH).filter_map(|_| char::from_digit(rng.random_range(0..36), 36)).collect();
    format!("{name}#{mark}").parse().map_err(|_| DemoError::Reserved)
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use axum::http::{HeaderName, HeaderValue};
    use carillon_control::{ControlConfig, PlacementConfig, StoreLocation};
    use carillon_types::WallTime;

    use super::*;

    #[expect(clippy::disallowed_methods, reason = "a test of a shell needs some clock")]
    fn now() -> Moment {
        Moment { wall: WallTime::from_millis(0), instant: Instant::now() }
    }

    async fn door() -> Door {
        let placement = PlacementConfig::new("http://127.0.0.1:1", "127.0.0.1:2").unwrap();
        let config = ControlConfig::new(StoreLocation::Temporary, placement);
        let control = ControlPlane::open(config, now(), StdRng::seed_from_u64(1)).await.unwrap();
        let caller =
            Caller { account: "000000000000".parse().unwrap(), region: REGION.parse().unwrap() };
        Door { control, caller, now }
    }

    async fn knock(door: &Door, code: &str, body: &'static str) -> Result<Place, DemoError> {
        let (state, path) = (State(door.clone()), Path(code.to_owned()));
        let place =
            let_in(state, path, HeaderMap::new(), Bytes::from_static(body.as_bytes())).await?;
        Ok(place.0)
    }

    #[tokio::test]
    async fn one_code_is_one_meeting_for_people_of_the_same_name() {
        let door = door().await;
        let [first, second] = [
            knock(&door, "bako-rilu-temo", r#"{"name":"Ada"}"#).await.unwrap(),
            knock(&door, "bako-rilu-temo", r#"{"name":"Ada"}"#).await.unwrap(),
        ];
        let elsewhere = knock(&door, "bako-rilu-tema", r#"{"name":"Ada"}"#).await.unwrap();
        assert_eq!(first.meeting, second.meeting);
        assert_ne!(first.attendee.attendee_id, second.attendee.attendee_id);
        assert_ne!(first.meeting.meeting_id, elsewhere.meeting.meeting_id);
    }

    #[tokio::test]
    async fn place_looks_as_the_api_would_have_returned_it() {
        let place = knock(&door().await, "bako-rilu-temo", r#"{"name":"Ada"}"#).await.unwrap();
        let json = serde_json::to_value(place).unwrap();
        assert!(json["Meeting"]["MediaPlacement"]["SignalingUrl"].is_string());
        assert!(json["Attendee"]["ExternalUserId"].as_str().unwrap().starts_with("Ada#"));
    }

    #[tokio::test]
    async fn anything_else_is_refused() {
        let door = door().await;
        let refused = knock(&door, "bako", r#"{"name":"Ada"}"#).await.err().unwrap();
        assert_eq!(refused.into_response().status(), StatusCode::BAD_REQUEST);
        for body in ["", "[]", r#"{"name":7}"#] {
            let refused = knock(&door, "bako-rilu-temo", body).await.err().unwrap();
            assert!(matches!(refused, DemoError::Body(_)), "{body}");
        }
    }

    async fn ask_to_end(door: &Door, code: &str, meeting: MeetingId) -> Result<(), DemoError> {
        let body = Bytes::from(serde_json::json!({ "meeting": meeting }).to_string());
        let answer =
            end(State(door.clone()), Path(code.to_owned()), HeaderMap::new(), body).await?;
        assert_eq!(answer, StatusCode::NO_CONTENT);
        Ok(())
    }

    #[tokio::test]
    async fn ended_meeting_is_gone_and_its_code_starts_another() {
        let door = door().await;
        let first = knock(&door, "bako-rilu-temo", r#"{"name":"Ada"}"#).await.unwrap().meeting;
        for _ in 0..2 {
            ask_to_end(&door, "bako-rilu-temo", first.meeting_id).await.unwrap();
        }
        let gone = door.control.get_meeting(&door.caller, first.meeting_id);
        assert!(matches!(gone, Err(ControlError::MeetingNotFound(_))));
        let next = knock(&door, "bako-rilu-temo", r#"{"name":"Ada"}"#).await.unwrap().meeting;
        assert_ne!(next.meeting_id, first.meeting_id);
    }

    #[tokio::test]
    async fn meeting_is_ended_by_its_own_code_only() {
        let door = door().await;
        let meeting = knock(&door, "bako-rilu-temo", r#"{"name":"Ada"}"#).await.unwrap().meeting;
        let refused = ask_to_end(&door, "bako-rilu-tema", meeting.meeting_id).await;
        assert!(matches!(refused, Err(DemoError::OtherCode)));
        assert!(door.control.get_meeting(&door.caller, meeting.meeting_id).is_ok());
    }

    fn headers<const N: usize>(pairs: [(&'static str, &'static str); N]) -> HeaderMap {
        pairs
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .into_iter()
            .collect()
    }

    fn named(name: &str) -> Result<String, DemoError> {
        external_user_id(name, &mut StdRng::seed_from_u64(1)).map(String::from)
    }

    #[test]
    fn own_page_is_let_in_and_other_sites_are_not() {
        let host = ("host", "127.0.0.1:8080");
        let own = [host, ("origin", "http://127.0.0.1:8080"), ("sec-fetch-site", "same-origin")];
        assert!(comes_from_own_page(&headers(own)));
        assert!(comes_from_own_page(&headers([host])), "no browser at all");
        for (origin, site) in [
            ("https://elsewhere.example", "cross-site"),
            ("http://127.0.0.1:9999", "same-site"),
            ("null", "cross-site"),
        ] {
            assert!(!comes_from_own_page(&headers([host, ("origin", origin)])), "{origin}");
            assert!(!comes_from_own_page(&headers([host, ("sec-fetch-site", site)])), "{site}");
        }
    }

    #[test]
    fn codes_are_three_or_four_words_of_letters() {
        for good in ["bako-rilu-temo", "abc-abcd-abc", "aaa-bbb-ccc-ddd"] {
            assert!(is_code(good), "{good}");
        }
        for bad in
            ["", "bako", "bako-rilu", "Bako-rilu-temo", "bako-rilu-temo-", "a-b-c", "äää-bbb-ccc"]
        {
            assert!(!is_code(bad), "{bad}");
        }
    }

    #[test]
    fn names_get_a_mark_and_stay_readable() {
        let id = named("  Zoë #1 ").unwrap();
        let (name, mark) = id.rsplit_once('#').unwrap();
        assert_eq!(name, "Zoë #1");
        assert_eq!(mark.len(), MARK_LENGTH);
        assert!(mark.chars().all(|c| c.is_ascii_alphanumeric()));
        assert!(named(&"é".repeat(NAME_LENGTH)).is_ok());
    }

    #[test]
    fn names_that_a_meeting_cannot_carry_say_why() {
        assert!(matches!(named(" "), Err(DemoError::NoName)));
        assert!(matches!(named(&"a".repeat(NAME_LENGTH + 1)), Err(DemoError::LongName)));
        assert!(matches!(named("100 %"), Err(DemoError::Character('%'))));
        assert!(matches!(named("AWS:x"), Err(DemoError::Reserved)));
        assert!(DemoError::Character('%').to_string().contains("'%'"));
    }
}
