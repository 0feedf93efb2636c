//! Lets a viewer begin with a key frame that has passed, because it came a moment after it, or because the first packet
//! was lost and repaired behind the others.

use std::time::Instant;

use carillon_frame::MediaTime;

use super::Live;
use crate::SourceId;
use crate::media::{Media, SourcePacket};
use crate::subscription::{Step, Subscription, SubscriptionId};

impl Live {
    /// Hands a viewer that sees nothing all that was kept since the latest key frame, if that is recent.
    ///
    /// Each picture gets the time at which it would have come, so that it stays true to the sound.
    pub(crate) fn begin_late(
        &mut self,
        now: Instant,
        source: SourceId,
        viewer: (SubscriptionId, &mut Subscription),
        buffer: &mut Vec<u8>,
        sink: &mut impl FnMut(SubscriptionId, &mut Vec<u8>),
    ) {
        let (id, subscription) = viewer;
        let Self { key_start, recent, layers, requests, clock, .. } = self;
        let Some((beginning, (recent, extensions))) = key_start.latest(now).zip(recent.as_ref())
        else {
            return;
        };
        let mut newest: Option<MediaTime> = None;
        for (format, packet) in recent.since(beginning.ssrc, beginning.seq) {
            let timestamp = packet.timestamp();
            let mut media = Media::new(source, &SourcePacket { format, packet, extensions });
            media.clock = clock.filter(|(of, _)| *of == beginning.ssrc).map(|(_, clock)| clock);
            media.starts_key_frame = packet.seq() == beginning.seq;
            media.opens_picture = newest.is_none_or(|newest| timestamp.distance_from(newest) > 0);
            if media.opens_picture {
                newest = Some(timestamp);
            }
            layers.describe(&mut media);
            let then = beginning.moment_of(timestamp).min(now);
            match subscription.handle_packet(then, &media, layers) {
                Step::Forward(header) => {
                    buffer.clear();
                    subscription.write(header, &media, buffer);
                    sink(id, buffer);
                    requests.forget(id);
                }
                // Its viewer cannot be sent this format.
                Step::Drop | Step::WaitForKeyFrame if media.starts_key_frame => return,
                Step::Drop | Step::WaitForKeyFrame => {}
            }
        }
    }
}
