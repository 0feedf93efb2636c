//! Connectivity checks on the wire (RFC 8445 section 7); the only module that uses rtc-stun.

use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;
use rtc_stun::attributes::{
    ATTR_ICE_CONTROLLED, ATTR_ICE_CONTROLLING, ATTR_MESSAGE_INTEGRITY, ATTR_PRIORITY,
    ATTR_USE_CANDIDATE, ATTR_USERNAME, AttrType, RawAttribute,
};
use rtc_stun::error_code::{CODE_ROLE_CONFLICT, ErrorCodeAttribute};
use rtc_stun::fingerprint::FINGERPRINT;
use rtc_stun::integrity::MessageIntegrity;
use rtc_stun::message::{
    BINDING_ERROR, BINDING_REQUEST, BINDING_SUCCESS, Getter, Message, MessageType, Setter,
    TransactionId,
};
use rtc_stun::xoraddr::XorMappedAddress;

use crate::{CheckError, crypto};

/// What pairs a response with its request.
pub(crate) type Transaction = [u8; 12];

/// The role that the sender of a check claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Controlling,
    Controlled,
}

/// A check that was authenticated.
#[derive(Debug)]
pub(crate) struct BindingRequest {
    pub(crate) transaction: Transaction,
    pub(crate) role: Role,
    /// Whether the sender nominates the path that the check took.
    pub(crate) nominates: bool,
}

impl BindingRequest {
    /// Parses a check addressed to `username` and authenticates it with the password of this end.
    pub(crate) fn authenticate(
        datagram: &[u8],
        username: &str,
        pwd: &str,
    ) -> Result<Self, CheckError> {
        let mut message = parse(datagram)?;
        if message.typ != BINDING_REQUEST {
            return Err(CheckError::Unexpected);
        }
        if protected(&message, ATTR_USERNAME)?.is_none_or(|name| name.value != username.as_bytes())
        {
            return Err(CheckError::Unauthentic);
        }
        verify(&mut message, pwd)?;
        let is_controlled = protected(&message, ATTR_ICE_CONTROLLED)?.is_some();
        Ok(Self {
            transaction: message.transaction_id.0,
            role: if is_controlled { Role::Controlled } else { Role::Controlling },
            nominates: protected(&message, ATTR_USE_CANDIDATE)?.is_some(),
        })
    }

    /// The answer that tells the sender where its check came from.
    pub(crate) fn success(&self, source: SocketAddr, pwd: &str) -> Bytes {
        // A dual-stack socket shows IPv4 peers as mapped IPv6 addresses, which they never heard of.
        let mapped = XorMappedAddress { ip: source.ip().to_canonical(), port: source.port() };
        build(BINDING_SUCCESS, self.transaction, vec![Box::new(mapped)], pwd)
    }

    /// The answer to a sender that believes to be controlled, as only this end may be
    /// (RFC 8445 section 7.3.1.1).
    pub(crate) fn role_conflict(&self, pwd: &str) -> Bytes {
        let code = ErrorCodeAttribute { code: CODE_ROLE_CONFLICT, reason: b"Role Conflict".into() };
        build(BINDING_ERROR, self.transaction, vec![Box::new(code)], pwd)
    }
}

/// A check to send, as the controlling end, nominating the path that it takes.
#[derive(Debug)]
pub(crate) struct NominatingCheck<'a> {
    pub(crate) transaction: Transaction,
    pub(crate) username: &'a str,
    pub(crate) pwd: &'a str,
    pub(crate) priority: u32,
    pub(crate) tie_breaker: u64,
}

impl NominatingCheck<'_> {
    /// Writes the check.
    pub(crate) fn encode(&self) -> Bytes {
        let attributes: Vec<Box<dyn Setter>> = vec![
            raw(ATTR_USERNAME, self.username.as_bytes()),
            raw(ATTR_PRIORITY, &self.priority.to_be_bytes()),
            raw(ATTR_ICE_CONTROLLING, &self.tie_breaker.to_be_bytes()),
            raw(ATTR_USE_CANDIDATE, &[]),
        ];
        build(BINDING_REQUEST, self.transaction, attributes, self.pwd)
    }
}

/// An authenticated answer to a check.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BindingSuccess {
    pub(crate) transaction: Transaction,
    /// Where the peer saw the check come from.
    pub(crate) mapped: SocketAddr,
}

impl BindingSuccess {
    /// Parses an answer and authenticates it with the password of the peer.
    pub(crate) fn authenticate(datagram: &[u8], pwd: &str) -> Result<Self, CheckError> {
        let mut message = parse(datagram)?;
        if message.typ != BINDING_SUCCESS {
            return Err(CheckError::Unexpected);
        }
        verify(&mut message, pwd)?;
        let mut mapped = XorMappedAddress { ip: IpAddr::from([0; 4]), port: 0 };
        mapped.get_from(&message).map_err(|_| CheckError::Malformed)?;
        let transaction = message.transaction_id.0;
        Ok(Self { transaction, mapped: SocketAddr::new(mapped.ip, mapped.port) })
    }
}

/// Parses a message and checks its fingerprint, which RFC 8445 section 7.1 demands of checks and answers.
fn parse(datagram: &[u8]) -> Result<Message, CheckError> {
    let mut message = Message { raw: datagram.to_vec(), ..Message::default() };
    message.decode().map_err(|_| CheckError::Malformed)?;
    FINGERPRINT.check(&message).map_err(|_| CheckError::Malformed)?;
    Ok(message)
}

/// The first attribute of this type among those that the integrity covers (RFC 8489 section 14.5).
fn protected(message: &Message, typ: AttrType) -> Result<Option<&RawAttribute>, CheckError> {
    let attributes = &message.attributes.0;
    let end = attributes.iter().position(|attribute| attribute.typ == ATTR_MESSAGE_INTEGRITY);
    let covered = end.and_then(|end| attributes.get(..end)).ok_or(CheckError::Unauthentic)?;
    Ok(covered.iter().find(|attribute| attribute.typ == typ))
}

fn verify(message: &mut Message, pwd: &str) -> Result<(), CheckError> {
    MessageIntegrity::check(message, pwd.as_bytes(), crypto::operations())
        .map_err(|_| CheckError::Unauthentic)
}

fn raw(typ: AttrType, value: &[u8]) -> Box<dyn Setter> {
    Box::new(RawAttribute { typ, length: 0, value: value.to_vec() })
}

fn build<'a>(
    typ: MessageType,
    transaction: Transaction,
    attributes: Vec<Box<dyn Setter + 'a>>,
    pwd: &str,
) -> Bytes {
    let integrity = MessageIntegrity::new_short_term_integrity_with_provider(
        pwd.to_owned(),
        crypto::operations(),
    );
    let mut setters: Vec<Box<dyn Setter + '_>> =
        vec![Box::new(typ), Box::new(TransactionId(transaction))];
    setters.extend(attributes);
    setters.push(Box::new(integrity));
    setters.push(Box::new(FINGERPRINT));
    let mut message = Message::default();
    message.build(&setters).expect("every attribute is far shorter than its limit");
    message.raw.into()
}

#[cfg(test)]
pub(crate) use tests::REQUEST as SAMPLE_REQUEST;

#[cfg(test)]
mod tests;
