/** Asks the server for a place in a meeting, or for its end; the page never holds a key of the API. */

/** What the client needs to join, as the API returned it. */
export interface Admission {
  Meeting: { MeetingId: string };
  Attendee: { AttendeeId: string; ExternalUserId: string; JoinToken: string };
}

/** Why the server did not do it, in words for the person who asked. */
export class AdmissionError extends Error {}

/** Creates the meeting if nobody is there yet, and an attendee for this person. */
export async function admit(code: string, name: string): Promise<Admission> {
  return (await ask(`/demo/meetings/${code}/attendees`, { name })).json();
}

/** Ends the meeting for everyone. */
export async function end(code: string, { Meeting }: Admission): Promise<void> {
  await ask(`/demo/meetings/${code}/end`, { meeting: Meeting.MeetingId });
}

async function ask(address: string, body: object): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(address, { method: 'POST', headers, body: JSON.stringify(body) }).catch(() => {
    throw new AdmissionError(
      navigator.onLine
        ? 'The server does not answer. Check that it is still running, then try again.'
        : 'You are offline. Connect to the network, then try again.',
    );
  });
  if (response.ok) return response;
  throw new AdmissionError(await reason(response));
}

async function reason(response: Response): Promise<string> {
  const body: { Message?: string } = await response.json().catch(() => ({}));
  if (response.status === 404) return 'This server does not offer the demo. Start it with `carillon serve --dev`.';
  return body.Message ?? `The server refused (${response.status}). Try again in a moment.`;
}
