import {
  CheckAudioConnectivityFeedback,
  CheckAudioInputFeedback,
  CheckAudioOutputFeedback,
  CheckCameraResolutionFeedback,
  CheckContentShareConnectivityFeedback,
  CheckNetworkTCPConnectivityFeedback,
  CheckNetworkUDPConnectivityFeedback,
  CheckVideoConnectivityFeedback,
  CheckVideoInputFeedback,
  ConsoleLogger,
  DefaultDeviceController,
  DefaultMeetingReadinessChecker,
  DefaultMeetingSession,
  LogLevel,
  MeetingReadinessCheckerConfiguration,
  MeetingSessionConfiguration,
} from 'amazon-chime-sdk-js';

/** How often the checker looks whether what it waits for has come; its own 3 s are for people who watch it. */
const LOOK_MS = 100;

/** The checks that applications run before a call, each over a connection of its own, and their verdicts in words. */
export class Readiness {
  #session;
  #checker;

  prepare(meeting, attendee) {
    const logger = new ConsoleLogger('readiness', LogLevel.INFO);
    const configuration = new MeetingSessionConfiguration(meeting, attendee);
    this.#session = new DefaultMeetingSession(configuration, logger, new DefaultDeviceController(logger));
    const patience = Object.assign(new MeetingReadinessCheckerConfiguration(), { waitDurationMs: LOOK_MS });
    this.#checker = new DefaultMeetingReadinessChecker(logger, this.#session, patience);
  }

  async audioInput() {
    return CheckAudioInputFeedback[await this.#checker.checkAudioInput(await this.#device('audioinput'))];
  }

  /** The listener is asked whether the tone was heard, and confirms. */
  async audioOutput() {
    return CheckAudioOutputFeedback[await this.#checker.checkAudioOutput(null, async () => true, new Audio())];
  }

  async videoInput() {
    return CheckVideoInputFeedback[await this.#checker.checkVideoInput(await this.#device('videoinput'))];
  }

  async cameraResolution({ width, height }) {
    const camera = await this.#device('videoinput');
    return CheckCameraResolutionFeedback[await this.#checker.checkCameraResolution(camera, width, height)];
  }

  async contentShareConnectivity() {
    return CheckContentShareConnectivityFeedback[await this.#checker.checkContentShareConnectivity()];
  }

  async audioConnectivity() {
    const microphone = await this.#device('audioinput');
    return CheckAudioConnectivityFeedback[await this.#checker.checkAudioConnectivity(microphone)];
  }

  async videoConnectivity() {
    const camera = await this.#device('videoinput');
    return CheckVideoConnectivityFeedback[await this.#checker.checkVideoConnectivity(camera)];
  }

  async networkUdpConnectivity() {
    return CheckNetworkUDPConnectivityFeedback[await this.#checker.checkNetworkUDPConnectivity()];
  }

  async networkTcpConnectivity() {
    return CheckNetworkTCPConnectivityFeedback[await this.#checker.checkNetworkTCPConnectivity()];
  }

  async #device(kind) {
    const av = this.#session.audioVideo;
    const [first] = kind === 'audioinput' ? await av.listAudioInputDevices() : await av.listVideoInputDevices();
    return first;
  }
}
