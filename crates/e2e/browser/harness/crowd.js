import { ConsoleLogger, DefaultDeviceController, DefaultMeetingSession, LogLevel } from 'amazon-chime-sdk-js';

import { Slides } from './slides.js';
import { codecNamed, configurationFor } from './wishes.js';

/** Small and slow, so that one page has the power for many. */
const LOOK = { size: { width: 160, height: 120 }, rate: 5 };
/** The client's default policy receives pictures until what they may use comes to 15,000 kbit/s. */
const KBPS = 100;

/** Many who show a small picture each, say nothing and look at nothing, in one page. */
export class Crowd {
  #members = new Map();

  /** Brings somebody in who shows a picture of this colour from then on. */
  async enter(meeting, attendee, colour) {
    const logger = new ConsoleLogger(attendee.ExternalUserId, LogLevel.ERROR);
    const configuration = configurationFor(meeting, attendee, { policy: 'nothing' }, logger);
    const { audioVideo } = new DefaultMeetingSession(configuration, logger, new DefaultDeviceController(logger));
    const member = { phase: 'connecting', canStartVideo: null, refused: 0 };
    this.#members.set(attendee.AttendeeId, { member, audioVideo });
    audioVideo.addObserver({
      audioVideoDidStart: () => (member.phase = 'started'),
      audioVideoDidStop: () => (member.phase = 'stopped'),
      videoAvailabilityDidChange: ({ canStartLocalVideo }) => (member.canStartVideo = canStartLocalVideo),
      videoSendDidBecomeUnavailable: () => (member.refused += 1),
    });
    audioVideo.setVideoMaxBandwidthKbps(KBPS);
    audioVideo.setVideoCodecSendPreferences([codecNamed('video/VP8')]);
    await audioVideo.startVideoInput(new Slides({ ...LOOK, colour }).stream);
    audioVideo.start();
  }

  show(id) {
    this.#members.get(id).audioVideo.startLocalVideoTile();
  }

  hide(id) {
    this.#members.get(id).audioVideo.stopLocalVideoTile();
  }

  /** How everybody stands, by attendee id. */
  members() {
    const standing = ({ member, audioVideo }) => ({ ...member, shows: audioVideo.hasStartedLocalVideoTile() });
    return Object.fromEntries([...this.#members].map(([id, known]) => [id, standing(known)]));
  }
}
