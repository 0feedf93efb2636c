import { createSocket } from 'node:dgram';
import { once } from 'node:events';

const LOOPBACK = '127.0.0.1';
/** RTP and RTCP begin with version 2; connectivity checks and handshakes do not (RFC 9443). */
const isMedia = (packet) => packet[0] >= 128 && packet[0] < 192;
/** What is left of the numbers for RTCP where both share a port (RFC 5761 section 4). */
const isControl = (packet) => packet[1] >= 192 && packet[1] < 224;

/** How long packets wait at most in front of a narrow place, in milliseconds; more are dropped. */
const QUEUE_MS = 400;
/** The headers of IP and UDP. */
const HEADERS = 28;

/** The way of media between browsers and a service: it counts what passes, and loses or delays of it what it is told to. */
export class Weather {
  #relays = [];
  #loss = 0;
  #chance = 1;
  #counts = new Map();
  #narrows = { up: { kbps: Infinity, freeAt: 0 }, down: { kbps: Infinity, freeAt: 0 } };
  #waiting = new Set();

  /** @param {string[]} addresses of the service's media workers */
  static async over(addresses) {
    const weather = new Weather();
    for (const address of addresses) await weather.#relay(Number(address.split(':')[1]));
    return weather;
  }

  /** What answers say about where media goes, and what clients shall read in its place. */
  get substitutions() {
    return new Map(this.#relays.map(({ near, port }) => [candidate(port), candidate(near.address().port)]));
  }

  /** Loses this share of the media packets in both directions. */
  lose(share) {
    this.#loss = share;
  }

  /** Lets only so much through to clients, or `up` from them; what comes faster queues up. */
  narrow(kbps, direction = 'down') {
    this.#narrows[direction].kbps = kbps;
  }

  /** Counts anew. */
  reset() {
    this.#counts.clear();
  }

  /**
   * How many packets of each payload type passed and their bytes, `up` from browsers and `down` to them.
   * @returns {Record<string, {packets: number, bytes: number}>} by direction and payload type, such as `up 111`
   */
  get counts() {
    return Object.fromEntries(this.#counts);
  }

  close() {
    for (const timer of this.#waiting) clearTimeout(timer);
    for (const { near, far } of this.#relays) {
      near.close();
      for (const socket of far.values()) socket.close();
    }
  }

  async #relay(port) {
    const relay = { port, near: createSocket('udp4'), far: new Map() };
    relay.near.on('message', (packet, client) => {
      const socket = this.#socketFor(relay, client);
      if (this.#passes('up', packet)) this.#squeeze('up', packet, () => socket.send(packet, port, LOOPBACK));
    });
    relay.near.bind(0, LOOPBACK);
    await once(relay.near, 'listening');
    this.#relays.push(relay);
  }

  /** The service tells clients apart by their addresses, so each has a socket of its own. */
  #socketFor({ near, far }, { address, port }) {
    const client = `${address}:${port}`;
    if (!far.has(client)) {
      const socket = createSocket('udp4');
      socket.on('message', (packet) => {
        if (this.#passes('down', packet)) this.#squeeze('down', packet, () => near.send(packet, port, address));
      });
      far.set(client, socket);
    }
    return far.get(client);
  }

  #passes(direction, packet) {
    if (!isMedia(packet) || isControl(packet)) return true;
    const key = `${direction} ${packet[1] & 0x7f}`;
    const { packets = 0, bytes = 0 } = this.#counts.get(key) ?? {};
    this.#counts.set(key, { packets: packets + 1, bytes: bytes + packet.length });
    return this.#roll() >= this.#loss;
  }

  /** Sends a packet when those before it are through. */
  #squeeze(direction, packet, send) {
    const narrow = this.#narrows[direction];
    const now = performance.now();
    const wait = Math.max(0, narrow.freeAt - now);
    if (wait > QUEUE_MS) return;
    narrow.freeAt = now + wait + ((packet.length + HEADERS) * 8) / narrow.kbps;
    if (wait < 1) return send();
    const timer = setTimeout(() => {
      this.#waiting.delete(timer);
      send();
    }, wait);
    this.#waiting.add(timer);
  }

  /** The same rolls in every run. */
  #roll() {
    this.#chance = (Math.imul(this.#chance, 1_664_525) + 1_013_904_223) >>> 0;
    return this.#chance / 2 ** 32;
  }
}

function candidate(port) {
  return `${LOOPBACK} ${port} typ host`;
}
