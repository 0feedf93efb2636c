import { see } from './eyes.js';
import { earsAt } from './hearing.js';

/** A browser that calls itself: proves ears, eyes and the made-up devices without any server. */
export class Loopback {
  #audio = Object.assign(new Audio(), { muted: true });
  #video = Object.assign(document.createElement('video'), { muted: true, autoplay: true });
  #ears = earsAt(this.#audio);
  #stream = null;

  async start() {
    await this.#ears.ready();
    this.#stream = await navigator.mediaDevices.getUserMedia({
      audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
      video: { width: 320, height: 180, frameRate: 15 },
    });
    const [near, far] = [new RTCPeerConnection(), new RTCPeerConnection()];
    near.onicecandidate = ({ candidate }) => far.addIceCandidate(candidate);
    far.onicecandidate = ({ candidate }) => near.addIceCandidate(candidate);
    far.ontrack = ({ track }) => this.#play(track);
    for (const track of this.#stream.getTracks()) near.addTrack(track, this.#stream);
    await near.setLocalDescription();
    await far.setRemoteDescription(near.localDescription);
    await far.setLocalDescription();
    await near.setRemoteDescription(far.localDescription);
  }

  mute(muted) {
    for (const track of this.#stream.getAudioTracks()) track.enabled = !muted;
  }

  hear(frequencies) {
    return this.#ears.hear(frequencies);
  }

  see() {
    return see(this.#video);
  }

  #play(track) {
    const element = track.kind === 'audio' ? this.#audio : this.#video;
    element.srcObject = new MediaStream([track]);
    document.body.append(element);
    element.play();
  }
}
