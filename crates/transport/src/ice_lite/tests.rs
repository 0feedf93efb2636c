use carillon_testkit::clock::VirtualClock;

use super::*;
use crate::stun::NominatingCheck;

const MEMORY: Duration = Duration::from_secs(30);

struct Bench {
    clock: VirtualClock,
    ice: IceLite,
    sent: u8,
}

fn credentials(ufrag: &str) -> IceCredentials {
    IceCredentials { ufrag: ufrag.to_owned(), pwd: "a password of 22 chars".to_owned() }
}

fn address(port: u16) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 1], port))
}

impl Bench {
    fn new() -> Self {
        let ice = IceLite::new(credentials("us"), &credentials("them"));
        Self { clock: VirtualClock::start(), ice, sent: 0 }
    }

    fn next_check(&mut self) -> Bytes {
        self.sent += 1;
        let pwd = &credentials("us").pwd;
        let transaction = [self.sent; 12];
        let check =
            NominatingCheck { transaction, username: "us:them", pwd, priority: 1, tie_breaker: 1 };
        check.encode()
    }

    fn give(&mut self, port: u16, check: &[u8]) -> Result<CheckOutcome, CheckError> {
        self.ice.handle_check(self.clock.now(), address(port), check, MEMORY)
    }

    fn nominate(&mut self, port: u16) -> CheckOutcome {
        let check = self.next_check();
        self.give(port, &check).unwrap()
    }
}

#[test]
fn first_check_validates_and_later_ones_do_not_again() {
    let mut bench = Bench::new();
    assert_eq!((bench.ice.destination(), bench.ice.is_validated(address(1))), (None, false));
    assert_eq!(bench.nominate(1).validated, Some(address(1)));
    assert_eq!(bench.nominate(1).validated, None);
    assert_eq!(bench.ice.destination(), Some(address(1)));
}

#[test]
fn destination_follows_the_newest_nomination() {
    let mut bench = Bench::new();
    assert!(!bench.nominate(1).moved, "the first nomination is no move");
    assert!(bench.nominate(2).moved);
    assert!(!bench.nominate(2).moved);
    assert_eq!(bench.ice.destination(), Some(address(2)));
    assert!(bench.ice.is_validated(address(1)), "the old address is accepted for a while");
    bench.ice.prefer_until_nominated(address(1));
    assert_eq!(bench.ice.destination(), Some(address(2)));
}

#[test]
fn before_nomination_the_destination_follows_dtls() {
    let mut bench = Bench::new();
    bench.ice.path = Path::Provisional(address(1));
    bench.ice.prefer_until_nominated(address(2));
    assert_eq!(bench.ice.destination(), Some(address(2)));
    assert!(!bench.ice.follow(address(3), false));
    assert_eq!(bench.ice.destination(), Some(address(2)), "a plain check moves nothing");
}

#[test]
fn a_repeated_check_is_answered_to_its_sender_only_and_changes_nothing() {
    let mut bench = Bench::new();
    let check = bench.next_check();
    bench.give(1, &check).unwrap();
    bench.nominate(2);
    let heard = bench.ice.last_check();
    bench.clock.advance(Duration::from_secs(5));
    let repeated = bench.give(1, &check).unwrap();
    assert!(!repeated.answer.is_empty() && !repeated.moved);
    assert_eq!(bench.give(3, &check).unwrap_err(), CheckError::Unauthentic);
    assert_eq!(bench.ice.destination(), Some(address(2)));
    assert_eq!(bench.ice.last_check(), heard, "consent is not refreshed");
}

#[test]
fn silent_addresses_are_abandoned_but_never_the_destination() {
    let mut bench = Bench::new();
    bench.nominate(1);
    bench.nominate(2);
    bench.clock.advance(MEMORY + Duration::from_secs(1));
    assert_eq!(bench.nominate(2).abandoned, [address(1)]);
    assert!(!bench.ice.is_validated(address(1)) && bench.ice.is_validated(address(2)));
}

#[test]
fn the_most_silent_address_makes_room() {
    let mut bench = Bench::new();
    for port in 1..=8 {
        assert!(bench.nominate(port).abandoned.is_empty());
        bench.clock.advance(Duration::from_secs(1));
    }
    bench.nominate(1);
    assert_eq!(bench.nominate(9).abandoned, [address(2)]);
    assert_eq!(bench.ice.addresses.len(), MAX_ADDRESSES);
}

#[test]
fn a_controlled_peer_is_told_of_the_conflict_and_not_validated() {
    let mut bench = Bench::new();
    bench.ice.username = "evtj:h6vY".to_owned();
    bench.ice.local.pwd = "VOkJxbRl1RmTxUk/WvJxBt".to_owned();
    let outcome = bench.give(1, crate::stun::SAMPLE_REQUEST).unwrap();
    assert_eq!(outcome.answer[..2], [0x01, 0x11], "an error response");
    assert_eq!((outcome.validated, bench.ice.last_check()), (None, None));
    assert!(!bench.ice.is_validated(address(1)));
}
