//! What each client's path takes, and what follows: which layers it is shown, and how much publishers shall send.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use carillon_frame::Bitrate;
use carillon_sfu::{Claim, Share, Shown, SourceId};
use carillon_signaling::{GroupId, Modality, StreamId};

use super::Meeting;
use crate::attendee::SessionId;

/// How often shares are looked at: a queue that grows for longer is heard, and rates measured over shorter times swing.
const INTERVAL: Duration = Duration::from_millis(200);

/// What is kept free for the mix with its headers and for reports.
const SOUND: Bitrate = Bitrate::from_kbps(70);

/// How much of what is left goes to pictures, in hundredths: their key frames come in bursts.
const FOR_PICTURES: u32 = 95;

/// How much of what its best viewer's path takes a publisher may send, in hundredths.
///
/// An encoder swings about its target; with more, its pictures would again and again not fit.
const BELOW_OFFER: u32 = 80;

/// The least that a publisher is asked to send: less is no picture.
const LEAST_PICTURE: Bitrate = Bitrate::from_kbps(60);

/// How much more than what is wanted a path is tried for, in hundredths, so that shares keep a margin.
const GOAL: u32 = 125;

/// The most that a path is tried for: a wall of 25 pictures. More would only cost those who share the path.
const MAX_GOAL: Bitrate = Bitrate::from_kbps(10_000);

/// A path that takes this much less than its client was told is told at once, in hundredths.
const NEWS: u32 = 80;

/// Offers that a publisher's viewers have for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Offer {
    /// Somebody's path takes all it can send.
    Everything,
    /// The most that a path takes.
    AtMost(Bitrate),
}

impl Meeting {
    /// When shares are to be looked at: never while nobody watches.
    pub(super) fn adaption_deadline(&self) -> Option<Instant> {
        let watches = self.participants.values().any(|participant| {
            participant.path.as_ref().is_some_and(|path| !path.link.views().is_empty())
        });
        watches.then_some(self.adaption_due)
    }

    pub(super) fn adapt(&mut self, now: Instant) {
        if self.adaption_deadline().is_none_or(|due| due > now) {
            return;
        }
        self.adaption_due = now.checked_add(INTERVAL).unwrap_or(now);
        self.set_goals();
        let mut paths = self.participants.values().filter_map(|known| known.path.as_ref());
        if !paths.any(|path| path.link.is_limited()) {
            return;
        }
        let mut offers = BTreeMap::new();
        let sessions: Vec<SessionId> = self.participants.keys().copied().collect();
        for session in &sessions {
            self.adapt_viewer(now, *session, &mut offers);
        }
        for session in sessions {
            self.cap_publisher(now, session, &offers);
        }
    }

    /// Says for each path how much could be of use: all there is to see in its best quality, also what the client does
    /// not ask for at present, because it chooses by what it is told that its path takes.
    fn set_goals(&mut self) {
        for participant in self.participants.values_mut() {
            let receiver = participant.attendee.identity.attendee;
            let Some(path) = &mut participant.path else { continue };
            let wanted = self.index.bitrate_for(receiver).saturating_add(SOUND);
            path.link.downlink_mut().set_goal(wanted.percent(GOAL).min(MAX_GOAL));
        }
    }

    /// Fits what a client is shown to what its path takes.
    fn adapt_viewer(
        &mut self,
        now: Instant,
        session: SessionId,
        offers: &mut BTreeMap<SourceId, Offer>,
    ) {
        let Some(participant) = self.participants.get_mut(&session) else { return };
        let Some(path) = &mut participant.path else { return };
        let (mut claims, mut sources) = (Vec::new(), BTreeMap::new());
        for view in path.link.views() {
            let Some(subscription) = self.views.find((session, view.ssrc)) else { continue };
            let Some((owner, _)) = self.index.describe(view.stream) else { continue };
            let priority = u32::from(owner.modality == Modality::Content);
            claims.push(Claim { subscription, priority });
            sources.insert(subscription, view.stream);
        }
        if claims.is_empty() {
            return;
        }
        let limit = path.link.downlink().limit();
        let budget = limit.map(|limit| limit.saturating_sub(SOUND).percent(FOR_PICTURES));
        let shares = self.forwarder.allocate(now, &claims, budget);
        let offer_of = |claim: &Claim| {
            let share = shares.iter().find(|share| share.subscription == claim.subscription);
            match (budget, share) {
                (Some(_), Some(share)) => Some(Offer::AtMost(share.offered)),
                // A picture that does not arrive asks for nothing.
                (Some(_), None) => None,
                (None, _) => Some(Offer::Everything),
            }
        };
        for claim in &claims {
            let Some(stream) = sources.get(&claim.subscription) else { continue };
            if let Some(offer) = offer_of(claim) {
                let known = offers.entry(SourceId(stream.get())).or_insert(offer);
                *known = known.better(offer);
            }
        }
        self.tell_held_back(now, session, &sources, &shares);
        self.tell_less_bandwidth(now, session);
    }

