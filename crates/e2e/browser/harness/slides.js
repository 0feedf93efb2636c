const SIZE = { width: 640, height: 360 };

/**
 * Something to show: a picture of one colour that changes in a corner, and a tone where one is wished. A busy one
 * has noise below, as films have, so that it costs what the sender may use. The hint `detail` lets a browser send it as
 * large as it is, however little it may use.
 */
export class Slides {
  #painting;
  #sound = null;

  /**
   * @param {{
   *   colour: string, tone?: number, size?: {width: number, height: number}, rate?: number, busy?: boolean, hint?: string,
   * }} look
   */
  constructor({ colour, tone, size = SIZE, rate = 10, busy = false, hint = '' }) {
    const canvas = Object.assign(document.createElement('canvas'), size);
    const pen = canvas.getContext('2d');
    let frame = 0;
    // A canvas that does not change has no frames.
    const paint = () => {
      frame += 1;
      pen.fillStyle = colour;
      pen.fillRect(0, 0, canvas.width, canvas.height);
      pen.fillStyle = frame % 2 ? '#000' : '#fff';
      pen.fillRect(0, 0, 8, 8);
      if (busy) pen.putImageData(noise(canvas.width, canvas.height / 2), 0, canvas.height / 2);
    };
    paint();
    this.#painting = setInterval(paint, 1000 / rate);
    this.stream = canvas.captureStream(rate);
    this.stream.getVideoTracks()[0].contentHint = hint;
    if (tone) this.stream.addTrack(this.#play(tone));
  }

  stop() {
    clearInterval(this.#painting);
    this.#sound?.close();
    for (const track of this.stream.getTracks()) track.stop();
  }

  #play(frequency) {
    this.#sound = new AudioContext({ sampleRate: 48_000 });
    const oscillator = new OscillatorNode(this.#sound, { frequency });
    const volume = new GainNode(this.#sound, { gain: 0.25 });
    const out = new MediaStreamAudioDestinationNode(this.#sound);
    oscillator.connect(volume).connect(out);
    oscillator.start();
    return out.stream.getAudioTracks()[0];
  }
}

function noise(width, height) {
  const image = new ImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const opaque = 0xff << 24;
  for (let i = 0; i < pixels.length; i++) pixels[i] = opaque | (Math.random() * 0x1_00_00_00);
  return image;
}
