//! Signs test requests with AWS's own signer, which is the oracle for the verifier.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{
        PayloadChecksumKind, SignableBody, SignableRequest, SignatureLocation, SigningSettings,
        sign,
    },
    sign::v4,
};
use axum::http::{Method, Request};

/// One way to sign; the fields are what a test bends.
#[derive(Clone, Debug)]
pub(crate) struct Signer {
    pub(crate) access_key: &'static str,
    pub(crate) secret: &'static str,
    pub(crate) token: Option<&'static str>,
    pub(crate) region: &'static str,
    pub(crate) service: &'static str,
    pub(crate) time: SystemTime,
    pub(crate) checksum: PayloadChecksumKind,
    /// How long the presigned URL is good for; absent for a signature in the header.
    pub(crate) presigned: Option<Duration>,
}

impl Signer {
    pub(crate) fn dev(time: SystemTime) -> Self {
        Self {
            access_key: "devkey",
            secret: "devsecret",
            token: None,
            region: "us-east-1",
            service: "chime",
            time,
            checksum: PayloadChecksumKind::NoHeader,
            presigned: None,
        }
    }

    pub(crate) fn sign(
        &self,
        method: &Method,
        path_and_query: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Request<Vec<u8>> {
        let identity = Credentials::new(
            self.access_key,
            self.secret,
            self.token.map(Into::into),
            None,
            "test",
        )
        .into();
        let mut settings = SigningSettings::default();
        settings.payload_checksum_kind = self.checksum;
        if self.presigned.is_some() {
            settings.signature_location = SignatureLocation::QueryParams;
            settings.expires_in = self.presigned;
        }
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(self.region)
            .name(self.service)
            .time(self.time)
            .settings(settings)
            .build()
            .unwrap()
            .into();
        let host = ("host", "127.0.0.1:8080");
        let url = format!("http://{}{path_and_query}", host.1);
        let all = headers.iter().copied().chain([host]);
        let signable =
            SignableRequest::new(method.as_str(), url, all.clone(), SignableBody::Bytes(body));
        let (instructions, _) = sign(signable.unwrap(), &params).unwrap().into_parts();
        let mut request = Request::builder().method(method).uri(path_and_query);
        for (name, value) in all {
            request = request.header(name, value);
        }
        let mut request = request.body(body.to_vec()).unwrap();
        instructions.apply_to_request_http1x(&mut request);
        request
    }
}
