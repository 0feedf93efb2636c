//! How much video is sent, and which videos are received.

mod downlink;
mod share_out;
mod simulcast;
mod uplink;

pub use downlink::{
    AllHighestVideoBandwidthPolicy, NoVideoDownlinkBandwidthPolicy, VideoAdaptiveProbePolicy,
    VideoChoice, VideoDownlinkBandwidthPolicy, VideoPreference, VideoPriorityBasedPolicy,
};
pub(crate) use share_out::share_out;
pub use simulcast::{
    ContentShareSimulcastParameters, DefaultSimulcastUplinkPolicy,
    DefaultSimulcastUplinkPolicyForContentShare, LayerParameters, SimulcastLayers,
};
pub use uplink::{
    NScaleVideoUplinkBandwidthPolicy, NoVideoUplinkBandwidthPolicy, UplinkConditions,
    VideoSendParameters, VideoUplinkBandwidthPolicy,
};
