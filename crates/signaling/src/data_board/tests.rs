//! The board against what applications were promised of it.

use carillon_types::WallTime;
use proptest::{collection::vec, prelude::*};

use super::*;

const ADA: u128 = 1;
const BOB: u128 = 2;
const EVE: u128 = 3;

const MILLI: Duration = Duration::from_millis(1);

#[test]
fn message_is_for_everybody_but_its_sender() {
    let mut rig = Rig::new();
    let message = rig.delivered(ADA, None);
    assert!(!message.is_for(main(ADA)));
    assert!(message.is_for(main(BOB)));
    assert!(!message.is_for(Identity::content(id(BOB))), "nobody reads it there");
    let announced = rig.announce(Duration::ZERO);
    assert!(announced.is_for(main(ADA)) && announced.sender.is_none());
}

#[test]
fn ingest_times_tell_apart_what_arrives_at_once() {
    let mut rig = Rig::new();
    let times: Vec<_> = (0..3).map(|_| time(&rig.delivered(ADA, None))).collect();
    assert_eq!(times[0], 1_000_000_000_000);
    assert_eq!([times[1], times[2]], [times[0] + 1_000, times[0] + 2_000]);
    rig.now += MILLI;
    assert_eq!(time(&rig.delivered(BOB, None)), 1_000_001_000_000);
}

#[test]
fn message_without_lifetime_is_for_those_present_only() {
    let mut rig = Rig::new();
    rig.delivered(ADA, None);
    rig.delivered(ADA, Some(Duration::ZERO));
    assert_eq!(rig.missed(BOB, 1), []);
}

#[test]
fn newcomers_get_what_still_lives_in_the_order_of_arrival() {
    let mut rig = Rig::new();
    let long = rig.delivered(ADA, Some(Duration::from_secs(60)));
    let short = rig.delivered(BOB, Some(Duration::from_secs(1)));
    let announced = rig.announce(Duration::from_secs(60));
    assert_eq!(rig.missed(EVE, 1), [long.clone(), short, announced.clone()]);
    rig.now += Duration::from_secs(1);
    assert_eq!(rig.missed(EVE, 1), [long, announced]);
    let content = rig.board.replay(rig.now, Identity::content(id(EVE)), client(1));
    assert_eq!(content, [], "a content share reads nothing");
}

#[test]
fn nothing_outlives_five_minutes() {
    let mut rig = Rig::new();
    rig.delivered(ADA, Some(Duration::from_secs(1_000_000)));
    rig.now += MAX_DATA_LIFETIME - MILLI;
    assert_eq!(rig.missed(BOB, 1).len(), 1);
    rig.now += MILLI;
    assert_eq!(rig.missed(BOB, 1), []);
}

#[test]
fn oldest_message_makes_room_unless_another_is_over() {
    let mut rig = Rig::new();
    let minutes = Some(Duration::from_secs(300));
    let first = rig.delivered(ADA, minutes);
    rig.now += Duration::from_millis(10);
    rig.delivered(ADA, Some(MILLI));
    for _ in 2..MAX_KEPT_MESSAGES {
        rig.now += Duration::from_millis(10);
        rig.delivered(ADA, minutes);
    }
    rig.now += Duration::from_millis(10);
    rig.delivered(ADA, minutes);
    assert_eq!(rig.missed(BOB, 1).first(), Some(&first), "the one that was over went");
    rig.now += Duration::from_millis(10);
    let last = rig.delivered(ADA, minutes);
    let missed = rig.missed(BOB, 1);
    assert_eq!(missed.len(), MAX_KEPT_MESSAGES);
    assert_ne!(missed.first(), Some(&first));
    assert_eq!(missed.last(), Some(&last));
}

#[test]
fn returning_client_gets_what_others_said_since_it_was_heard() {
    let mut rig = Rig::new();
    let minute = Some(Duration::from_secs(60));
    rig.delivered(BOB, minute);
    rig.now += MILLI;
    rig.delivered(ADA, minute);
    let heard = rig.now;
    rig.now += MILLI;
    let unseen = rig.delivered(BOB, minute);
    rig.board.detach(rig.now, main(ADA), client(1), Some(heard));
    assert_eq!(rig.missed(ADA, 1), std::slice::from_ref(&unseen));
    // On a session that broke before it was told what it missed.
    rig.delivered(ADA, minute);
    assert_eq!(rig.missed(ADA, 1), [unseen], "it shows its own already");
    assert_eq!(rig.missed(ADA, 2).len(), 4, "a page that was loaded again shows nothing yet");
    assert_eq!(rig.board.replay(rig.now, main(ADA), None).len(), 4);
}

#[test]
fn client_that_saw_nothing_keeps_what_it_saw_before() {
    let mut rig = Rig::new();
    let minute = Some(Duration::from_secs(60));
    rig.delivered(BOB, minute);
    rig.board.detach(rig.now, main(ADA), client(1), Some(rig.now));
    rig.board.detach(rig.now, main(ADA), client(1), None);
    rig.board.detach(rig.now, Identity::content(id(ADA)), client(9), Some(rig.now));
    assert_eq!(rig.missed(ADA, 1), []);
}

