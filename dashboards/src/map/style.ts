import type { LayerSpecification, StyleSpecification } from 'maplibre-gl';
import { NO_RANK } from '../lib/priority';
import type { Palette } from './palette';

const empty = { type: 'FeatureCollection' as const, features: [] };

/** Stations nearer to each other than this many pixels are drawn as one. */
const CLUSTER_PX = 26;
const CLUSTER_MAX_ZOOM = 13;

function ground(p: Palette): LayerSpecification[] {
  return [
    { id: 'bg', type: 'background', paint: { 'background-color': p.bg } },
    { id: 'green', type: 'fill', source: 'backdrop', filter: ['==', ['get', 'kind'], 'green'], paint: { 'fill-color': p.green } },
    { id: 'water', type: 'fill', source: 'backdrop', filter: ['all', ['==', ['get', 'kind'], 'water'], ['==', ['geometry-type'], 'Polygon']], paint: { 'fill-color': p.water } },
    {
      id: 'river', type: 'line', source: 'backdrop', filter: ['all', ['==', ['get', 'kind'], 'water'], ['==', ['geometry-type'], 'LineString']],
      layout: { 'line-cap': 'round', 'line-join': 'round' },
      paint: { 'line-color': p.water, 'line-width': ['interpolate', ['exponential', 2], ['zoom'], 9, 4, 12, 22, 15, 160] },
    },
    {
      id: 'road', type: 'line', source: 'backdrop', filter: ['==', ['get', 'kind'], 'road'], layout: { 'line-cap': 'round', 'line-join': 'round' },
      paint: { 'line-color': p.road, 'line-width': ['interpolate', ['exponential', 1.6], ['zoom'], 10, 0.8, 13, 2.4, 16, 10] },
    },
    {
      id: 'label', type: 'symbol', source: 'backdrop', filter: ['==', ['get', 'kind'], 'label'],
      layout: { 'icon-image': ['concat', ['case', ['==', ['get', 'class'], 'water'], 'water|', 'label|'], ['get', 'name']], 'icon-padding': 8 },
    },
  ];
}

function network(p: Palette): LayerSpecification[] {
  const pipe = (id: string, color: string, min: number, max: number): LayerSpecification => ({
    id: `pipe-${id}`, type: 'line', source: 'network', filter: ['==', ['get', 'c'], id],
    layout: { 'line-cap': 'round', 'line-join': 'round' },
    paint: { 'line-color': color, 'line-width': ['interpolate', ['linear'], ['zoom'], 10, min, 15, max] },
  });
  return [
    pipe('low', p.pipeL, 0.7, 2),
    pipe('medium', p.pipeM, 1.4, 4),
    pipe('high', p.pipeH, 2.6, 7),
    {
      id: 'valve', type: 'circle', source: 'network', minzoom: 13.5, filter: ['==', ['get', 'kind'], 'valve'],
      paint: { 'circle-radius': 3, 'circle-color': ['case', ['==', ['get', 'state'], 'closed'], p.ok, p.bg], 'circle-stroke-color': p.ok, 'circle-stroke-width': 1.2 },
    },
  ];
}

/** Ring colour by rank, quiet grey for none. */
const byRank = (p: Palette, property: string): ['match', ...unknown[]] =>
  ['match', ['get', property], 1, p.priorities[0], 2, p.priorities[1], 3, p.priorities[2], 4, p.priorities[3], p.ok];

