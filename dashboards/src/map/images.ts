import type { Palette } from './palette';

/**
 * Pictures drawn when the map first asks for them by name, so that no glyphs or sprites are fetched:
 * `badge|1`…`badge|4`, `badge|bad`, `count|12`, `label|text`, `water|text`, `crew|07|text|dim`.
 */
export interface Picture {
  width: number;
  height: number;
  data: Uint8ClampedArray;
}

/** Pixels a CSS pixel; two is sharp on every screen in use. */
export const RATIO = 2;

type Draw = (g: CanvasRenderingContext2D) => void;

function picture(width: number, height: number, draw: Draw): Picture {
  const canvas = document.createElement('canvas');
  canvas.width = Math.ceil(width * RATIO);
  canvas.height = Math.ceil(height * RATIO);
  const g = canvas.getContext('2d', { willReadFrequently: true });
  if (g === null) return { width: 1, height: 1, data: new Uint8ClampedArray(4) };
  g.scale(RATIO, RATIO);
  draw(g);
  return { width: canvas.width, height: canvas.height, data: g.getImageData(0, 0, canvas.width, canvas.height).data };
}

function measure(text: string, font: string): number {
  const g = document.createElement('canvas').getContext('2d');
  if (g === null) return text.length * 7;
  g.font = font;
  return Math.ceil(g.measureText(text).width);
}

function text(g: CanvasRenderingContext2D, words: string, x: number, y: number, font: string, fill: string, align: CanvasTextAlign): void {
  g.font = font;
  g.fillStyle = fill;
  g.textAlign = align;
  g.textBaseline = 'alphabetic';
  g.fillText(words, x, y);
}

/** A halo keeps words readable over lines. */
function haloText(g: CanvasRenderingContext2D, words: string, x: number, y: number, font: string, fill: string, halo: string, align: CanvasTextAlign): void {
  g.font = font;
  g.textAlign = align;
  g.textBaseline = 'alphabetic';
  g.lineJoin = 'round';
  g.lineWidth = 3;
  g.strokeStyle = halo;
  g.strokeText(words, x, y);
  g.fillStyle = fill;
  g.fillText(words, x, y);
}

const SHAPES: Record<string, string> = { '1': 'M2 1h18v16h-18z', '2': 'M11 1 21 17H1z', '3': 'M11 17 21 1H1z', '4': 'M1 9a10 7 0 1 0 20 0a10 7 0 1 0 -20 0z' };
const BASELINE: Record<string, number> = { '1': 13, '2': 15, '3': 11, '4': 13 };

function badge(kind: string, p: Palette): Picture {
  return picture(22, 18, (g) => {
    if (kind === 'bad') {
      const path = new Path2D('M11 1 20 9 11 17 2 9z');
      g.fillStyle = p.bg;
      g.fill(path);
      g.lineWidth = 2;
      g.strokeStyle = p.bad;
      g.stroke(path);
      text(g, '?', 11, 13, `700 10px ${p.font}`, p.bad, 'center');
      return;
    }
    g.fillStyle = p.priorities[Number(kind) - 1] ?? p.text;
    g.fill(new Path2D(SHAPES[kind] ?? ''));
    text(g, kind, 11, BASELINE[kind] ?? 13, `700 ${kind === '1' ? 11 : 10}px ${p.font}`, p.ink, 'center');
  });
}

function count(words: string, p: Palette): Picture {
  const font = `600 11px ${p.font}`;
  return picture(measure(words, font) + 4, 14, (g) => text(g, words, (measure(words, font) + 4) / 2, 11, font, p.text, 'center'));
}

function label(words: string, p: Palette, size: number, style: string): Picture {
  const font = `${style} 500 ${size}px ${p.font}`;
  const width = measure(words, font) + 8;
  return picture(width, size + 8, (g) => haloText(g, words, width / 2, size + 2, font, p.dim, p.bg, 'center'));
}

function crew(number: string, words: string, faint: boolean, p: Palette): Picture {
  const bold = `700 11px ${p.font}`;
  const plain = `11px ${p.font}`;
  const box = Math.max(24, measure(number, bold) + 10);
  const width = box + 8 + measure(words, plain) + 4;
  return picture(width, 20, (g) => {
    g.fillStyle = p.raised;
    g.strokeStyle = faint ? p.dim : p.text;
    g.lineWidth = 1.4;
    g.setLineDash(faint ? [3, 2] : []);
    g.fillRect(1, 2, box - 2, 16);
    g.strokeRect(1, 2, box - 2, 16);
    text(g, number, box / 2, 14, bold, faint ? p.dim : p.text, 'center');
    haloText(g, words, box + 4, 14, plain, p.dim, p.bg, 'left');
  });
}

/** Draws the picture of that name; null for a name that is not ours. */
export function draw(id: string, p: Palette): Picture | null {
  const [kind, a = '', b = '', c = ''] = id.split('|');
  if (kind === 'badge') return badge(a, p);
  if (kind === 'count') return count(a, p);
  if (kind === 'label') return label(a, p, 12, 'normal');
  if (kind === 'water') return label(a, p, 12, 'italic');
  if (kind === 'crew') return crew(a, b, c === 'dim', p);
  return null;
}
