//! Measurements of clients ↔ their messages.
//!
//! Nothing here is refused, because nothing depends on it: what is unknown, no number or too much is left out.

use crate::{
    client_metrics::{ClientMetrics, Metric, MetricKind, StreamKind, StreamMetrics},
    id::StreamId,
    proto,
};

/// Figures that are kept of one stream, and of the client as a whole. Browsers have about 40 at most; each costs 16 bytes
/// for every stream of every participant.
const MAX_METRICS: usize = 64;

/// Streams of which figures are kept. A browser has 25 received videos, three layers of its own, and two of sound; each
/// further one costs up to 1 KiB for every participant.
const MAX_MEASURED_STREAMS: usize = 40;

pub(super) fn client_metrics(frame: proto::ClientMetricFrame) -> ClientMetrics {
    let streams = frame.stream_metric_frames.iter().take(MAX_MEASURED_STREAMS).map(stream);
    ClientMetrics { global: metrics(&frame.global_metrics), streams: streams.collect() }
}

fn stream(frame: &proto::StreamMetricFrame) -> StreamMetrics {
    let kind = match frame.media_type() {
        proto::StreamMediaType::Audio => StreamKind::Audio,
        proto::StreamMediaType::Video => StreamKind::Video,
    };
    let stream_id = StreamId::new(frame.stream_id());
    StreamMetrics { stream_id, kind, metrics: metrics(&frame.metrics) }
}

fn metrics(frames: &[proto::Metric]) -> Vec<Metric> {
    frames.iter().filter_map(metric).take(MAX_METRICS).collect()
}

fn metric(frame: &proto::Metric) -> Option<Metric> {
    let kind = proto::metric::Type::try_from(frame.r#type?).ok()?;
    let value = frame.value.filter(|value| value.is_finite())?;
    Some(Metric { kind: MetricKind(kind), value })
}

pub(super) fn client_metrics_frame(metrics: &ClientMetrics) -> proto::ClientMetricFrame {
    proto::ClientMetricFrame {
        global_metrics: metric_frames(&metrics.global),
        stream_metric_frames: metrics.streams.iter().map(stream_frame).collect(),
    }
}

fn stream_frame(stream: &StreamMetrics) -> proto::StreamMetricFrame {
    let media_type = match stream.kind {
        StreamKind::Audio => proto::StreamMediaType::Audio,
        StreamKind::Video => proto::StreamMediaType::Video,
    };
    proto::StreamMetricFrame {
        stream_id: stream.stream_id.map(StreamId::get),
        group_id: None,
        metrics: metric_frames(&stream.metrics),
        dimensions: Vec::new(),
        media_type: Some(media_type.into()),
    }
}

fn metric_frames(metrics: &[Metric]) -> Vec<proto::Metric> {
    let frame = |metric: &Metric| proto::Metric {
        r#type: Some(metric.kind.0.into()),
        value: Some(metric.value),
    };
    metrics.iter().map(frame).collect()
}
