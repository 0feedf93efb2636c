use proptest::prelude::*;

use super::*;

/// The key of the sample messages in RFC 5769 section 2.
const PWD: &str = "VOkJxbRl1RmTxUk/WvJxBt";
const TRANSACTION: Transaction =
    [0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae];

/// The sample request of RFC 5769 section 2.1, from a controlled agent.
pub(crate) const REQUEST: &[u8] = b"\x00\x01\x00\x58\x21\x12\xa4\x42\xb7\xe7\xa7\x01\xbc\x34\xd6\x86\xfa\x87\xdf\xae\
    \x80\x22\x00\x10STUN test client\
    \x00\x24\x00\x04\x6e\x00\x01\xff\
    \x80\x29\x00\x08\x93\x2f\xf9\xb1\x51\x26\x3b\x36\
    \x00\x06\x00\x09evtj:h6vY\x20\x20\x20\
    \x00\x08\x00\x14\x9a\xea\xa7\x0c\xbf\xd8\xcb\x56\x78\x1e\xf2\xb5\xb2\xd3\xf2\x49\xc1\xb5\x71\xa2\
    \x80\x28\x00\x04\xe5\x7a\x3b\xcf";

/// The sample response of RFC 5769 section 2.2.
const RESPONSE: &[u8] = b"\x01\x01\x00\x3c\x21\x12\xa4\x42\xb7\xe7\xa7\x01\xbc\x34\xd6\x86\xfa\x87\xdf\xae\
    \x80\x22\x00\x0btest vector\x20\
    \x00\x20\x00\x08\x00\x01\xa1\x47\xe1\x12\xa6\x43\
    \x00\x08\x00\x14\x2b\x91\xf5\x99\xfd\x9e\x90\xc3\x8c\x74\x89\xf9\x2a\xf9\xba\x53\xf0\x6b\xe7\xd7\
    \x80\x28\x00\x04\xc0\x7d\x4c\x96";

/// The sample response of RFC 5769 section 2.3.
const RESPONSE_OVER_IPV6: &[u8] = b"\x01\x01\x00\x48\x21\x12\xa4\x42\xb7\xe7\xa7\x01\xbc\x34\xd6\x86\xfa\x87\xdf\xae\
    \x80\x22\x00\x0btest vector\x20\
    \x00\x20\x00\x14\x00\x02\xa1\x47\x01\x13\xa9\xfa\xa5\xd3\xf1\x79\xbc\x25\xf4\xb5\xbe\xd2\xb9\xd9\
    \x00\x08\x00\x14\xa3\x82\x95\x4e\x4b\xe6\x7b\xf1\x17\x84\xc9\x7c\x82\x92\xc2\x75\xbf\xe3\xed\x41\
    \x80\x28\x00\x04\xc8\xfb\x0b\x4c";

fn check(username: &str) -> Bytes {
    let check = NominatingCheck {
        transaction: TRANSACTION,
        username,
        pwd: PWD,
        priority: 7,
        tie_breaker: 8,
    };
    check.encode()
}

/// Rewrites the last attribute, the fingerprint, after the message was changed.
fn with_fingerprint(mut message: Vec<u8>) -> Vec<u8> {
    let end = message.len() - 4;
    let value = rtc_stun::fingerprint::fingerprint_value(&message[..end - 4]);
    message[end..].copy_from_slice(&value.to_be_bytes());
    message
}

#[test]
fn sample_request_is_authenticated() {
    let request = BindingRequest::authenticate(REQUEST, "evtj:h6vY", PWD).unwrap();
    assert_eq!((request.transaction, request.role), (TRANSACTION, Role::Controlled));
    assert!(!request.nominates);
}

#[test]
fn sample_responses_are_authenticated() {
    for (response, mapped) in [
        (RESPONSE, "192.0.2.1:32853"),
        (RESPONSE_OVER_IPV6, "[2001:db8:1234:5678:11:2233:4455:6677]:32853"),
    ] {
        let mapped = mapped.parse().unwrap();
        let expected = BindingSuccess { transaction: TRANSACTION, mapped };
        assert_eq!(BindingSuccess::authenticate(response, PWD), Ok(expected));
        let wrong = BindingSuccess::authenticate(response, "VOkJxbRl1RmTxUk/WvJxBT");
        assert_eq!(wrong, Err(CheckError::Unauthentic));
    }
}

