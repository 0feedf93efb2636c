//! How much video is sent, and which videos are received.

mod downlink;
mod uplink;

pub use downlink::{
    AllHighestVideoBandwidthPolicy, NoVideoDownlinkBandwidthPolicy, VideoAdaptiveProbePolicy,
    VideoChoice, VideoDownlinkBandwidthPolicy, VideoPreference, VideoPriorityBasedPolicy,
};
pub use uplink::{
    NScaleVideoUplinkBandwidthPolicy, NoVideoUplinkBandwidthPolicy, UplinkConditions,
    VideoSendParameters, VideoUplinkBandwidthPolicy,
};
