/** A list of rows of one height, of which one may be taller; pixels. */
export interface Shape {
  count: number;
  row: number;
  /** Which row is taller, and by how much; -1: none. */
  tall: number;
  extra: number;
}

/** What is drawn of a list: rows, and empty space in place of the others. */
export type Piece = { row: number } | { gap: number; key: string };

/** Where a row begins. */
export function offsetOf(shape: Shape, index: number): number {
  return index * shape.row + (shape.tall >= 0 && index > shape.tall ? shape.extra : 0);
}

export function heightOf(shape: Shape): number {
  return offsetOf(shape, shape.count) + (shape.tall >= 0 && shape.count === shape.tall ? shape.extra : 0);
}

/** The row at a place; the nearest one outside of the list. */
export function rowAt(shape: Shape, y: number): number {
  const { tall, extra, row, count } = shape;
  let index = Math.floor(y / row);
  if (tall >= 0 && index > tall) index = Math.max(tall, Math.floor((y - extra) / row));
  return Math.min(Math.max(index, 0), Math.max(count - 1, 0));
}

/** First and one after the last row of which something is between `top` and `bottom`. */
export function seen(shape: Shape, top: number, bottom: number): [number, number] {
  if (shape.count === 0 || bottom <= top || bottom <= 0 || top >= heightOf(shape)) return [0, 0];
  return [rowAt(shape, top), rowAt(shape, bottom - 1) + 1];
}

/** What to draw: the rows in sight, some to either side of them, and those of `kept`, which must not lose what is typed into them. */
export function pieces(shape: Shape, [from, to]: [number, number], beside: number, kept: readonly number[]): Piece[] {
  const rows = new Set<number>();
  for (let i = Math.max(0, from - beside); i < Math.min(shape.count, to + beside); i += 1) rows.add(i);
  for (const i of kept) if (i >= 0 && i < shape.count) rows.add(i);
  const out: Piece[] = [];
  let next = 0;
  const gap = (until: number): void => {
    const height = offsetOf(shape, until) - offsetOf(shape, next);
    if (height > 0) out.push({ gap: height, key: `gap ${out.length}` });
  };
  for (const row of [...rows].sort((a, b) => a - b)) {
    gap(row);
    out.push({ row });
    next = row + 1;
  }
  gap(shape.count);
  return out;
}

/** Where to scroll to, so that a row is in sight; null when it is. `top` is what is in sight now, `view` its height. */
export function reveal(shape: Shape, index: number, top: number, view: number): number | null {
  const start = offsetOf(shape, index);
  const end = start + shape.row + (index === shape.tall ? shape.extra : 0);
  if (start < top || end - start > view) return start === top ? null : start;
  return end > top + view ? end - view : null;
}