#[test]
fn meeting_that_talks_too_much_is_throttled() {
    let mut rig = Rig::new();
    let minute = Some(Duration::from_secs(60));
    for _ in 0..PASSED_BURST {
        rig.delivered(ADA, None);
    }
    let Posting::Throttled(message) = rig.post(BOB, minute) else { panic!("beyond the burst") };
    assert_eq!(message.arrival, Arrival::Throttled);
    assert_eq!(message.sender, Some(sender(BOB)));
    assert_eq!(rig.missed(EVE, 1), [], "nobody gets it later either");
    rig.announce(Duration::ZERO);
    rig.now += Duration::from_millis(10);
    rig.delivered(BOB, None);
    assert!(matches!(rig.post(BOB, None), Posting::Throttled(_)));
}

#[test]
fn server_that_says_too_much_has_to_wait_and_nobody_else() {
    let mut rig = Rig::new();
    for _ in 0..ANNOUNCED_BURST {
        rig.announce(Duration::ZERO);
    }
    assert_eq!(rig.board.announce(rig.now, data(None)), Err(RateExceeded));
    rig.delivered(ADA, None);
    rig.now += Duration::from_millis(10);
    rig.announce(Duration::ZERO);
}

#[test]
fn attendee_that_floods_is_turned_away_and_others_are_not() {
    let mut rig = Rig::new();
    for _ in 0..ATTENDEE_BURST {
        assert!(!matches!(rig.post(ADA, None), Posting::Abusive(_)));
    }
    assert_eq!(rig.post(ADA, None), Posting::Abusive(Ending::ProtocolViolation));
    assert!(matches!(rig.post(BOB, None), Posting::Throttled(_)));
    rig.now += Duration::from_millis(5);
    assert!(matches!(rig.post(ADA, None), Posting::Throttled(_)), "200 a second are borne");
}

#[test]
fn meeting_that_floods_sends_speakers_away_to_come_back() {
    let mut rig = Rig::new();
    for number in 0..MEETING_BURST {
        let attendee = u128::from(number / 1_000);
        assert!(!matches!(rig.post(attendee, None), Posting::Abusive(_)));
    }
    assert_eq!(rig.post(99, None), Posting::Abusive(Ending::ServerGoingAway));
    rig.now += Duration::from_millis(2);
    assert!(matches!(rig.post(99, None), Posting::Throttled(_) | Posting::Deliver(_)));
}

#[test]
fn crowds_leave_no_trace_when_they_are_gone() {
    let mut rig = Rig::new();
    for attendee in 0..10_000 {
        rig.now += Duration::from_millis(100);
        rig.post(attendee, None);
        rig.board.detach(rig.now, main(attendee), client(1), Some(rig.now));
    }
    assert!(rig.board.posted_by.len() <= TIDY_FROM);
    let comers_in_a_lifetime = 3_000;
    assert!(rig.board.seen.len() <= comers_in_a_lifetime + TIDY_FROM);
}

/// What a browser shows: every message that it was given, and its own as the application echoed them.
#[derive(Debug, Default)]
struct Screen {
    client: u64,
    connected: bool,
    heard: Option<Instant>,
    shown: Vec<u64>,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Wait(u64),
    Post {
        attendee: u128,
        lifetime: Option<u64>,
    },
    Announce,
    /// The socket goes on standing and delivers nothing any more.
    Break(u128),
    Join(u128),
    /// The page is loaded again.
    Reload(u128),
}

fn step() -> impl Strategy<Value = Step> {
    let attendee = || 0..4_u128;
    prop_oneof![
        2 => (1..2_000_u64).prop_map(Step::Wait),
        1 => (1..200_000_u64).prop_map(Step::Wait),
        4 => (attendee(), prop::option::of(0..400_000_u64))
            .prop_map(|(attendee, lifetime)| Step::Post { attendee, lifetime }),
        1 => Just(Step::Announce),
        1 => attendee().prop_map(Step::Break),
        2 => attendee().prop_map(Step::Join),
        1 => attendee().prop_map(Step::Reload),
    ]
}

