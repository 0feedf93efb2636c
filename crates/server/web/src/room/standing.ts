import type { Call } from '../call/call.ts';

/** How the call stands, in the words of the person in it; nothing when all is well. */
export function standing(call: Call, online: boolean): string {
  if (!online) return 'You are offline. The call goes on when the network is back.';
  if (call.phase === 'connecting') return 'Connecting…';
  if (call.phase === 'reconnecting') return 'The connection was lost. Reconnecting…';
  if (call.poor) return call.camera ? 'Poor connection. Stopping the camera may help.' : 'Poor connection. The others may be hard to hear.';
  if (call.roster.people.length === 1) return 'Nobody else is here yet. Copy the link and send it to the others.';
  return '';
}