function stations(p: Palette): LayerSpecification[] {
  const alarmed = (rank: unknown): unknown => ['concat', 'badge|', ['to-string', rank]];
  return [
    {
      id: 'cluster', type: 'circle', source: 'stations', filter: ['has', 'point_count'],
      paint: {
        'circle-radius': ['interpolate', ['linear'], ['ln', ['get', 'point_count']], 0.7, 10, 9, 24],
        'circle-color': p.raised, 'circle-stroke-width': 1.6,
        'circle-stroke-color': ['case', ['==', ['get', 'bad'], 1], p.bad, p.ok],
      },
    },
    {
      id: 'count', type: 'symbol', source: 'stations', filter: ['has', 'point_count'],
      layout: { 'icon-image': ['concat', 'count|', ['to-string', ['get', 'point_count_abbreviated']]], 'icon-allow-overlap': true, 'icon-ignore-placement': true },
    },
    {
      id: 'station', type: 'circle', source: 'stations', filter: ['!', ['has', 'point_count']],
      paint: {
        'circle-radius': ['case', ['==', ['get', 'big'], 1], 6, 4],
        'circle-color': p.bg, 'circle-stroke-width': ['case', ['==', ['get', 'bad'], 1], 2.2, 1.6],
        'circle-stroke-color': ['case', ['==', ['get', 'bad'], 1], p.bad, p.ok],
      },
    },
    {
      id: 'chosen', type: 'circle', source: 'stations', filter: ['==', ['get', 'id'], ''],
      paint: { 'circle-radius': 9, 'circle-color': 'rgba(0,0,0,0)', 'circle-stroke-width': 2, 'circle-stroke-color': p.text },
    },
    {
      id: 'unacknowledged', type: 'circle', source: 'stations', filter: ['==', ['get', 'unack'], 1],
      paint: {
        'circle-radius': ['case', ['has', 'point_count'], 20, 11], 'circle-color': 'rgba(0,0,0,0)', 'circle-stroke-width': 2.2,
        'circle-stroke-color': byRank(p, 'rank') as never,
      },
    },
    {
      id: 'badge', type: 'symbol', source: 'stations', filter: ['any', ['<', ['get', 'rank'], NO_RANK], ['==', ['get', 'bad'], 1]],
      layout: {
        'icon-image': ['case', ['<', ['get', 'rank'], NO_RANK], alarmed(['get', 'rank']), 'badge|bad'] as never,
        'icon-offset': ['case', ['has', 'point_count'], ['literal', [18, -16]], ['literal', [15, -13]]],
        'icon-allow-overlap': true, 'icon-ignore-placement': true, 'symbol-sort-key': ['-', 0, ['get', 'rank']],
      },
    },
  ];
}

function movements(p: Palette): LayerSpecification[] {
  return [
    {
      id: 'way', type: 'line', source: 'ways', layout: { 'line-cap': 'round' },
      paint: { 'line-color': p.text, 'line-width': 1.8, 'line-dasharray': [0.1, 2.6] },
    },
    {
      id: 'incident', type: 'circle', source: 'incidents',
      paint: { 'circle-radius': 15, 'circle-color': 'rgba(0,0,0,0)', 'circle-stroke-width': 2, 'circle-stroke-color': byRank(p, 'rank') as never },
    },
    {
      id: 'crew', type: 'symbol', source: 'crews',
      layout: { 'icon-image': ['get', 'image'], 'icon-anchor': 'left', 'icon-offset': [-12, 0], 'icon-allow-overlap': true, 'icon-ignore-placement': true },
    },
  ];
}

/** The whole map, made here: nothing is fetched from anywhere. */
export function mapStyle(p: Palette): StyleSpecification {
  return {
    version: 8,
    sources: {
      backdrop: { type: 'geojson', data: empty },
      network: { type: 'geojson', data: empty },
      stations: {
        type: 'geojson', data: empty, cluster: true, clusterRadius: CLUSTER_PX, clusterMaxZoom: CLUSTER_MAX_ZOOM,
        clusterProperties: { rank: ['min', ['get', 'rank']], unack: ['max', ['get', 'unack']], bad: ['max', ['get', 'bad']] },
      },
      ways: { type: 'geojson', data: empty },
      incidents: { type: 'geojson', data: empty },
      crews: { type: 'geojson', data: empty },
    },
    layers: [...ground(p), ...network(p), ...movements(p).slice(0, 2), ...stations(p), ...movements(p).slice(2)],
  };
}
