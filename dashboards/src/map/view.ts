import { Map as MapLibre, setWorkerUrl, type GeoJSONSource, type MapMouseEvent } from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import type { FeatureCollection } from 'geojson';
import type { Crew } from '../gen/wire';
import { onFlash } from '../lib/flash';
import type { Box } from '../live/interest';
import { live } from '../live/live.svelte';
import { Fleet } from './fleet';
import { draw, RATIO } from './images';
import { palette } from './palette';
import { Stations } from './stations';
import { mapStyle } from './style';

setWorkerUrl(workerUrl);

export interface MapEvents {
  station(id: string): void;
  incident(id: string): void;
  nothing(): void;
  looked(view: Box): void;
  /** All that is asked for is drawn, or not yet. */
  idle(still: boolean): void;
}

/** What the faceplate covers, CSS pixels. */
const FACEPLATE = { width: 450, height: 480 };

const CLICKABLE = ['badge', 'station', 'cluster', 'incident'];

/** The map and what moves on it, outside of components. */
export class MapView {
  #map: MapLibre;
  #stations: Stations | null = null;
  #fleet: Fleet | null = null;
  #stopListening: (() => void) | null = null;
  #stopFlash: (() => void) | null = null;
  #bounds: Box;
  #ready: Promise<void>;

  constructor(container: HTMLElement, name: string, bounds: Box, picture: (crew: Crew) => string, events: MapEvents) {
    const colours = palette();
    this.#bounds = bounds;
    this.#map = new MapLibre({
      container,
      style: mapStyle(colours),
      bounds,
      fitBoundsOptions: { padding: 40 },
      hash: true,
      locale: { 'Map.Title': name },
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      maxZoom: 19,
      fadeDuration: 0,
    });
    const map = this.#map;
    map.touchZoomRotate.disableRotation();
    map.setMissingStyleImageResolver((id) => {
      const image = draw(id, colours);
      if (image !== null && !map.hasImage(id)) map.addImage(id, image, { pixelRatio: RATIO });
    });
    map.on('moveend', () => events.looked(this.#view()));
    map.on('idle', () => events.idle(true));
    map.on('movestart', () => events.idle(false));
    map.on('click', (e) => this.#click(e, events));
    map.on('mousemove', (e) => {
      map.getCanvas().style.cursor = this.#at(e, 4) === undefined ? '' : 'pointer';
    });
    this.#ready = new Promise((done) => {
      map.once('load', () => {
        this.#start(picture);
        events.looked(this.#view());
        done();
      });
    });
  }

  /** The pipes and the ground under them. */
  async ground(network: FeatureCollection, backdrop: FeatureCollection): Promise<void> {
    await this.#ready;
    this.#source('network').setData(network);
    this.#source('backdrop').setData(backdrop);
  }

  async choose(id: string | null): Promise<void> {
    await this.#ready;
    this.#map.setFilter('chosen', ['==', ['get', 'id'], id ?? '']);
  }

  /** Brings a place into view, gently, without zooming out, clear of the faceplate in the lower left. */
  show(lon: number, lat: number): void {
    const { x, y } = this.#map.project([lon, lat]);
    const { clientWidth: width, clientHeight: height } = this.#map.getContainer();
    const hidden = x < 20 || y < 20 || x > width - 20 || y > height - 20 || (x < FACEPLATE.width && y > height - FACEPLATE.height);
    if (hidden || this.#map.getZoom() < 12) {
      this.#map.easeTo({ center: [lon, lat], zoom: Math.max(this.#map.getZoom(), 13), offset: [FACEPLATE.width / 2, 0], duration: 500 });
    }
  }

  zoom(by: 1 | -1): void {
    this.#map.easeTo({ zoom: this.#map.getZoom() + by, duration: 200 });
  }

  whole(): void {
    this.#map.fitBounds(this.#bounds, { padding: 40, duration: 400 });
  }

  stop(): void {
    this.#stopFlash?.();
    this.#stopListening?.();
    this.#stations?.stop();
    this.#fleet?.stop();
    this.#map.remove();
  }

  #source(id: string): GeoJSONSource {
    return this.#map.getSource(id) as GeoJSONSource;
  }

  #start(picture: (crew: Crew) => string): void {
    const book = live.book;
    this.#stations = new Stations(this.#source('stations'), book);
    this.#fleet = new Fleet({ crews: this.#source('crews'), ways: this.#source('ways'), incidents: this.#source('incidents') }, picture);
    this.#fleet.take(book.crews, book.incidents);
    this.#stopListening = live.listen((changes, now) => {
      this.#stations?.take(changes);
      if (changes.reset || changes.crews.size > 0 || changes.incidents.size > 0) this.#fleet?.take(now.crews, now.incidents);
    });
    let lit = true;
    this.#stopFlash = onFlash((on) => {
      // A quiet map is not drawn again.
      if (lit && !live.anyUnacknowledged) return;
      lit = on;
      this.#map.setPaintProperty('unacknowledged', 'circle-stroke-opacity', on ? 1 : 0.15);
    });
  }

  #view(): Box {
    const b = this.#map.getBounds();
    return [b.getWest(), b.getSouth(), b.getEast(), b.getNorth()];
  }

  #at(e: MapMouseEvent, reach: number): ReturnType<MapLibre['queryRenderedFeatures']>[number] | undefined {
    if (!this.#map.isStyleLoaded() && this.#map.getLayer('station') === undefined) return undefined;
    const { x, y } = e.point;
    const found = this.#map.queryRenderedFeatures([[x - reach, y - reach], [x + reach, y + reach]], { layers: CLICKABLE });
    return found.find((f) => f.layer.id !== 'incident') ?? found[0];
  }

  #click(e: MapMouseEvent, events: MapEvents): void {
    const hit = this.#at(e, 6);
    if (hit === undefined) return events.nothing();
    const id = String(hit.properties['id'] ?? '');
    if (hit.layer.id === 'incident') return events.incident(id);
    const cluster = hit.properties['cluster_id'] as number | undefined;
    if (cluster === undefined) return events.station(id);
    void this.#source('stations')
      .getClusterExpansionZoom(cluster)
      .then((zoom) => this.#map.easeTo({ center: e.lngLat, zoom: zoom + 0.2, duration: 400 }));
  }
}
