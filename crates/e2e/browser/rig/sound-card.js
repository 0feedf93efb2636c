import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const RATE = 48_000;
/** What the server says when clients may come. */
const READY = 'Daemon startup complete';

/**
 * A sound server of our own with two sinks that nobody hears: what is played to `room` is the microphone's sound, and
 * what is played to `speaker` can be recorded.
 */
export class SoundCard {
  #folder;
  #server;
  #players = [];

  static async plugIn() {
    const card = new SoundCard();
    card.#folder = await mkdtemp(join(tmpdir(), 'carillon-sound-'));
    const modules = ['module-null-sink sink_name=room rate=48000', 'module-null-sink sink_name=speaker rate=44100', 'module-native-protocol-unix auth-anonymous=1'];
    const args = ['-n', '--daemonize=no', '--exit-idle-time=-1', '--use-pid-file=no', '--disable-shm=yes', '--log-target=stderr', '--log-level=info'];
    card.#server = spawn('pulseaudio', [...args, ...modules.flatMap((module) => ['-L', module])], { env: card.env, stdio: ['ignore', 'ignore', 'pipe'] });
    await card.#ready();
    await card.#pactl('set-default-source', 'room.monitor');
    await card.#pactl('set-default-sink', 'speaker');
    return card;
  }

  /** What a program needs to know to find the server. */
  get env() {
    const { PULSE_SERVER, PULSE_RUNTIME_PATH, ...rest } = process.env;
    return { ...rest, XDG_RUNTIME_DIR: this.#folder, HOME: this.#folder };
  }

  /** Plays a tone in the room until the card is pulled. */
  playInRoom(hertz) {
    const player = spawn('pacat', ['--playback', '--device=room', '--raw', '--format=s16le', `--rate=${RATE}`, '--channels=1'], { env: this.env, stdio: ['pipe', 'ignore', 'ignore'] });
    const second = Buffer.alloc(RATE * 2);
    for (let i = 0; i < RATE; i++) second.writeInt16LE(Math.round(8_000 * Math.sin((2 * Math.PI * hertz * i) / RATE)), i * 2);
    // Whole hertz make the loop seamless; the pipe says when it wants more.
    const feed = () => {
      while (player.stdin.writable && player.stdin.write(second));
    };
    player.stdin.on('drain', feed).on('error', () => {});
    feed();
    this.#players.push(player);
  }

  /** What the speaker plays from here on: the strength of these frequencies in each half second. */
  listenAtSpeaker(frequencies) {
    const recorder = spawn('parec', ['--device=speaker.monitor', '--raw', '--format=s16le', `--rate=${RATE}`, '--channels=1', '--latency-msec=50'], { env: this.env, stdio: ['ignore', 'pipe', 'ignore'] });
    this.#players.push(recorder);
    const heard = { levels: null };
    let held = Buffer.alloc(0);
    recorder.stdout.on('data', (chunk) => {
      held = Buffer.concat([held, chunk]);
      if (held.length < RATE) return;
      const samples = new Int16Array(RATE / 2).map((_, i) => held.readInt16LE(i * 2));
      held = held.subarray(RATE);
      heard.levels = Object.fromEntries(frequencies.map((hertz) => [hertz, strength(samples, hertz)]));
    });
    return heard;
  }

  async pull() {
    for (const child of [...this.#players, this.#server]) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  #pactl(...args) {
    return promisify(execFile)('pactl', args, { env: this.env });
  }

  #ready() {
    const said = [];
    return new Promise((resolve, reject) => {
      this.#server.once('error', () => reject(new Error('`pulseaudio` is not installed: cargo xtask setup')));
      this.#server.once('exit', () => reject(new Error(`PulseAudio did not start\n${said.join('\n')}`)));
      createInterface({ input: this.#server.stderr }).on('line', (line) => {
        said.push(line);
        if (line.includes(READY)) resolve();
      });
    });
  }
}

/** How strong a frequency is in samples, in dB below the loudest (Goertzel's algorithm). */
function strength(samples, hertz) {
  const factor = 2 * Math.cos((2 * Math.PI * hertz) / RATE);
  let [one, two] = [0, 0];
  for (const sample of samples) [one, two] = [sample + factor * one - two, one];
  const power = one * one + two * two - factor * one * two;
  return 20 * Math.log10((2 * Math.sqrt(Math.max(power, 1e-9))) / samples.length / 32_768);
}
