//! Lets the API speak to the meetings on the media side.

use std::sync::Arc;

use carillon_control_api::{
    Answer, Figure, LiveMeetings, Measurements, Present, Sent, StreamMeasurements,
};
use carillon_media_server::{Announcement, Doing, MediaServer};
use carillon_signaling::{
    ClientMetrics, Metric, Modality, SentData, StreamId, StreamKind, StreamMetrics, Topic,
};
use carillon_types::{AttendeeId, MeetingId, api::SendDataMessageRequest};

/// The media side as the API sees it.
#[derive(Debug)]
pub(crate) struct MediaMeetings(pub(crate) Arc<MediaServer>);

impl LiveMeetings for MediaMeetings {
    fn send(&self, meeting: MeetingId, message: SendDataMessageRequest) -> Answer<'_, Sent> {
        Box::pin(async move {
            match self.0.announce(meeting, sent_data(message)).await {
                Announcement::Delivered { recipients } => Sent::To(recipients),
                Announcement::NobodyThere => Sent::NobodyThere,
                Announcement::TooMany => Sent::TooMany,
            }
        })
    }

    fn present(&self, meeting: MeetingId) -> Answer<'_, Vec<Present>> {
        Box::pin(async move { self.0.present(meeting).await.into_iter().map(present).collect() })
    }

    fn silence(
        &self,
        meeting: MeetingId,
        attendee: AttendeeId,
        is_silenced: bool,
    ) -> Answer<'_, bool> {
        Box::pin(async move { self.0.silence(meeting, attendee, is_silenced).await })
    }

    fn measurements(
        &self,
        meeting: MeetingId,
        attendee: AttendeeId,
    ) -> Answer<'_, Option<Measurements>> {
        Box::pin(async move {
            let metrics = self.0.client_metrics(meeting, attendee).await;
            metrics.as_ref().map(measurements)
        })
    }
}

fn present(Doing { who, is_muted, shows_video }: Doing) -> Present {
    let is_content = who.modality == Modality::Content;
    Present { attendee: who.attendee, is_content, is_muted, shows_video }
}

fn sent_data(SendDataMessageRequest { topic, data, lifetime }: SendDataMessageRequest) -> SentData {
    let topic: Topic = topic.as_str().parse().expect("both sides have the same rule of topics");
    SentData { topic, data: data.into_bytes().into(), lifetime }
}

fn measurements(ClientMetrics { global, streams }: &ClientMetrics) -> Measurements {
    let stream = |measured: &StreamMetrics| StreamMeasurements {
        stream: measured.stream_id.map(StreamId::get),
        kind: match measured.kind {
            StreamKind::Audio => "Audio",
            StreamKind::Video => "Video",
        },
        figures: figures(&measured.metrics),
    };
    Measurements { figures: figures(global), streams: streams.iter().map(stream).collect() }
}

fn figures(metrics: &[Metric]) -> Vec<Figure> {
    metrics.iter().map(|metric| (metric.kind.name(), metric.value)).collect()
}
