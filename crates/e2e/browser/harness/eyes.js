const canvas = new OffscreenCanvas(16, 16);
const context = canvas.getContext('2d', { willReadFrequently: true });

/**
 * What a video element shows: the mean colour of the upper half of its picture (the lower half of the
 * test pictures is noise), its size and how many frames it has shown.
 * @param {HTMLVideoElement} video
 */
export function see(video) {
  // Firefox counts only painted frames where the picture comes from a stream.
  const frames = video.mozPaintedFrames ?? video.getVideoPlaybackQuality().totalVideoFrames;
  const size = [video.videoWidth, video.videoHeight];
  if (frames === 0 || size[0] === 0) return { colour: null, size, frames };
  context.drawImage(video, 0, 0, size[0], size[1] / 2, 0, 0, 16, 16);
  const { data } = context.getImageData(0, 0, 16, 16);
  const sum = [0, 0, 0];
  for (let i = 0; i < data.length; i += 4) for (let c = 0; c < 3; c++) sum[c] += data[i + c];
  return { colour: sum.map((s) => Math.round(s / 256)), size, frames };
}
