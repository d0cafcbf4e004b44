import type { FeatureCollection } from 'geojson';

export type PipeClass = 'high' | 'medium' | 'low';

/** How a pipe is drawn, from the user's own word for its pressure class. */
export function pipeClass(word: unknown): PipeClass {
  const w = String(word ?? '').toLowerCase();
  if (w.includes('high') || w.includes('高')) return 'high';
  if (w.includes('low') || w.includes('低')) return 'low';
  return 'medium';
}

/** Marks every pipe with its class, and tells which classes there are. */
export function classify(network: FeatureCollection): { network: FeatureCollection; classes: PipeClass[] } {
  const seen = new Set<PipeClass>();
  const features = network.features.map((f) => {
    if (f.geometry.type !== 'LineString' && f.geometry.type !== 'MultiLineString') return f;
    const c = pipeClass(f.properties?.['class'] ?? f.properties?.['pressure_class']);
    seen.add(c);
    return { ...f, properties: { ...f.properties, c } };
  });
  return { network: { type: 'FeatureCollection', features }, classes: (['high', 'medium', 'low'] as const).filter((c) => seen.has(c)) };
}
