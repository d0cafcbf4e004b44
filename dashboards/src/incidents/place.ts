/** Reads `lon, lat`, degrees; null when it is not a place on Earth. */
export function place(text: string): { lon: number; lat: number } | null {
  const parts = text.split(/[,;\s，]+/).filter((p) => p !== '');
  const [lon, lat] = [Number(parts[0]), Number(parts[1])];
  if (parts.length !== 2 || !Number.isFinite(lon) || !Number.isFinite(lat)) return null;
  return Math.abs(lon) <= 180 && Math.abs(lat) <= 90 ? { lon, lat } : null;
}
