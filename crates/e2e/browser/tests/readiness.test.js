// The client's own checks before a call, each over a connection of its own.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Conversation } from '../rig/conversation.js';
import { Scene } from '../rig/scene.js';

let scene;
before(async () => {
  scene = await Scene.set('Ada');
});
after(() => scene?.strike());

test('every check passes', async (t) => {
  const meeting = await scene.api.createMeeting();
  const attendee = await scene.api.createAttendee(meeting, 'Ada');
  const page = await scene.browsers[0].openHarness();
  t.after(() => page.context().close());
  const conversation = new Conversation(page);
  await page.evaluate(([m, a]) => window.readiness.prepare(m, a), [meeting, attendee]);

  const check = async (name, argument) => {
    const begin = performance.now();
    const verdict = await page.evaluate(([n, a]) => window.readiness[n](a), [name, argument]);
    t.diagnostic(`${name}: ${verdict} after ${Math.round(performance.now() - begin)} ms`);
    return verdict;
  };
  const { width, height } = scene.browsers[0].size;
  const verdicts = {
    audioInput: await check('audioInput'),
    audioOutput: await check('audioOutput'),
    videoInput: await check('videoInput'),
    cameraResolution: await check('cameraResolution', { width, height }),
    audioConnectivity: await check('audioConnectivity'),
    videoConnectivity: await check('videoConnectivity'),
    contentShareConnectivity: await check('contentShareConnectivity'),
    networkUdpConnectivity: await check('networkUdpConnectivity'),
    networkTcpConnectivity: await check('networkTcpConnectivity'),
  };
  for (const [name, verdict] of Object.entries(verdicts)) {
    assert.equal(verdict, 'Succeeded', `${name}\n${conversation.lines.join('\n')}`);
  }
  // A camera has no other sizes than its own; the check says so without a connection.
  assert.equal(await check('cameraResolution', { width: 99_999, height: 99_999 }), 'ResolutionNotSupported');
  // The TCP check leaves out relays over UDP and then asks only for a connection; without relays it is the UDP check.
  assert.ok(conversation.received('JOIN_ACK').every((ack) => !ack.joinack.turnCredentials));
});
