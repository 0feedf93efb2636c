/** How tiles share a field. */

/** The space between two tiles, in pixels. */
export const GAP = 10;
/** Smaller tiles tell nothing; a field with too many of them scrolls. */
const SMALLEST = 120;

/** How narrow and how wide a tile may be, as width by height. */
export interface Shape {
  narrowest: number;
  widest: number;
}

/** Cameras give 16:9; some of it may be cut off at the sides, and more of it where the field is upright. */
export const PERSON: Shape = { narrowest: 4 / 3, widest: 16 / 9 };
export const PERSON_UPRIGHT: Shape = { narrowest: 4 / 5, widest: 16 / 9 };
/** Screens and windows are mostly so; a share of another shape shows itself whole on black ground. */
export const SCREEN: Shape = { narrowest: 4 / 3, widest: 2 };

/** The size of a tile. */
export interface Size {
  width: number;
  height: number;
}

/** The largest size at which this many tiles of the shape fit into a field. */
export function fit(count: number, field: Size, shape: Shape): Size {
  let best: Size = { width: SMALLEST, height: SMALLEST / shape.widest };
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    const room = { width: (field.width - GAP * (columns - 1)) / columns, height: (field.height - GAP * (rows - 1)) / rows };
    const size = within(room, shape);
    if (size.width >= SMALLEST && size.width * size.height > best.width * best.height) best = size;
  }
  return { width: Math.floor(best.width), height: Math.floor(best.height) };
}

function within({ width, height }: Size, { narrowest, widest }: Shape): Size {
  return { width: Math.min(width, height * widest), height: Math.min(height, width / narrowest) };
}