#[test]
fn names_passwords_and_changed_bytes_are_not_forgiven() {
    let authenticate = |message: &[u8], name, pwd| {
        BindingRequest::authenticate(message, name, pwd).map(|request| request.nominates)
    };
    let message = check("us:them");
    assert_eq!(authenticate(&message, "us:them", PWD), Ok(true));
    assert_eq!(authenticate(&message, "us:other", PWD), Err(CheckError::Unauthentic));
    assert_eq!(authenticate(&message, "us:them", "other"), Err(CheckError::Unauthentic));
    assert_eq!(authenticate(RESPONSE, "us:them", PWD), Err(CheckError::Unexpected));
    for position in 20..message.len() - 8 {
        let mut changed = message.to_vec();
        changed[position] ^= 1;
        assert!(authenticate(&changed, "us:them", PWD).is_err(), "fingerprint, byte {position}");
        let changed = with_fingerprint(changed);
        assert!(authenticate(&changed, "us:them", PWD).is_err(), "integrity, byte {position}");
    }
}

#[test]
fn nomination_after_the_integrity_does_not_count() {
    let attributes = vec![raw(ATTR_USERNAME, b"us:them")];
    let mut message = build(BINDING_REQUEST, TRANSACTION, attributes, PWD).to_vec();
    let fingerprint = message.split_off(message.len() - 8);
    message.extend([0x00, 0x25, 0x00, 0x00]);
    message.extend(fingerprint);
    message[3] += 4;
    let message = with_fingerprint(message);
    let request = BindingRequest::authenticate(&message, "us:them", PWD).unwrap();
    assert!(!request.nominates);
}

#[test]
fn a_check_without_integrity_or_fingerprint_is_refused() {
    let message = check("us:them").to_vec();
    let mut bare = message[..message.len() - 8].to_vec();
    bare[3] -= 8;
    let result = BindingRequest::authenticate(&bare, "us:them", PWD);
    assert_eq!(result.unwrap_err(), CheckError::Malformed);
    let mut message = message;
    message.drain(message.len() - 32..message.len() - 8);
    message[3] -= 24;
    let result = BindingRequest::authenticate(&with_fingerprint(message), "us:them", PWD);
    assert_eq!(result.unwrap_err(), CheckError::Unauthentic);
}

#[test]
fn success_names_the_source_in_the_form_that_the_peer_knows() {
    let request = BindingRequest::authenticate(&check("us:them"), "us:them", PWD).unwrap();
    for (source, mapped) in [
        ("192.0.2.7:7", "192.0.2.7:7"),
        ("[2001:db8::7]:7", "[2001:db8::7]:7"),
        ("[::ffff:192.0.2.7]:7", "192.0.2.7:7"),
    ] {
        let answer = request.success(source.parse().unwrap(), PWD);
        let answer = BindingSuccess::authenticate(&answer, PWD).unwrap();
        assert_eq!((answer.transaction, answer.mapped), (TRANSACTION, mapped.parse().unwrap()));
    }
}

#[test]
fn role_conflict_is_an_authenticated_487() {
    let request = BindingRequest::authenticate(REQUEST, "evtj:h6vY", PWD).unwrap();
    let mut answer = parse(&request.role_conflict(PWD)).unwrap();
    assert_eq!((answer.typ, answer.transaction_id.0), (BINDING_ERROR, TRANSACTION));
    verify(&mut answer, PWD).unwrap();
    let mut code = ErrorCodeAttribute::default();
    code.get_from(&answer).unwrap();
    assert_eq!(code.code.0, 487);
}

proptest! {
    #[test]
    fn any_bytes_are_parsed_without_panic(mut message in prop::collection::vec(any::<u8>(), 20..120)) {
        let length = u16::try_from(message.len() - 20).unwrap();
        message[..8].copy_from_slice(&[0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42]);
        message[2..4].copy_from_slice(&length.to_be_bytes());
        prop_assert!(BindingRequest::authenticate(&message, "us:them", PWD).is_err());
        prop_assert!(BindingSuccess::authenticate(&message, PWD).is_err());
    }
}
