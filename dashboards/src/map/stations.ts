import type { Feature, FeatureCollection, Point } from 'geojson';
import type { GeoJSONSource } from 'maplibre-gl';
import type { Asset } from '../gen/wire';
import type { Book, Changes } from '../live/book';
import { assetRank, isUnacknowledged } from '../lib/priority';

/** At most this often a change is drawn, ms. */
const EVERY = 250;

interface Shown {
  id: string;
  rank: number;
  unack: 0 | 1;
  bad: 0 | 1;
  big: 0 | 1;
}

export function shown(asset: Asset): Shown {
  return {
    id: asset.id,
    rank: assetRank(asset),
    unack: asset.worst !== null && isUnacknowledged(asset.worst.state) ? 1 : 0,
    bad: asset.quality === 'bad' ? 1 : 0,
    big: asset.kind === 'gate-station' ? 1 : 0,
  };
}

function feature(asset: Asset): Feature<Point, Shown> {
  return { type: 'Feature', id: asset.id, geometry: { type: 'Point', coordinates: [asset.lon, asset.lat] }, properties: shown(asset) };
}

export function stationFeatures(assets: Iterable<Asset>): FeatureCollection<Point, Shown> {
  return { type: 'FeatureCollection', features: [...assets].map(feature) };
}

/** Keeps the map's stations equal to the book's: the whole after a snapshot, else only what changed. */
export class Stations {
  #source: GeoJSONSource;
  #known = new Set<string>();
  #dirty = new Set<string>();
  #whole = true;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #book: Book;

  constructor(source: GeoJSONSource, book: Book) {
    this.#source = source;
    this.#book = book;
    this.#draw();
  }

  take(changes: Changes): void {
    if (changes.reset) this.#whole = true;
    for (const id of changes.assets) this.#dirty.add(id);
    if ((this.#whole || this.#dirty.size > 0) && this.#timer === undefined) {
      this.#timer = setTimeout(() => this.#draw(), EVERY);
    }
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #draw(): void {
    this.#timer = undefined;
    const assets = this.#book.assets;
    if (this.#whole) {
      this.#source.setData(stationFeatures(assets.values()));
      this.#known = new Set(assets.keys());
    } else {
      const changed = [...this.#dirty].flatMap((id) => assets.get(id) ?? []);
      void this.#source.updateData({
        remove: [...this.#dirty].filter((id) => !assets.has(id) && this.#known.delete(id)),
        add: changed.filter((a) => !this.#known.has(a.id)).map(feature),
        update: changed
          .filter((a) => this.#known.has(a.id))
          .map((a) => ({ id: a.id, addOrUpdateProperties: Object.entries(shown(a)).map(([key, value]) => ({ key, value })) })),
      });
      for (const a of changed) this.#known.add(a.id);
    }
    this.#whole = false;
    this.#dirty.clear();
  }
}
