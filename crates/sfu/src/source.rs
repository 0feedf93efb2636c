//! One source of pictures and those who see it.

use std::collections::BTreeMap;
use std::time::Instant;

use carillon_frame::{MediaTime, Ssrc};

use crate::keyframe::KeyFrameRequests;
use crate::media::Media;
use crate::meter::Meter;
use crate::subscription::{Step, Subscription, SubscriptionId};

/// One published video: the video stream id of signaling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub u32);

/// A source with its subscriptions, which may be there before it and stay after it.
#[derive(Debug, Default)]
pub(crate) struct Source {
    pub(crate) live: Option<Live>,
    pub(crate) subscriptions: BTreeMap<SubscriptionId, Subscription>,
}

/// What a source has while it is published.
#[derive(Debug)]
pub(crate) struct Live {
    pub(crate) requests: KeyFrameRequests,
    pub(crate) meter: Meter,
    /// The picture that the last packet belonged to.
    picture: Option<(Ssrc, MediaTime)>,
}

impl Live {
    pub(crate) fn new(now: Instant) -> Self {
        Self { requests: KeyFrameRequests::default(), meter: Meter::new(now), picture: None }
    }

    /// Takes note of a packet, and says whether a viewer can begin with it.
    ///
    /// Several packets of one H.264 key frame look like its start, and the first of any key frame
    /// can come late: whoever waits has then missed a part of the picture.
    fn handle_packet(&mut self, now: Instant, media: &Media<'_>) -> bool {
        let picture = Some((media.packet.ssrc(), media.packet.timestamp()));
        let opens_picture = self.picture != picture;
        self.picture = picture;
        self.meter.record(now, media.packet.size());
        let begins = media.starts_key_frame && opens_picture;
        if begins {
            self.requests.handle_key_frame(now);
        }
        begins
    }
}

impl Source {
    /// Whether nobody publishes it and nobody wants it.
    pub(crate) fn is_unused(&self) -> bool {
        self.live.is_none() && self.subscriptions.is_empty()
    }

    /// Notes that a subscription waits for a key frame, if there is somebody to send one.
    pub(crate) fn wait_for_key_frame(&mut self, id: SubscriptionId) {
        if let Some(live) = &mut self.live {
            live.requests.wait(id);
        }
    }

    /// Takes a subscription away, with what it waits for.
    pub(crate) fn remove(&mut self, id: SubscriptionId) -> Option<Subscription> {
        if let Some(live) = &mut self.live {
            live.requests.forget(id);
        }
        self.subscriptions.remove(&id)
    }

    /// Writes this packet into `buffer` for each subscription that it goes on to.
    pub(crate) fn forward(
        &mut self,
        now: Instant,
        mut media: Media<'_>,
        buffer: &mut Vec<u8>,
        sink: &mut impl FnMut(SubscriptionId, &mut Vec<u8>),
    ) {
        let Some(live) = &mut self.live else { return };
        media.starts_key_frame = live.handle_packet(now, &media);
        for (id, subscription) in &mut self.subscriptions {
            match subscription.handle_packet(now, &media) {
                Step::Forward(header) => {
                    buffer.clear();
                    subscription.write(header, &media, buffer);
                    sink(*id, buffer);
                }
                Step::WaitForKeyFrame => live.requests.wait(*id),
                Step::Drop => {}
            }
        }
    }
}
