//! What holds for any text whatsoever: property tests and the targets of `crates/fuzz` try it.

#![expect(
    clippy::missing_panics_doc,
    reason = "a property that does not hold ends the test, and says which"
)]

use carillon_transport::{Fingerprint, IceCredentials};
use rand::{SeedableRng as _, rngs::StdRng};

use crate::{
    negotiation::{Negotiation, Permission, Terms},
    sdp::{LocalTransport, Offer},
};

/// A text that is an offer gets an answer with as many sections.
pub fn offer(text: &str) {
    let Ok(offer) = Offer::parse(text) else { return };
    let mut rng = StdRng::seed_from_u64(1);
    let transport = LocalTransport {
        ice: IceCredentials::generate(&mut rng),
        fingerprint: Fingerprint::of_der(&[]),
        candidates: Vec::new(),
    };
    let granted = Permission::Granted;
    let terms = Terms { client_hears: granted, sees_client: granted, wanted: &[] };
    let mut negotiation = Negotiation::new(&mut rng);
    let (answer, _) = negotiation.answer(&mut rng, &transport, &offer, &terms);
    let sections = answer.lines().filter(|line| line.starts_with("m=")).count();
    assert_eq!(sections, offer.sections.len());
}
