import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/** A wire to a server that can be cut: both ends lose their connections without a word. */
export class Wire {
  #server;
  #ends = new Set();

  /** @param {string} url of the server */
  static async to(url) {
    const { hostname, port } = new URL(url);
    const wire = new Wire();
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
    near.pipe(far).pipe(near);
  }
}
