/** West, south, east, north. */
export type Box = [number, number, number, number];

/** Up to this many assets a screen follows all of them: moving the map then costs no new subscription. */
export const FOLLOW_ALL = 3000;

const contains = (outer: Box, inner: Box): boolean => outer[0] <= inner[0] && outer[1] <= inner[1] && outer[2] >= inner[2] && outer[3] >= inner[3];
const width = (b: Box): number => b[2] - b[0];

/** The box to follow for what is on the screen: `null` for everything. It is wider than the screen, and kept while it serves. */
export function followBox(current: Box | null, view: Box, assets: number): Box | null {
  if (assets <= FOLLOW_ALL) return null;
  if (current !== null && contains(current, view) && width(current) < width(view) * 4) return current;
  const [dx, dy] = [(view[2] - view[0]) * 0.4, (view[3] - view[1]) * 0.4];
  return [Math.max(-180, view[0] - dx), Math.max(-90, view[1] - dy), Math.min(180, view[2] + dx), Math.min(90, view[3] + dy)];
}

/** Points for the delay figure: all of one asset of each connection, at most `most` assets. */
export function probes(assets: Iterable<{ id: string; connection: string | null; quality: string }>, most: number): string[] {
  const byConnection = new Map<string, string>();
  for (const a of assets) {
    if (a.connection !== null && a.quality !== 'bad' && !byConnection.has(a.connection)) byConnection.set(a.connection, a.id);
    if (byConnection.size >= most) break;
  }
  return [...byConnection.values()].map((id) => `${id}/*`);
}
