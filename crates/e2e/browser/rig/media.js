import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const RATE = 48_000;
export const FPS = 15;

/** Enough to tell a colour, and cheap to encode many times over. */
export const SMALL = { width: 320, height: 180 };
/** Browsers send all layers of a simulcast picture from this size on. */
export const LARGE = { width: 960, height: 540 };

/**
 * Writes one second of a sine for Chromium's made-up microphone, which plays it in a loop.
 * Whole hertz make the loop seamless.
 */
export async function writeTone(folder, hertz) {
  const pcm = Buffer.alloc(RATE * 2);
  for (let i = 0; i < RATE; i++) {
    pcm.writeInt16LE(Math.round(8_192 * Math.sin((2 * Math.PI * hertz * i) / RATE)), i * 2);
  }
  return write(folder, `tone-${hertz}.wav`, [wavHeader(pcm.length), pcm]);
}

/**
 * Writes one second of a picture for Chromium's made-up camera: one colour above, and below it noise that
 * differs from frame to frame, so that a frame needs several packets as a real picture does.
 */
export async function writePicture(folder, [r, g, b], { width, height }) {
  const y = Math.round(16 + 0.257 * r + 0.504 * g + 0.098 * b);
  const u = Math.round(128 - 0.148 * r - 0.291 * g + 0.439 * b);
  const v = Math.round(128 + 0.439 * r - 0.368 * g - 0.071 * b);
  const half = (width * height) / 2;
  const parts = [Buffer.from(`YUV4MPEG2 W${width} H${height} F${FPS}:1 Ip A1:1 C420jpeg\n`)];
  let seed = 1;
  for (let frame = 0; frame < FPS; frame++) {
    const noise = Buffer.alloc(half);
    for (let i = 0; i < half; i++) {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      noise[i] = 96 + (seed >>> 26);
    }
    const chroma = [Buffer.alloc(half / 2, u), Buffer.alloc(half / 2, v)];
    parts.push(Buffer.from('FRAME\n'), Buffer.alloc(half, y), noise, ...chroma);
  }
  return write(folder, `picture-${r}-${g}-${b}.y4m`, parts);
}

function wavHeader(bytes) {
  const header = Buffer.alloc(44);
  header.write('RIFF');
  header.writeUInt32LE(36 + bytes, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(RATE, 24);
  header.writeUInt32LE(RATE * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(bytes, 40);
  return header;
}

async function write(folder, name, parts) {
  const path = join(folder, name);
  await writeFile(path, Buffer.concat(parts));
  return path;
}
