//! What holds for any bytes whatsoever: property tests and the targets of `crates/fuzz` try it.

#![expect(
    clippy::missing_panics_doc,
    reason = "a property that does not hold ends the test, and says which"
)]

use crate::{SocketCredentials, decode_client, decode_server, encode_client};

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

/// A sub-protocol header holds credentials that are written as they were read, or none.
pub fn credentials(value: &str) {
    if let Ok(credentials) = SocketCredentials::from_sub_protocols(value) {
        let again = SocketCredentials::from_sub_protocols(&credentials.to_sub_protocols());
        assert_eq!(again, Ok(credentials));
    }
}
