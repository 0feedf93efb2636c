import { randomUUID } from 'node:crypto';

import {
  ChimeSDKMeetingsClient,
  CreateAttendeeCommand,
  CreateMeetingCommand,
  DeleteAttendeeCommand,
  DeleteMeetingCommand,
  GetMeetingCommand,
  StartMeetingTranscriptionCommand,
  StopMeetingTranscriptionCommand,
  UpdateAttendeeCapabilitiesCommand,
} from '@aws-sdk/client-chime-sdk-meetings';

/** What a server application does: meetings and attendees by the AWS SDK, with only the endpoint changed. */
export class Api {
  #client;

  /** @param {string} [ca] the authority to trust, where the endpoint is reached over TLS */
  constructor(endpoint, ca) {
    const credentials = { accessKeyId: 'devkey', secretAccessKey: 'devsecret' };
    const requestHandler = ca ? { httpsAgent: { ca } } : undefined;
    this.#client = new ChimeSDKMeetingsClient({ endpoint, region: 'us-east-1', credentials, requestHandler });
  }

  async createMeeting(MeetingFeatures) {
    const ids = { ClientRequestToken: randomUUID(), ExternalMeetingId: 'browser-tests' };
    const wish = { ...ids, MediaRegion: 'us-east-1', MeetingFeatures };
    const { Meeting } = await this.#client.send(new CreateMeetingCommand(wish));
    return Meeting;
  }

  async createAttendee({ MeetingId }, ExternalUserId, Capabilities) {
    const { Attendee } = await this.#client.send(new CreateAttendeeCommand({ MeetingId, ExternalUserId, Capabilities }));
    return Attendee;
  }

  async deleteAttendee({ MeetingId }, { AttendeeId }) {
    await this.#client.send(new DeleteAttendeeCommand({ MeetingId, AttendeeId }));
  }

  async allow({ MeetingId }, { AttendeeId }, Capabilities) {
    await this.#client.send(new UpdateAttendeeCapabilitiesCommand({ MeetingId, AttendeeId, Capabilities }));
  }

  async startTranscription({ MeetingId }, settings) {
    const TranscriptionConfiguration = { EngineTranscribeSettings: settings };
    await this.#client.send(new StartMeetingTranscriptionCommand({ MeetingId, TranscriptionConfiguration }));
  }

  async stopTranscription({ MeetingId }) {
    await this.#client.send(new StopMeetingTranscriptionCommand({ MeetingId }));
  }

  async deleteMeeting({ MeetingId }) {
    await this.#client.send(new DeleteMeetingCommand({ MeetingId }));
  }

  /** Says something to everybody in the server's name: no operation of the SDK, which signs it like one. */
  async announce({ MeetingId }, message) {
    const command = new GetMeetingCommand({ MeetingId });
    const body = JSON.stringify(message);
    const path = `/carillon/v1/meetings/${MeetingId}/data-messages`;
    const rewrite = (next) => ({ request, ...rest }) => {
      const headers = { ...request.headers, 'content-type': 'application/json' };
      return next({ ...rest, request: Object.assign(request, { method: 'POST', path, headers, body }) });
    };
    command.middlewareStack.add(rewrite, { step: 'build' });
    await this.#client.send(command);
  }

  close() {
    this.#client.destroy();
  }
}
