import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { Transform } from 'node:stream';

/** A wire to a server that can be cut: both ends lose their connections without a word. */
export class Wire {
  #server;
  #ends = new Set();
  #substitutions;

  /**
   * @param {string} url of the server
   * @param {Map<string, string>} [substitutions] what the server says, and what arrives in its place, equally long
   */
  static async to(url, substitutions = new Map()) {
    const { hostname, port } = new URL(url);
    const wire = new Wire();
    wire.#substitutions = substitutions;
    wire.#server = createServer((near) => wire.#join(near, connect(Number(port), hostname)));
    await once(wire.#server.listen(0, '127.0.0.1'), 'listening');
    return wire;
  }

  /** The same address, but through this wire. */
  through(url) {
    const address = new URL(url);
    address.host = `127.0.0.1:${this.#server.address().port}`;
    return address.href;
  }

  /** The same meeting, but its signaling through this wire. */
  meeting(meeting) {
    const SignalingUrl = this.through(meeting.MediaPlacement.SignalingUrl);
    return { ...meeting, MediaPlacement: { ...meeting.MediaPlacement, SignalingUrl } };
  }

  cut() {
    for (const end of this.#ends) end.destroy();
  }

  close() {
    this.cut();
    this.#server.close();
  }

  #join(near, far) {
    for (const end of [near, far]) {
      this.#ends.add(end);
      end.on('error', () => end.destroy());
      end.on('close', () => this.#ends.delete(end));
    }
    near.pipe(far);
    [...this.#substitutions].reduce((stream, [said, heard]) => stream.pipe(substituting(said, heard)), far).pipe(near);
  }
}

/** Puts one text in place of another that is as long. Answers are far smaller than what loopback hands over in one piece. */
function substituting(said, heard) {
  const transform = (bytes, _, done) => {
    for (let at = bytes.indexOf(said); at >= 0; at = bytes.indexOf(said, at)) bytes.write(heard, at);
    done(null, bytes);
  };
  return new Transform({ transform });
}
