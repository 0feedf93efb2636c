//! What holds for any bytes whatsoever: property tests and the targets of `crates/fuzz` try it.

#![expect(
    clippy::missing_panics_doc,
    reason = "a property that does not hold ends the test, and says which"
)]

use std::time::Instant;

use carillon_types::WallTime;

use crate::{
    Attendance, ClientEvent, ClientOutput, ClientSession, Epoch, Join, SocketCredentials,
    decode_client, decode_server, decode_transcripts, encode_client, encode_transcripts,
};

/// A message is a frame or an error, also behind the prefix of a frame; what a client said can be said again.
pub fn message(bytes: &[u8]) {
    drop((decode_client(bytes), decode_server(bytes)));
    let framed = [&[0x05], bytes].concat();
    drop(decode_server(&framed));
    if let Ok(Some(frame)) = decode_client(&framed) {
        let again = decode_client(&encode_client(frame.at, &frame.content));
        assert!(matches!(again, Ok(Some(_))), "{:?} became {again:?}", frame.content);
    }
}

/// The content of a message is transcripts or an error; what was read can be written and read again.
pub fn transcripts(bytes: &[u8]) {
    if let Ok(events) = decode_transcripts(bytes) {
        let again = decode_transcripts(&encode_transcripts(&events));
        let same = again.as_ref().is_ok_and(|again| again.len() == events.len());
        assert!(same, "{events:?} became {again:?}");
    }
}

/// A client takes whatever a server says, message by message (the first octet of each is its length), and once it has
/// ended nothing makes it say any more.
pub fn client_session(start: Instant, mut conversation: &[u8]) {
    let wall = WallTime::from_millis(1_700_000_000_000);
    let mut session = ClientSession::new(Epoch::new(start, wall), Join::default());
    let mut attendance = Attendance::default();
    session.handle_open(start);
    let mut has_ended = false;
    while let Some((length, rest)) = conversation.split_first() {
        let (message, rest) = rest.split_at(rest.len().min(usize::from(*length)));
        conversation = rest;
        session.handle_message(start, &[&[0x05], message].concat());
        loop {
            match session.poll_output() {
                ClientOutput::Event(ClientEvent::Roster(entries)) => {
                    drop(attendance.handle_roster(entries));
                }
                ClientOutput::Event(ClientEvent::Volumes(states)) => {
                    drop(attendance.handle_volumes(&states));
                }
                ClientOutput::Event(ClientEvent::Ended(_)) => has_ended = true,
                ClientOutput::Event(_) | ClientOutput::Close => {}
                ClientOutput::Send(_) => assert!(!has_ended, "it is over"),
                ClientOutput::Timeout(deadline) => {
                    assert!(!has_ended || deadline.is_none(), "it is over");
                    break;
                }
            }
        }
    }
}

/// A sub-protocol header holds credentials that are written as they were read, or none.
pub fn credentials(value: &str) {
    if let Ok(credentials) = SocketCredentials::from_sub_protocols(value) {
        let again = SocketCredentials::from_sub_protocols(&credentials.to_sub_protocols());
        assert_eq!(again, Ok(credentials));
    }
}
