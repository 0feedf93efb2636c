//! From the first check to media.

use std::time::Duration;

use carillon_testkit::network::LinkConfig;
use carillon_transport::{Event, SrtpProfile};

use crate::rig::{BOTH_PROFILES, Rig, Setup, is_dtls};

const ROUND_TRIP: Duration = Duration::from_millis(20);

#[test]
fn media_may_flow_four_round_trips_after_the_first_check() {
    let mut rig = Rig::new(&Setup::default());
    // One for the check, one for the cookie, two for the rest of DTLS.
    assert!(rig.run_until(ROUND_TRIP * 4, Rig::is_secured));
    let validated = Event::AddressValidated(rig.client_address);
    let secured = Event::Secured(SrtpProfile::AeadAes128Gcm);
    assert_eq!(rig.server_seen.events, [validated, secured]);
    assert_eq!(rig.client_seen.events, [secured]);
    assert_eq!(rig.client.rtt(), Some(ROUND_TRIP));
    assert_eq!(rig.client.mapped_address(), Some(rig.client_address));
}

#[test]
fn profile_is_the_servers_choice_among_those_offered() {
    let [weaker, preferred] = BOTH_PROFILES;
    for (profiles, expected) in
        [(vec![weaker, preferred], preferred), (vec![preferred], preferred), (vec![weaker], weaker)]
    {
        let rig = Rig::secured(&Setup { profiles, ..Setup::default() });
        assert_eq!(rig.server_seen.events.last(), Some(&Event::Secured(expected)));
        assert_eq!(rig.client_seen.events.last(), Some(&Event::Secured(expected)));
    }
}

#[test]
fn joins_survive_loss_reordering_and_duplication() {
    let link = LinkConfig {
        delay: Duration::from_millis(20),
        jitter: Duration::from_millis(30),
        loss: 0.2,
        reordering: 0.1,
        duplication: 0.1,
        bottleneck: None,
    };
    for seed in 0..100 {
        let mut rig = Rig::new(&Setup { seed, link, ..Setup::default() });
        let time = Duration::from_secs(20);
        assert!(rig.run_until(time, Rig::is_secured), "seed {seed}: {:?}", rig.server_seen);
    }
}

#[test]
fn hello_repeated_because_the_flight_was_lost_is_answered_at_once() {
    let flights = |rig: &Rig| rig.server_sent.iter().filter(|sent| is_dtls(sent)).count();
    let mut rig = Rig::new(&Setup::default());
    // The first flight of the server is a cookie, the second its hello.
    assert!(rig.run_until(ROUND_TRIP * 4, |rig| flights(rig) == 2));
    for lost in 0..3 {
        let arrival = rig.to_client.next_arrival().expect("the flight travels");
        assert!(rig.to_client.receive(arrival).is_some(), "and is lost");
        // The client repeats its hello after a second.
        let time = Duration::from_secs(1) + ROUND_TRIP;
        assert!(rig.run_until(time, |rig| flights(rig) == 3 + lost), "{lost} lost before");
    }
    assert!(rig.run_until(ROUND_TRIP * 2, Rig::is_secured));
}

#[test]
fn passwords_stay_out_of_debug_text() {
    let mut rng = carillon_testkit::rng::seeded(Setup::default().seed);
    let passwords = [(); 2].map(|()| carillon_transport::IceCredentials::generate(&mut rng).pwd);
    let rig = Rig::new(&Setup::default());
    let text = format!("{:?} {:?}", rig.server, rig.client);
    assert!(text.contains("Session") && passwords.iter().all(|secret| !text.contains(secret)));
}
