import type { Feature, LineString, Point } from 'geojson';
import type { GeoJSONSource } from 'maplibre-gl';
import type { Crew, Incident } from '../gen/wire';
import { rankOf } from '../lib/priority';

type LonLat = [number, number];

interface Track {
  from: LonLat;
  to: LonLat;
  start: number;
  length: number;
}

/** A move longer than this jumps instead of gliding, degrees: a new fix after a long silence. */
const JUMP = 0.05;
/** Time between pictures while vehicles move, ms; the eye needs no more for vans. */
const FRAME = 120;
const ON_THE_WAY = new Set(['offered', 'accepted', 'en-route']);

/** Where a vehicle is drawn between two fixes. */
export function between(track: Track, now: number): LonLat {
  const k = track.length <= 0 ? 1 : Math.min(1, Math.max(0, (now - track.start) / track.length));
  return [track.from[0] + (track.to[0] - track.from[0]) * k, track.from[1] + (track.to[1] - track.from[1]) * k];
}

/** Crews, incidents and the dotted ways between them. Vehicles glide from fix to fix. */
export class Fleet {
  #sources: { crews: GeoJSONSource; ways: GeoJSONSource; incidents: GeoJSONSource };
  #picture: (crew: Crew) => string;
  #tracks = new Map<string, Track>();
  #crews: ReadonlyMap<string, Crew> = new Map();
  #incidents: ReadonlyMap<string, Incident> = new Map();
  #lastFix = new Map<string, number>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #gliding = false;
  #stopped = false;

  constructor(sources: { crews: GeoJSONSource; ways: GeoJSONSource; incidents: GeoJSONSource }, picture: (crew: Crew) => string) {
    this.#sources = sources;
    this.#picture = picture;
  }

  take(crews: ReadonlyMap<string, Crew>, incidents: ReadonlyMap<string, Incident>): void {
    const now = performance.now();
    this.#crews = crews;
    this.#incidents = incidents;
    for (const crew of crews.values()) this.#aim(crew, now);
    for (const id of this.#tracks.keys()) if (!crews.has(id)) this.#tracks.delete(id);
    this.#sources.incidents.setData({ type: 'FeatureCollection', features: [...incidents.values()].map(ring) });
    if (!this.#gliding) this.#frame();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #aim(crew: Crew, now: number): void {
    const to: LonLat = [crew.lon, crew.lat];
    const track = this.#tracks.get(crew.id);
    if (track !== undefined && track.to[0] === to[0] && track.to[1] === to[1]) return;
    const here = track === undefined ? to : between(track, now);
    const far = Math.abs(here[0] - to[0]) + Math.abs(here[1] - to[1]) > JUMP;
    // It arrives when the next fix is due, judged by the last gap.
    const gap = now - (this.#lastFix.get(crew.id) ?? now);
    this.#lastFix.set(crew.id, now);
    this.#tracks.set(crew.id, { from: far ? to : here, to, start: now, length: far ? 0 : Math.min(5000, Math.max(300, gap)) });
  }

  #frame(): void {
    if (this.#stopped) return;
    const now = performance.now();
    const at = new Map<string, LonLat>([...this.#tracks].map(([id, track]) => [id, between(track, now)]));
    this.#sources.crews.setData({ type: 'FeatureCollection', features: [...this.#crews.values()].flatMap((c) => this.#vehicle(c, at)) });
    this.#sources.ways.setData({ type: 'FeatureCollection', features: [...this.#incidents.values()].flatMap((i) => ways(i, at)) });
    this.#gliding = [...this.#tracks.values()].some((track) => now < track.start + track.length);
    if (this.#gliding) this.#next(now);
  }

  /** The next picture comes after this one is on the screen, and a slow screen gets fewer of them; a hidden one gets none. */
  #next(started: number): void {
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        const took = performance.now() - started;
        this.#timer = setTimeout(() => this.#frame(), Math.max(FRAME, took * 3));
      }),
    );
  }

  #vehicle(crew: Crew, at: Map<string, LonLat>): Feature<Point>[] {
    const place = at.get(crew.id);
    if (place === undefined) return [];
    return [{ type: 'Feature', geometry: { type: 'Point', coordinates: place }, properties: { id: crew.id, image: this.#picture(crew) } }];
  }
}

function ring(incident: Incident): Feature<Point> {
  return { type: 'Feature', geometry: { type: 'Point', coordinates: [incident.lon, incident.lat] }, properties: { id: incident.id, rank: rankOf(incident.priority) } };
}

function ways(incident: Incident, at: Map<string, LonLat>): Feature<LineString>[] {
  return incident.assignments
    .filter((a) => ON_THE_WAY.has(a.state))
    .flatMap((a) => {
      const from = at.get(a.crew);
      return from === undefined ? [] : [{ type: 'Feature' as const, properties: {}, geometry: { type: 'LineString' as const, coordinates: [from, [incident.lon, incident.lat]] } }];
    });
}
