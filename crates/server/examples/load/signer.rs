//! Signatures of AWS's own signer.

use std::net::SocketAddr;

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use bytes::Bytes;
use http_body_util::Full;
use hyper::Request;

use crate::{clock, program::KEY};

/// Makes a signed request.
pub(crate) fn request(
    at: SocketAddr,
    method: &str,
    path: &str,
    body: &str,
) -> anyhow::Result<Request<Full<Bytes>>> {
    let (access, secret) = KEY;
    let identity = Credentials::new(access, secret, None, None, "load").into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region("us-east-1")
        .name("chime")
        .time(clock::wall())
        .settings(SigningSettings::default())
        .build()?
        .into();
    let host = at.to_string();
    let headers = std::iter::once(("host", host.as_str()));
    let whole = SignableBody::Bytes(body.as_bytes());
    let signable = SignableRequest::new(method, format!("http://{at}{path}"), headers, whole)?;
    let (instructions, _) = sign(signable, &params)?.into_parts();
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", &host)
        .header("content-type", "application/json")
        .body(Full::new(Bytes::copy_from_slice(body.as_bytes())))?;
    instructions.apply_to_request_http1x(&mut request);
    Ok(request)
}
