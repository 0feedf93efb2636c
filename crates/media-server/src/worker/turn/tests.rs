//! A worker without its thread: orders and moments in, what sockets and others hear out.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
    thread,
};

use carillon_meeting::{Attendee, MeetingEvent, SessionId};
use carillon_signaling::{
    AudioStatus, ClientMessage, FirstNumber, Identity, PingId, ServerMessage, decode_server,
    encode_client,
};
use carillon_transport::Certificate;
use carillon_types::{
    AttendeeCapabilities, AttendeeId, MeetingFeatures, TranscriptionConfiguration,
    TranscriptionTurn, WallTime,
};
use tokio::sync::mpsc::Receiver;

use super::*;
use crate::stats::MediaStats;

/// Remembers which meetings were lost.
#[derive(Default)]
struct Losses(Mutex<BTreeSet<MeetingId>>);

impl MeetingEvents for Losses {
    fn unwatched(&self, _: MeetingId, _: bool) {}

    fn record(&self, _: MeetingId, _: &MeetingEvent) {}

    fn transcription(
        &self,
        _: MeetingId,
        _: Arc<TranscriptionConfiguration>,
        _: TranscriptionTurn,
    ) {
    }

    fn lost(&self, meeting: MeetingId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(meeting);
    }
}

struct Bench {
    worker: Worker,
    handle: WorkerHandle,
    losses: Losses,
    now: Instant,
    sessions: u64,
    life: MeetingLife,
}

impl Bench {
    fn new() -> Self {
        let socket = MediaSocket::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let config = MeetingConfig::new(Certificate::generate().unwrap(), clock::epoch());
        let (worker, handle) = Worker::new(socket, config).unwrap();
        let (losses, life) = (Losses::default(), MeetingLife::FIRST);
        Self { worker, handle, losses, now: clock::now(), sessions: 0, life }
    }

    fn order(&mut self, command: Command) {
        self.worker.perform(self.now, command);
        self.worker.drain_touched(&self.losses);
    }

    fn open(&mut self, meeting: u128, attendee: u128) -> Client {
        self.open_queue(meeting, attendee, 16)
    }

    fn open_queue(&mut self, meeting: u128, attendee: u128, queue: usize) -> Client {
        let (socket, orders) = mpsc::channel(queue);
        let (meeting, session) = (MeetingId::from_random(meeting), SessionId(self.sessions));
        self.sessions += 1;
        let attendee = Attendee {
            identity: Identity::main(AttendeeId::from_random(attendee)),
            external_user_id: "somebody".to_owned(),
            capabilities: AttendeeCapabilities::ALL,
            features: MeetingFeatures::default(),
        };
        let life = self.life;
        self.order(Command::Open { meeting, life, session, attendee, socket });
        Client { meeting, session, orders }
    }

    fn say(&mut self, client: &Client, message: &ClientMessage) {
        let (meeting, session) = (client.meeting, client.session);
        let message = encode_client(WallTime::from_millis(1), message);
        self.order(Command::Message { meeting, session, message });
    }

    /// Lets time pass up to the next deadline; returns whether there was one.
    fn wait(&mut self) -> bool {
        let Some(&(deadline, _)) = self.worker.timers.first() else { return false };
        self.now = deadline;
        self.worker.fire_timers(deadline);
        self.worker.drain_touched(&self.losses);
        true
    }

    fn stats(&self) -> MediaStats {
        let mut stats = MediaStats::default();
        self.handle.counters().add_to(&mut stats);
        stats
    }
}

struct Client {
    meeting: MeetingId,
    session: SessionId,
    orders: Receiver<SocketOrder>,
}

impl Client {
    /// What its socket was told since: messages, the close code, or that it was cut.
    fn heard(&mut self) -> Vec<Heard> {
        let mut heard = Vec::new();
        loop {
            heard.push(match self.orders.try_recv() {
                Ok(SocketOrder::Send(message)) => {
                    Heard::Said(decode_server(&message).unwrap().unwrap().content.message)
                }
                Ok(SocketOrder::Close(code)) => Heard::Closed(code.0),
                Err(TryRecvError::Disconnected) => Heard::Cut,
                Err(TryRecvError::Empty) => return heard,
            });
            if heard.last() == Some(&Heard::Cut) {
                return heard;
            }
        }
    }
}

#[derive(Debug, PartialEq)]
enum Heard {
    Said(ServerMessage),
    Closed(u16),
    Cut,
}

const PING: ClientMessage = ClientMessage::Ping(PingId(7));
const PONG: Heard = Heard::Said(ServerMessage::Pong(PingId(7)));

#[test]
fn an_ended_meeting_closes_sockets_that_have_not_joined() {
    let mut bench = Bench::new();
    let mut client = bench.open(1, 1);
    bench.order(Command::EndMeeting(client.meeting));
    let notice = Heard::Said(ServerMessage::AudioStatus(AudioStatus::MEETING_ENDED));
    assert_eq!(client.heard(), [notice, Heard::Closed(4410), Heard::Cut]);
    assert!(bench.worker.meetings.is_empty() && bench.worker.timers.is_empty());
}

#[test]
fn orders_for_meetings_and_sessions_that_are_gone_change_nothing() {
    let mut bench = Bench::new();
    let client = bench.open(1, 1);
    let (meeting, session) = (client.meeting, client.session);
    bench.order(Command::SocketClosed { meeting, session });
    assert!(bench.worker.meetings.is_empty());
    bench.order(Command::SocketClosed { meeting, session });
    bench.say(&client, &PING);
    bench.order(Command::EndMeeting(meeting));
    bench.order(Command::RemoveAttendee(meeting, AttendeeId::from_random(1)));
    assert!(bench.worker.meetings.is_empty() && bench.worker.touched.is_empty());
    assert_eq!(bench.stats().meetings, 0);
}

