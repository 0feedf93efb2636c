import { MeetingSessionStatusCode as Code } from 'amazon-chime-sdk-js';

/** How a call was over, in words. */
export interface Ending {
  title: string;
  text: string;
}

/** Turns the client's reason into what the person wants to know: what happened, and what to do. */
export function endingFor(code: Code): Ending {
  switch (code) {
    case Code.OK:
    case Code.Left:
      return { title: 'You left', text: 'The others can go on without you.' };
    case Code.MeetingEnded:
      return { title: 'The meeting has ended', text: 'Somebody ended it for everyone, or it was over its time.' };
    case Code.AudioAttendeeRemoved:
      return { title: 'You were removed', text: 'Whoever runs the meeting took you out of it.' };
    case Code.AudioJoinedFromAnotherDevice:
      return { title: 'You joined somewhere else', text: 'Your place went to another tab or device.' };
    case Code.AudioCallAtCapacity:
      return { title: 'The meeting is full', text: 'Wait until somebody leaves, then try again.' };
    case Code.AudioAuthenticationRejected:
    case Code.SignalingBadRequest:
      return { title: 'You were not let in', text: 'The server refused this place in the meeting. Join again to get another.' };
    default:
      return { title: 'The connection was lost', text: `It could not be restored (${Code[code] ?? code}). Check the network, then join again.` };
  }
}
