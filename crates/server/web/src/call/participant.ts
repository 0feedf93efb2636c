/** The ending of the id under which somebody's share is in the meeting, beside the person. */
const CONTENT = '#content';

/** Somebody in the meeting, or what somebody shares. */
export interface Participant {
  readonly id: string;
  readonly name: string;
  readonly self: boolean;
  readonly content: boolean;
  muted: boolean;
  speaking: boolean;
  /** How loud, from 0 to 1. */
  level: number;
  /** How well the server hears the person, from 0 to 1; null until it says. */
  signal: number | null;
  /** The client's number of the picture; without one the person is heard only. */
  tile: number | null;
  /** The browser's name of the picture's track, by which its statistics are found. */
  track: string | null;
}

/** Somebody who has just come. */
export function newParticipant(id: string, externalUserId: string, ownId: string): Participant {
  const content = id.endsWith(CONTENT);
  return {
    id,
    name: displayName(externalUserId),
    self: ownerOf(id) === ownId,
    content,
    muted: false,
    speaking: false,
    level: 0,
    signal: null,
    tile: null,
    track: null,
  };
}

/** The id of the person behind a share; persons stand behind themselves. */
export function ownerOf(id: string): string {
  return id.endsWith(CONTENT) ? id.slice(0, -CONTENT.length) : id;
}

/** The server makes names unique by a mark behind the last `#`; people need not see it. */
export function displayName(externalUserId: string): string {
  const mark = externalUserId.lastIndexOf('#');
  return mark > 0 ? externalUserId.slice(0, mark) : externalUserId;
}