#[test]
fn a_meeting_that_emptied_goes_on_with_its_numbers_and_one_that_ended_is_forgotten() {
    let mut bench = Bench::new();
    let numbers = |bench: &Bench| {
        bench.worker.meetings.values().filter_map(Hosted::numbered_until).collect::<Vec<_>>()
    };
    bench.life = MeetingLife::after(3);
    let Client { meeting, session, .. } = bench.open(1, 1);
    let later = numbers(&bench);
    assert_eq!(later, [FirstNumber::of_life(bench.life)]);
    bench.order(Command::SocketClosed { meeting, session });
    assert!(bench.worker.meetings.is_empty());
    bench.life = MeetingLife::FIRST;
    bench.open(1, 1);
    assert_eq!(numbers(&bench), later);

    bench.order(Command::EndMeeting(meeting));
    assert!(bench.worker.meetings.is_empty());
    bench.open(1, 1);
    assert_eq!(numbers(&bench), [FirstNumber::ONE]);
}

#[test]
fn a_broken_meeting_ends_alone_and_is_reported() {
    let mut bench = Bench::new();
    let (mut broken, mut other) = (bench.open(1, 1), bench.open(2, 2));
    bench.worker.within(broken.meeting, |hosted| hosted.work(|_| panic!("a bug of the engine")));
    bench.say(&broken, &PING);
    bench.say(&other, &PING);
    assert_eq!(broken.heard(), [Heard::Cut]);
    assert_eq!(other.heard(), [PONG]);
    assert_eq!(*bench.losses.0.lock().unwrap(), BTreeSet::from([broken.meeting]));
    assert_eq!((bench.stats().meetings, bench.stats().meetings_broken), (1, 1));
    assert!(bench.worker.timers.iter().all(|(_, id)| *id == other.meeting));
    // Its clients find a new one.
    let mut back = bench.open(1, 1);
    bench.say(&back, &PING);
    assert_eq!(back.heard(), [PONG]);
}

#[test]
fn a_silent_meeting_is_dropped_in_time_and_leaves_nothing_behind() {
    let mut bench = Bench::new();
    let mut client = bench.open(1, 1);
    let opened = bench.now;
    while bench.wait() {
        assert!(bench.now <= opened + Duration::from_secs(60));
    }
    assert_eq!(client.heard().last(), Some(&Heard::Cut));
    assert!(bench.worker.meetings.is_empty());
    let lag = bench.stats().lag;
    assert!(lag.count > 0 && lag.within[0] == lag.count, "{lag:?}");
}

#[test]
fn a_client_that_does_not_read_is_cut_and_no_other() {
    let mut bench = Bench::new();
    let (mut reader, mut idler) = (bench.open(1, 1), bench.open_queue(1, 2, 4));
    for _ in 0..5 {
        bench.say(&reader, &PING);
        bench.say(&idler, &PING);
        assert_eq!(reader.heard(), [PONG]);
    }
    assert_eq!(idler.heard(), [PONG, PONG, PONG, PONG, Heard::Cut]);
    assert_eq!(bench.stats().sockets_cut, 1);
}

#[test]
fn the_ninth_socket_of_an_attendee_costs_the_first() {
    let mut bench = Bench::new();
    let mut clients: Vec<Client> = (0..9).map(|_| bench.open(1, 1)).collect();
    let mut other = bench.open(1, 2);
    assert_eq!(clients[0].heard(), [Heard::Cut]);
    for client in clients[1..].iter_mut().chain([&mut other]) {
        assert_eq!(client.heard(), []);
    }
}

#[test]
fn a_stopping_worker_says_farewell_and_turns_newcomers_away() {
    let mut bench = Bench::new();
    let mut client = bench.open(1, 1);
    bench.order(Command::Stop);
    assert_eq!(client.heard(), [Heard::Closed(4500), Heard::Cut]);
    let mut late = bench.open(1, 1);
    assert_eq!(late.heard(), [Heard::Closed(4500), Heard::Cut]);
    assert!(bench.worker.is_done(bench.now));
}

#[test]
fn a_worker_ends_when_dismissed_and_when_nobody_is_left() {
    let Bench { worker, handle, .. } = Bench::new();
    let running = thread::spawn(|| worker.run(&Losses::default()));
    assert!(handle.is_running());
    handle.dismiss();
    running.join().unwrap();
    assert!(!handle.is_running());

    let Bench { mut worker, handle, now, .. } = Bench::new();
    drop(handle);
    worker.carry_out(now);
    assert!(worker.is_done(now));
}

#[test]
fn a_flood_of_datagrams_leaves_turns_to_others() {
    let mut bench = Bench::new();
    let mut flood = carillon_meeting::DatagramBatch::default();
    let to = bench.worker.socket.local_address().unwrap();
    (0..1_200).for_each(|_| flood.push(to, &[0; 60]));
    let sender = MediaSocket::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    sender.send(&flood, &Counters::default());
    assert_eq!(bench.worker.receive(&bench.losses), Backlog::Some);
    while bench.worker.receive(&bench.losses) == Backlog::Some {}
    assert_eq!(bench.stats().datagrams_unroutable, 1_200);
    assert_eq!(bench.stats().bytes_received, 72_000);
}

#[tokio::test]
async fn orders_beyond_a_turns_share_wait_for_the_next() {
    let mut bench = Bench::new();
    for _ in 0..=COMMANDS_PER_TURN {
        bench.handle.order(Command::EndMeeting(MeetingId::from_random(1))).await;
    }
    assert_eq!(bench.worker.carry_out(bench.now), Backlog::Some);
    assert_eq!(bench.worker.carry_out(bench.now), Backlog::None);
}