    /// Tells a client which of its videos stand still because its path does not take them.
    fn tell_held_back(
        &mut self,
        now: Instant,
        session: SessionId,
        sources: &BTreeMap<carillon_sfu::SubscriptionId, StreamId>,
        shares: &[Share],
    ) {
        let held_back = shares.iter().filter(|share| share.shown == Shown::HeldBack);
        let streams = held_back.filter_map(|share| sources.get(&share.subscription));
        let groups: BTreeSet<GroupId> =
            streams.filter_map(|stream| self.index.group_of(*stream)).collect();
        let Some(participant) = self.participants.get_mut(&session) else { return };
        let former = std::mem::replace(&mut participant.held_back, groups);
        let (paused, resumed): (Vec<_>, Vec<_>) = (
            participant.held_back.difference(&former).copied().collect(),
            former.difference(&participant.held_back).copied().collect(),
        );
        if !paused.is_empty() {
            participant.signaling.send_pause(now, paused);
            self.touched.insert(session);
        }
        if !resumed.is_empty() {
            participant.signaling.send_resume(now, resumed);
            self.touched.insert(session);
        }
    }

    /// Tells a client at once that its path takes much less than it knows; all else waits for the next round.
    fn tell_less_bandwidth(&mut self, now: Instant, session: SessionId) {
        let Some(participant) = self.participants.get(&session) else { return };
        let estimate = participant.path.as_ref().and_then(|path| path.link.downlink().estimate());
        let told = participant.told_bandwidth;
        if estimate.zip(told).is_some_and(|(estimate, told)| estimate < told.percent(NEWS)) {
            let streams = self.measure(now);
            self.tell_bitrates(now, session, streams);
        }
    }

    /// Asks a publisher with only one quality to send what its best viewer's path takes.
    fn cap_publisher(
        &mut self,
        now: Instant,
        session: SessionId,
        offers: &BTreeMap<SourceId, Offer>,
    ) {
        let Some(participant) = self.participants.get_mut(&session) else { return };
        let Some(path) = &mut participant.path else { return };
        // Of three simulcast layers a browser sends one while there is one viewer only.
        let sent = |source: &&SourceId| {
            let layer = StreamId::new(source.0).and_then(|stream| self.index.describe(stream));
            layer.is_some_and(|(_, layer)| layer.max_bitrate > Bitrate::default())
        };
        let mut layers = participant.video.iter().filter(sent);
        let only = layers.next().filter(|_| layers.next().is_none());
        let cap = match only.and_then(|only| offers.get(only)) {
            Some(Offer::AtMost(most)) => Some(most.percent(BELOW_OFFER).max(LEAST_PICTURE)),
            Some(Offer::Everything) | None => None,
        };
        let cap = cap.map(|cap| cap.saturating_add(SOUND));
        path.link.cap_uplink(now, cap, &mut self.datagrams);
    }

    /// Sends a client the padding with which it is tried whether its path takes more.
    pub(super) fn pad(&mut self, now: Instant, session: SessionId, octets: u64) {
        let Some(participant) = self.participants.get_mut(&session) else { return };
        let Some(path) = &mut participant.path else { return };
        let views = path.link.views().iter();
        let with_repairs = views.filter(|view| view.retransmission.is_some());
        let subscription =
            with_repairs.filter_map(|view| self.views.find((session, view.ssrc))).next();
        let Some(subscription) = subscription else { return };
        let datagrams = &mut self.datagrams;
        self.forwarder.pad(subscription, octets, &mut |_, packet| {
            path.link.send_once_more(now, packet, datagrams);
        });
    }
}

impl Offer {
    fn better(self, other: Self) -> Self {
        match (self, other) {
            (Self::AtMost(one), Self::AtMost(other)) => Self::AtMost(one.max(other)),
            (Self::Everything, _) | (_, Self::Everything) => Self::Everything,
        }
    }
}
