import type uPlot from 'uplot';
import type { BandRow } from '../gen/wire';

export interface TrendLook {
  width: number;
  height: number;
  unit: string;
  limits: readonly (readonly [string, number])[];
  time: (seconds: number) => string;
  window_s: number;
  now: () => number;
  /** What was to be expected; empty where nothing learns. */
  bands: () => readonly BandRow[];
}

const LIMIT_RANK: Record<string, number> = { 'high-high': 1, high: 2, low: 2, 'low-low': 1 };

/** Lines at the alarm limits, so that a reading is never without them. */
function limitLines(plot: uPlot, look: TrendLook, dim: string): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = dim;
  ctx.lineWidth = devicePixelRatio;
  for (const [kind, at] of look.limits) {
    if (LIMIT_RANK[kind] === undefined) continue;
    const y = Math.round(plot.valToPos(at, 'y', true)) + 0.5;
    if (y < bbox.top || y > bbox.top + bbox.height) continue;
    ctx.setLineDash(LIMIT_RANK[kind] === 1 ? [6, 3] : [2, 4]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
  }
  ctx.restore();
}

/** A silence longer than this ends a stretch of shading, ms. */
const BAND_GAP = 120_000;

/** Quiet shading between what is usual at least and at most, behind everything else. */
function shadeBands(plot: uPlot, look: TrendLook, colour: string): void {
  const { ctx, bbox } = plot;
  const x = (ms: number): number => plot.valToPos(ms / 1000, 'x', true);
  const y = (value: number | null, end: number): number =>
    value === null ? end : Math.min(Math.max(plot.valToPos(value, 'y', true), bbox.top), bbox.top + bbox.height);
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.globalAlpha = 0.18;
  ctx.fillStyle = colour;
  let last: BandRow | null = null;
  for (const row of look.bands()) {
    if (last !== null && row[0] - last[0] <= BAND_GAP) {
      const [left, right] = [x(last[0]), x(row[0])];
      const top = y(last[3], bbox.top);
      ctx.fillRect(left, top, Math.max(right - left, 0), y(last[2], bbox.top + bbox.height) - top);
    }
    last = row;
  }
  ctx.restore();
}

/** The readings with a little room; a limit close by, and what is usual, is brought into view. */
function scaleY(min: number | null, max: number | null, limits: TrendLook['limits'], bands: readonly BandRow[]): [number, number] {
  if (min === null || max === null) return [0, 1];
  const room = Math.max((max - min) * 0.15, Math.abs(max) * 0.01, 0.01);
  let [low, high] = [min - room, max + room];
  const near = (high - low) * 1.5;
  for (const [kind, at] of limits) {
    if (LIMIT_RANK[kind] === undefined) continue;
    if (at > max && at - max < near) high = Math.max(high, at + room);
    if (at < min && min - at < near) low = Math.min(low, at - room);
  }
  // as long as the readings do not become a flat line in it
  const most = (max - min + room) * 5;
  const [least, greatest] = [Math.min(...bands.flatMap((b) => b[2] ?? [])), Math.max(...bands.flatMap((b) => b[3] ?? []))];
  if (greatest > high && greatest - max < most) high = greatest + room;
  if (least < low && min - least < most) low = least - room;
  return [low, high];
}

export function trendOptions(look: TrendLook): uPlot.Options {
  const css = getComputedStyle(document.documentElement);
  const v = (name: string): string => css.getPropertyValue(name).trim();
  const font = `11px ${v('--font')}`;
  const axis = { stroke: v('--dim'), font, grid: { stroke: v('--line'), width: 1 }, ticks: { show: false } };
  return {
    width: look.width,
    height: look.height,
    legend: { show: false },
    cursor: { y: false, points: { size: 6 } },
    scales: {
      x: { time: true, range: (_u, _min, max) => [Math.max(max ?? 0, look.now()) - look.window_s, Math.max(max ?? 0, look.now())] },
      y: { range: (_u, min, max) => scaleY(min, max, look.limits, look.bands()) },
    },
    axes: [
      { ...axis, size: 26, space: 70, values: (_u, ticks) => ticks.map((s) => look.time(s).slice(0, 5)) },
      { ...axis, size: 48, space: 26, values: (_u, ticks) => ticks.map((n) => String(n)) },
    ],
    series: [{}, { stroke: v('--text'), width: 1.4, spanGaps: false, points: { show: false } }],
    hooks: { drawAxes: [(plot: uPlot) => shadeBands(plot, look, v('--dim'))], drawSeries: [(plot: uPlot) => limitLines(plot, look, v('--dim'))] },
  };
}
