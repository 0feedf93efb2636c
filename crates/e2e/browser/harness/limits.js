/** Makes this browser one that knows a single codec for pictures, beside what repairs them. */
export function knowOnly(mimeType) {
  const { createOffer } = RTCPeerConnection.prototype;
  RTCPeerConnection.prototype.createOffer = function (...options) {
    const all = RTCRtpReceiver.getCapabilities('video').codecs;
    const known = all.filter((codec) => [mimeType, 'video/rtx'].includes(codec.mimeType));
    for (const transceiver of this.getTransceivers()) {
      const { kind } = transceiver.receiver.track;
      if (kind === 'video' && transceiver.direction !== 'stopped') transceiver.setCodecPreferences(known);
    }
    return createOffer.apply(this, options);
  };
}
