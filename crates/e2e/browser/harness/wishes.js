import {
  AudioProfile,
  MeetingSessionConfiguration,
  NoVideoDownlinkBandwidthPolicy,
  ServerSideNetworkAdaption,
  VideoCodecCapability,
  VideoPriorityBasedPolicy,
  VideoPriorityBasedPolicyConfig,
} from 'amazon-chime-sdk-js';

const CODECS = {
  'video/VP8': () => VideoCodecCapability.vp8(),
  'video/H264': () => VideoCodecCapability.h264ConstrainedBaselineProfile(),
  'video/VP9': () => VideoCodecCapability.vp9Profile0(),
  'video/AV1': () => VideoCodecCapability.av1Main(),
};

/**
 * How somebody takes part.
 *
 * `policy` decides which pictures are received: `nothing` for none, the name of a `ServerSideNetworkAdaption` for the
 * policy of priorities with that wish to the server, absent for what the client takes by itself.
 * @typedef {{
 *   microphone?: boolean, profile?: string, codec?: keyof CODECS, simulcast?: boolean, svc?: boolean, policy?: string,
 * }} Wishes
 */

/** The configuration that wishes come to. */
export function configurationFor(meeting, attendee, { simulcast = false, svc = false, policy }, logger) {
  const configuration = new MeetingSessionConfiguration(meeting, attendee);
  configuration.enableSimulcastForUnifiedPlanChromiumBasedBrowsers = simulcast;
  configuration.enableSVC = svc;
  if (policy) configuration.videoDownlinkBandwidthPolicy = policyNamed(policy, logger);
  return configuration;
}

/** The client's word for a codec. */
export function codecNamed(mimeType) {
  return CODECS[mimeType]();
}

/** The client's profile of this name, such as `fullbandMusicStereo`. */
export function profileNamed(name) {
  return AudioProfile[name]();
}

function policyNamed(name, logger) {
  if (name === 'nothing') return new NoVideoDownlinkBandwidthPolicy();
  const config = new VideoPriorityBasedPolicyConfig();
  config.serverSideNetworkAdaption = ServerSideNetworkAdaption[name];
  return new VideoPriorityBasedPolicy(logger, config);
}
