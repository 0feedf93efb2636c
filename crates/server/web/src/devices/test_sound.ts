/** The first partials of a bell, by the strike note. */
const PARTIALS = [0.5, 1, 1.2, 2];
const STRIKE_HZ = 440;
const RING_SECONDS = 1.5;
const LOUDNESS = 0.12;

/** Strikes a bell on a speaker; null means the browser's. */
export async function playTestSound(speaker: string | null): Promise<void> {
  const context = new AudioContext();
  if (speaker && 'setSinkId' in context) {
    // A speaker that is gone leaves the sound on the browser's.
    await (context.setSinkId as (id: string) => Promise<void>)(speaker).catch(() => undefined);
  }
  const gain = context.createGain();
  gain.gain.setValueAtTime(LOUDNESS, context.currentTime);
  gain.gain.exponentialRampToValueAtTime(0.001, context.currentTime + RING_SECONDS);
  gain.connect(context.destination);
  for (const partial of PARTIALS) {
    const tone = new OscillatorNode(context, { frequency: STRIKE_HZ * partial });
    tone.connect(gain);
    tone.start();
    tone.stop(context.currentTime + RING_SECONDS);
    tone.onended = () => void (context.state === 'closed' || context.close());
  }
}
