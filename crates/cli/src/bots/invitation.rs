//! The meeting that bots come to, and the way there for people.

use std::path::Path;

use anyhow::{Context as _, ensure};
use carillon_facade::MeetingSessionConfiguration;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};

use super::api::Api;

/// The most attendees that one request creates.
const BATCH: u32 = 100;

/// Words of a made-up meeting's name, and letters that make a mark.
const WORDS: usize = 3;
const MARK: usize = 4;

/// A meeting.
#[derive(Debug)]
pub(crate) struct Invitation {
    pub(crate) meeting_id: String,
    meeting: Value,
    /// Where people see it, if the service has a page.
    page: Option<String>,
}

impl Invitation {
    /// The meeting in a file.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let shown = path.display();
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {shown}"))?;
        let meeting = serde_json::from_str(&text).with_context(|| {
            format!("{shown} is not JSON: --meeting takes what CreateMeeting answered")
        })?;
        Self::of(meeting, None).with_context(|| format!("{shown} is not a meeting"))
    }

    /// A meeting made for the occasion, which has a name that the demo page takes as a code.
    ///
    /// # Errors
    /// When the API does not make one.
    pub(crate) async fn make(api: &Api) -> anyhow::Result<Self> {
        let code = made_up_code();
        // The demo page asks for the meeting of a code with these very words, and so gets this one.
        let wish = json!({
            "ClientRequestToken": format!("demo-{code}"),
            "MediaRegion": api.region(),
            "ExternalMeetingId": code,
        });
        let meeting = api.post("/meetings", &wish).await?;
        let path = format!("/m/{code}");
        let page = api.get(&path).await?;
        let page = (page.status == 200).then(|| api.url(&path));
        Self::of(meeting, page)
    }

    fn of(meeting: Value, page: Option<String>) -> anyhow::Result<Self> {
        let inner = meeting.get("Meeting").unwrap_or(&meeting);
        let id = inner.get("MeetingId").and_then(Value::as_str);
        let meeting_id = id.context("the answer of CreateMeeting has a MeetingId")?.to_owned();
        let is_id = meeting_id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        ensure!(is_id, "a MeetingId has letters, digits and hyphens");
        Ok(Self { meeting_id, meeting, page })
    }

    /// Creates so many attendees.
    ///
    /// # Errors
    /// When the API does not.
    pub(crate) async fn attendees(&self, api: &Api, count: u32) -> anyhow::Result<Vec<Value>> {
        let path = format!("/meetings/{}/attendees?operation=batch-create", self.meeting_id);
        // An attendee of a name that exists already would be the same one.
        let mark = made_up_mark();
        let mut attendees = Vec::new();
        let numbers: Vec<u32> = (1..=count).collect();
        for numbers in numbers.chunks(BATCH as usize) {
            let names =
                numbers.iter().map(|n| json!({ "ExternalUserId": format!("Bot {n}#{mark}") }));
            let wish = json!({ "Attendees": names.collect::<Vec<_>>() });
            let answer = api.post(&path, &wish).await?;
            let errors = answer.get("Errors").and_then(Value::as_array);
            if let Some(error) = errors.and_then(|errors| errors.first()) {
                let message = error.get("ErrorMessage").and_then(Value::as_str);
                anyhow::bail!(
                    "the API made only some attendees: {}",
                    message.unwrap_or("no reason given")
                );
            }
            let made = answer.get("Attendees").and_then(Value::as_array);
            attendees.extend(made.context("the API answered without attendees")?.iter().cloned());
        }
        Ok(attendees)
    }

    /// What an attendee joins with.
    ///
    /// # Errors
    /// When the answers are not those of the service.
    pub(crate) fn configuration(
        &self,
        attendee: &Value,
    ) -> anyhow::Result<MeetingSessionConfiguration> {
        Ok(MeetingSessionConfiguration::from_values(&self.meeting, attendee)?)
    }

    /// The way there for a person with a browser or a terminal.
    pub(crate) fn to_people(&self, endpoint: &str) -> String {
        let id = &self.meeting_id;
        let aws = format!("aws --endpoint-url {endpoint} chime-sdk-meetings");
        let page = match &self.page {
            Some(page) => format!("  watch it: {page}\n"),
            None => String::new(),
        };
        format!(
            "Meeting {id}\n{page}  join it:  {aws} get-meeting --meeting-id {id} > meeting.json\n            \
             {aws} create-attendee --meeting-id {id} --external-user-id me > attendee.json\n            \
             carillon join --meeting meeting.json --attendee attendee.json"
        )
    }

    /// The way there, as one line of JSON.
    pub(crate) fn to_programs(&self) -> Value {
        json!({
            "event": "meeting",
            "meeting": self.meeting_id,
            "page": self.page,
            "answer": self.meeting,
        })
    }
}

/// A name such as `bako-rilu-temo`, of a hundred thousand million.
fn made_up_code() -> String {
    let mut rng = StdRng::from_os_rng();
    let mut word = || -> String {
        let mut letter = |letters: &[u8]| {
            let letter = letters.get(rng.random_range(0..letters.len()));
            char::from(letter.copied().unwrap_or(b'a'))
        };
        (0..2).flat_map(|_| [letter(b"bdfghjklmnprstvz"), letter(b"aeiou")]).collect()
    };
    (0..WORDS).map(|_| word()).collect::<Vec<_>>().join("-")
}

fn made_up_mark() -> String {
    let mut rng = StdRng::from_os_rng();
    (0..MARK).filter_map(|_| char::from_digit(rng.random_range(0..36), 36)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_made_up_name_is_a_code_of_the_demo_page() {
        let code = made_up_code();
        let is_word = |word: &str| word.len() == 4 && word.bytes().all(|b| b.is_ascii_lowercase());
        assert!(code.split('-').count() == 3 && code.split('-').all(is_word), "{code}");
        assert_eq!(made_up_mark().len(), 4);
    }

    #[test]
    fn a_meeting_is_read_wrapped_or_not_and_anything_else_is_refused() {
        for text in [json!({ "Meeting": { "MeetingId": "a-1" } }), json!({ "MeetingId": "a-1" })] {
            assert_eq!(Invitation::of(text, None).unwrap().meeting_id, "a-1");
        }
        for text in [json!({}), json!({ "MeetingId": "a/../b" })] {
            assert!(Invitation::of(text, None).is_err());
        }
    }
}
