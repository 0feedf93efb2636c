import { DefaultActiveSpeakerPolicy, type AudioVideoFacade, type VideoTileState } from 'amazon-chime-sdk-js';

import { newParticipant, ownerOf, type Participant } from './participant.ts';

/** What a roster tells. */
export interface RosterEvents {
  changed(): void;
  came(participant: Participant): void;
  went(participant: Participant): void;
}

/** Who is in the meeting and what is shared in it, put together from the client's callbacks. */
export class Roster {
  readonly #participants = new Map<string, Participant>();
  readonly #av: AudioVideoFacade;
  readonly #self: string;
  readonly #events: RosterEvents;

  constructor(av: AudioVideoFacade, self: { id: string; externalUserId: string }, events: RosterEvents) {
    this.#av = av;
    this.#self = self.id;
    this.#events = events;
    this.#add(self.id, self.externalUserId);
    av.realtimeSubscribeToAttendeeIdPresence((id, present, externalUserId) => {
      if (present) this.#add(id, externalUserId ?? id);
      else this.#remove(id);
    });
    av.subscribeToActiveSpeakerDetector(new DefaultActiveSpeakerPolicy(), (speakers) => this.#speaking(speakers));
  }

  /** Persons and shares, in the order of their coming. */
  get all(): Participant[] {
    return [...this.#participants.values()];
  }

  get people(): Participant[] {
    return this.all.filter(({ content }) => !content);
  }

  /** Whether this person shares something. */
  shares(person: Participant): boolean {
    return this.all.some(({ id, content }) => content && ownerOf(id) === person.id);
  }

  /** Takes over what the client says of a picture. */
  picture({ tileId, boundAttendeeId, boundExternalUserId, boundVideoStream }: VideoTileState): void {
    if (tileId === null || !boundAttendeeId) return;
    // A picture may come before the presence that tells whose it is.
    this.#add(boundAttendeeId, boundExternalUserId ?? boundAttendeeId);
    const participant = this.#participants.get(boundAttendeeId);
    if (!participant) return;
    // One's own tile stays when the camera stops, with no stream on it.
    participant.tile = boundVideoStream ? tileId : null;
    participant.track = boundVideoStream?.getVideoTracks()[0]?.id ?? null;
    this.#events.changed();
  }

  pictureGone(tile: number): void {
    for (const participant of this.#participants.values()) {
      if (participant.tile === tile) Object.assign(participant, { tile: null, track: null });
    }
    this.#events.changed();
  }

  #add(id: string, externalUserId: string): void {
    if (this.#participants.has(id)) return;
    const participant = newParticipant(id, externalUserId, this.#self);
    this.#participants.set(id, participant);
    this.#av.realtimeSubscribeToVolumeIndicator(id, (_id, volume, muted, signal) => {
      // Null means that nothing changed.
      participant.level = volume ?? participant.level;
      participant.muted = muted ?? participant.muted;
      participant.signal = signal ?? participant.signal;
      this.#events.changed();
    });
    this.#events.came(participant);
    this.#events.changed();
  }

  #remove(id: string): void {
    const participant = this.#participants.get(id);
    // One's own leaving is the end of the call, and told as such.
    if (!participant || id === this.#self) return;
    this.#participants.delete(id);
    this.#av.realtimeUnsubscribeFromVolumeIndicator(id);
    this.#events.went(participant);
    this.#events.changed();
  }

  #speaking(speakers: string[]): void {
    for (const participant of this.#participants.values()) participant.speaking = speakers.includes(participant.id);
    this.#events.changed();
  }
}
