//! Which received section shows whose video.

use std::collections::BTreeSet;

use carillon_frame::Ssrc;
use carillon_signaling::{Identity, Mid, StreamId, VideoSubscription};

use crate::policy::VideoChoice;

/// One receive section, which may change hands but never goes away.
#[derive(Clone, Debug, Default)]
pub(super) struct Section {
    /// Its tag, once it was offered.
    pub(super) mid: Option<Mid>,
    /// What it is to show.
    pub(super) choice: Option<VideoChoice>,
    /// The stream in which that arrives, once the server said so.
    pub(super) ssrc: Option<Ssrc>,
    /// Whether the application paused it.
    pub(super) paused: bool,
}

/// All receive sections of one connection, in the order of the offer.
#[derive(Debug, Default)]
pub(super) struct Sections {
    pub(super) list: Vec<Section>,
}

/// What follows from another choice of videos.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// Whether sections begin or cease to receive: that needs an offer.
    pub(super) needs_offer: bool,
    /// Sections that show another layer of the same video.
    pub(super) switched: Vec<VideoSubscription>,
    /// Streams that are not received any more.
    pub(super) forgotten: Vec<Ssrc>,
    /// Whose videos are not shown any more.
    pub(super) gone: Vec<Identity>,
}

impl Sections {
    /// Shows these videos: each stays in its section, and new ones take free sections or more.
    pub(super) fn choose(&mut self, choices: &[VideoChoice]) -> Changes {
        let mut changes = Changes::default();
        let mut wanted: Vec<VideoChoice> = choices.to_vec();
        for section in &mut self.list {
            let Some(held) = section.choice else { continue };
            match wanted.iter().position(|choice| choice.group == held.group) {
                Some(position) => {
                    let choice = wanted.remove(position);
                    if choice.stream != held.stream {
                        section.choice = Some(choice);
                        match section.subscription() {
                            Some(subscription) => changes.switched.push(subscription),
                            // An offer that names the other layer may be on its way.
                            None => changes.needs_offer = true,
                        }
                    }
                }
                None => {
                    section.choice = None;
                    section.paused = false;
                    changes.needs_offer = true;
                    changes.forgotten.extend(section.ssrc.take());
                    changes.gone.push(held.attendee);
                }
            }
        }
        for choice in wanted {
            changes.needs_offer = true;
            changes.gone.retain(|attendee| *attendee != choice.attendee);
            match self.list.iter_mut().find(|section| section.choice.is_none()) {
                Some(section) => section.choice = Some(choice),
                None => self.list.push(Section { choice: Some(choice), ..Section::default() }),
            }
        }
        changes
    }

    /// Whether each section receives.
    pub(super) fn receiving(&self) -> Vec<bool> {
        self.list.iter().map(|section| section.choice.is_some()).collect()
    }

    /// What each section is to receive.
    pub(super) fn streams(&self) -> impl Iterator<Item = Option<StreamId>> {
        self.list.iter().map(|section| section.choice.map(|choice| choice.stream))
    }

    /// Which streams to stop and which to let flow, for these attendees to be paused.
    pub(super) fn pause(&mut self, paused: &BTreeSet<Identity>) -> (Vec<StreamId>, Vec<StreamId>) {
        let (mut stop, mut flow) = (Vec::new(), Vec::new());
        for section in &mut self.list {
            let Some(choice) = section.choice.filter(|_| section.ssrc.is_some()) else { continue };
            let wanted = paused.contains(&choice.attendee);
            if wanted != section.paused {
                section.paused = wanted;
                if wanted { stop.push(choice.stream) } else { flow.push(choice.stream) }
            }
        }
        (stop, flow)
    }
}

impl Section {
    fn subscription(&self) -> Option<VideoSubscription> {
        let choice = self.choice?;
        Some(VideoSubscription {
            mid: self.mid.clone()?,
            owner: Some(choice.attendee),
            stream_id: Some(choice.stream),
            group_id: Some(choice.group),
            priority: None,
            target_bitrate: None,
            preference: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use carillon_signaling::GroupId;
    use carillon_types::AttendeeId;

    use super::*;

    fn choice(attendee: u128, group: u32, stream: u32) -> VideoChoice {
        VideoChoice {
            attendee: Identity::main(AttendeeId::from_random(attendee)),
            group: GroupId::new(group).unwrap(),
            stream: StreamId::new(stream).unwrap(),
        }
    }

    fn shown(sections: &Sections) -> Vec<u32> {
        sections.streams().map(|stream| stream.map_or(0, StreamId::get)).collect()
    }

    #[test]
    fn videos_keep_their_sections_and_free_ones_are_used_again() {
        let mut sections = Sections::default();
        assert!(sections.choose(&[choice(1, 1, 10), choice(2, 2, 20)]).needs_offer);
        sections.list[0].ssrc = Some(Ssrc(7));
        let changes = sections.choose(&[choice(2, 2, 20)]);
        assert_eq!((changes.forgotten, changes.gone.len()), (vec![Ssrc(7)], 1));
        assert_eq!(shown(&sections), [0, 20]);
        sections.choose(&[choice(2, 2, 20), choice(3, 3, 30), choice(4, 4, 40)]);
        assert_eq!(shown(&sections), [30, 20, 40]);
    }

    #[test]
    fn another_layer_needs_no_offer_and_another_session_of_one_attendee_does() {
        let mut sections = Sections::default();
        sections.choose(&[choice(1, 1, 10)]);
        sections.list[0].mid = Some("2".parse().unwrap());
        let changes = sections.choose(&[choice(1, 1, 11)]);
        assert!(!changes.needs_offer);
        assert_eq!(changes.switched[0].stream_id, StreamId::new(11));
        let changes = sections.choose(&[choice(1, 5, 50)]);
        assert!(changes.needs_offer && changes.gone.is_empty());
    }

    #[test]
    fn another_layer_than_the_offer_on_its_way_names_needs_another_offer() {
        let mut sections = Sections::default();
        sections.choose(&[choice(1, 1, 10)]);
        let changes = sections.choose(&[choice(1, 1, 11)]);
        assert!(changes.needs_offer && changes.switched.is_empty());
        assert_eq!(shown(&sections), [11]);
    }

    #[test]
    fn pausing_is_told_once() {
        let mut sections = Sections::default();
        sections.choose(&[choice(1, 1, 10)]);
        sections.list[0].ssrc = Some(Ssrc(7));
        let paused = BTreeSet::from([choice(1, 1, 10).attendee]);
        assert_eq!(sections.pause(&paused).0, [StreamId::new(10).unwrap()]);
        assert_eq!(sections.pause(&paused), (vec![], vec![]));
        assert_eq!(sections.pause(&BTreeSet::new()).1, [StreamId::new(10).unwrap()]);
    }
}