proptest! {
    /// Everybody is alive at each step until its socket breaks, and hears nothing from then until it joins again.
    #[test]
    fn screens_show_each_message_once_and_miss_none_that_is_kept(steps in vec(step(), 0..120)) {
        let mut rig = Rig::new();
        let mut screens: BTreeMap<u128, Screen> = BTreeMap::new();
        let mut said: Vec<(Instant, Duration, u64, Option<u128>)> = Vec::new();
        for step in steps {
            rig.now += MILLI;
            match step {
                Step::Wait(millis) => rig.now += MILLI * u32::try_from(millis).unwrap(),
                Step::Post { attendee, lifetime } => {
                    if !screens.get(&attendee).is_some_and(|screen| screen.connected) {
                        continue;
                    }
                    let lifetime = lifetime.map(Duration::from_millis);
                    let message = rig.delivered(attendee, lifetime);
                    let kept = lifetime.unwrap_or_default().min(MAX_DATA_LIFETIME);
                    said.push((rig.now, kept, time(&message), Some(attendee)));
                    screens.entry(attendee).or_default().shown.push(time(&message));
                    rig.tell(&mut screens, &message);
                }
                Step::Announce => {
                    let message = rig.announce(MAX_DATA_LIFETIME);
                    said.push((rig.now, MAX_DATA_LIFETIME, time(&message), None));
                    rig.tell(&mut screens, &message);
                }
                Step::Break(attendee) => {
                    let screen = screens.entry(attendee).or_default();
                    if std::mem::take(&mut screen.connected) {
                        screen.heard = Some(rig.now);
                    }
                }
                Step::Reload(attendee) | Step::Join(attendee) => {
                    let screen = screens.entry(attendee).or_default();
                    if screen.connected {
                        screen.heard = Some(rig.now);
                    }
                    rig.board.detach(rig.now, main(attendee), client(screen.client), screen.heard);
                    if matches!(step, Step::Reload(_)) {
                        *screen = Screen { client: screen.client + 1, ..Screen::default() };
                    }
                    let missed = rig.missed(attendee, screen.client);
                    screen.shown.extend(missed.iter().map(time));
                    screen.connected = true;
                    for (at, kept, message, _) in &said {
                        let due = *at + *kept > rig.now;
                        prop_assert!(!due || screen.shown.contains(message), "{attendee} misses one");
                    }
                }
            }
        }
        for screen in screens.values() {
            let mut once = screen.shown.clone();
            once.sort_unstable();
            once.dedup();
            prop_assert_eq!(once.len(), screen.shown.len(), "something is shown twice");
        }
    }

    /// The buckets against a count of what went through in every window of time.
    #[test]
    fn limits_hold_over_every_span_of_time(
        posts in vec((0..3_u128, 0..40_u64), 0..3_000),
    ) {
        let mut rig = Rig::new();
        let mut passed = Vec::new();
        let start = rig.now;
        for (attendee, pause) in posts {
            rig.now += MILLI * u32::try_from(pause / 10).unwrap();
            if matches!(rig.post(attendee, None), Posting::Deliver(_)) {
                passed.push(u32::try_from((rig.now - start).as_millis()).unwrap());
            }
        }
        for (index, first) in passed.iter().enumerate().step_by(97) {
            for (count, last) in (1_u32..).zip(&passed[index..]) {
                let allowed = PASSED_BURST + (last - first) * PASSED_PER_SECOND / 1_000 + 1;
                prop_assert!(count <= allowed, "{count} in {} ms", last - first);
            }
        }
    }
}

struct Rig {
    now: Instant,
    board: DataBoard,
}

impl Rig {
    #[expect(
        clippy::disallowed_methods,
        reason = "any instant serves as the origin of virtual time"
    )]
    fn new() -> Self {
        let now = Instant::now();
        let epoch = Epoch::new(now, WallTime::from_millis(1_000_000));
        Self { now, board: DataBoard::new(now, epoch) }
    }

    fn post(&mut self, attendee: u128, lifetime: Option<Duration>) -> Posting {
        self.board.post(self.now, sender(attendee), data(lifetime))
    }

    fn delivered(&mut self, attendee: u128, lifetime: Option<Duration>) -> ReceivedData {
        let Posting::Deliver(message) = self.post(attendee, lifetime) else {
            panic!("within the limits");
        };
        message
    }

    fn announce(&mut self, lifetime: Duration) -> ReceivedData {
        self.board.announce(self.now, data(Some(lifetime))).unwrap()
    }

    fn missed(&self, attendee: u128, number: u64) -> Vec<ReceivedData> {
        self.board.replay(self.now, main(attendee), client(number))
    }

    fn tell(&self, screens: &mut BTreeMap<u128, Screen>, message: &ReceivedData) {
        for (attendee, screen) in screens {
            if screen.connected && message.is_for(main(*attendee)) {
                screen.shown.push(time(message));
            }
        }
    }
}

fn data(lifetime: Option<Duration>) -> SentData {
    SentData { topic: "chat".parse().unwrap(), data: "hi".into(), lifetime }
}

fn time(message: &ReceivedData) -> u64 {
    match message.arrival {
        Arrival::At(at) => at.0,
        Arrival::Throttled => panic!("it was delivered"),
    }
}

fn sender(attendee: u128) -> MessageSender {
    MessageSender { identity: main(attendee), external_user_id: "someone".into() }
}

fn main(attendee: u128) -> Identity {
    Identity::main(id(attendee))
}

fn id(attendee: u128) -> AttendeeId {
    AttendeeId::from_random(attendee)
}

fn client(number: u64) -> Option<AudioSessionId> {
    Some(AudioSessionId(number))
}
