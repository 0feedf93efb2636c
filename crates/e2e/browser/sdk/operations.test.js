import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import * as sdk from '@aws-sdk/client-chime-sdk-meetings';

import { Service } from '../rig/service.js';

const shared = (path) => fileURLToPath(new URL(`../../api/${path}`, import.meta.url));

/** One success and one modelled error of each operation, the same for every SDK. */
const ROWS = JSON.parse(readFileSync(shared('sdk/operations.json'), 'utf8'));

let service, client;

before(async () => {
  service = await Service.startWith('--transcription-script', shared('script.json'));
  client = new sdk.ChimeSDKMeetingsClient({
    endpoint: service.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'devkey', secretAccessKey: 'devsecret' },
    maxAttempts: 1,
  });
});

after(async () => {
  client?.destroy();
  await service?.stop();
});

const perform = (operation, request) => client.send(new sdk[`${operation}Command`](request));

/**
 * What the placeholders of the rows stand for: a meeting with an attendee, one in which nothing more fits, and one that is
 * transcribed.
 */
async function scene() {
  const create = (more) =>
    perform('CreateMeetingWithAttendees', {
      MediaRegion: 'us-east-1',
      ExternalMeetingId: 'scene',
      Attendees: [{ ExternalUserId: 'somebody' }],
      ...more,
    });
  const { Meeting, Attendees } = await create({});
  const Tags = Array.from({ length: 50 }, (_, number) => ({ Key: `key-${number}`, Value: 'x' }));
  const full = (await create({ Tags, MeetingFeatures: { Attendee: { MaxCount: 1 } } })).Meeting;
  const transcribed = (await create({})).Meeting.MeetingId;
  const TranscriptionConfiguration = { EngineTranscribeSettings: { LanguageCode: 'en-US' } };
  await perform('StartMeetingTranscription', { MeetingId: transcribed, TranscriptionConfiguration });
  const unknown = randomUUID();
  return {
    $meeting: Meeting.MeetingId,
    $attendee: Attendees[0].AttendeeId,
    $arn: Meeting.MeetingArn,
    $full: full.MeetingId,
    $full_arn: full.MeetingArn,
    $transcribed: transcribed,
    $unknown: unknown,
    $unknown_arn: Meeting.MeetingArn.replace(Meeting.MeetingId, unknown),
    $token: randomUUID(),
  };
}

const filled = async (request) => {
  const meant = await scene();
  return JSON.parse(JSON.stringify(request), (_, value) => meant[value] ?? value);
};

for (const { operation, success, failure } of ROWS) {
  test(`${operation} succeeds with the members of its answer`, async () => {
    const answer = await perform(operation, await filled(success.request));
    for (const member of success.answer) assert.ok(answer[member], member);
    assert.match(answer.$metadata.requestId, /^[0-9a-f-]{36}$/);
  });

  test(`${operation} fails with ${failure.error}`, async () => {
    const request = await filled(failure.request);
    await assert.rejects(perform(operation, request), (error) => {
      assert.ok(error instanceof sdk[failure.error], `${error.name}: ${error.message}`);
      assert.equal(error.$metadata.httpStatusCode, failure.status);
      assert.equal(error.RequestId, error.$metadata.requestId);
      assert.ok(error.message);
      return true;
    });
  });
}
