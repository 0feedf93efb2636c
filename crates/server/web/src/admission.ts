/** Asks the server for a place in a meeting; the page never holds a key of the API. */

/** What the client needs to join, as the API returned it. */
export interface Admission {
  Meeting: object;
  Attendee: { AttendeeId: string; ExternalUserId: string; JoinToken: string };
}

/** Why the door stayed shut, in words for the person in front of it. */
export class AdmissionError extends Error {}

/** Creates the meeting if nobody is there yet, and an attendee for this person. */
export async function admit(code: string, name: string): Promise<Admission> {
  const response = await fetch(`/demo/meetings/${code}/attendees`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name }),
  }).catch(() => {
    throw new AdmissionError('The server does not answer. Check that it is still running, then try again.');
  });
  if (response.ok) return response.json();
  throw new AdmissionError(await reason(response));
}

async function reason(response: Response): Promise<string> {
  const body: { Message?: string } = await response.json().catch(() => ({}));
  if (response.status === 404) return 'This server does not offer the demo. Start it with `carillon serve --dev`.';
  return body.Message ?? `The server refused (${response.status}). Try again in a moment.`;
}
