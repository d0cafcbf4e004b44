import { describe, expect, it } from 'vitest';
import { heightOf, offsetOf, pieces, reveal, rowAt, seen, type Piece, type Shape } from './window';

const plain: Shape = { count: 100_000, row: 40, tall: -1, extra: 0 };
const tall: Shape = { count: 10, row: 40, tall: 3, extra: 100 };
const text = (list: Piece[]): string => list.map((p) => ('row' in p ? p.row : `(${p.gap})`)).join(' ');

describe('the part of a long list that is drawn', () => {
  it('is what is in sight and a little more, with space for the rest', () => {
    expect(text(pieces(plain, seen(plain, 4000, 4080), 1, []))).toBe('(3960) 99 100 101 102 (3995880)');
    expect(text(pieces(plain, seen(plain, 0, 80), 1, []))).toBe('0 1 2 (3999880)');
    expect(text(pieces({ ...plain, count: 2 }, seen({ ...plain, count: 2 }, 0, 800), 5, []))).toBe('0 1');
    expect(pieces({ ...plain, count: 0 }, seen({ ...plain, count: 0 }, 0, 800), 5, [0])).toEqual([]);
  });

  it('keeps the row in which somebody types', () => {
    expect(text(pieces(tall, seen(tall, 340, 420), 0, [3]))).toBe('(120) 3 (80) 6 7 (80)');
    expect(text(pieces(tall, [5, 6], 0, [-1, 99]))).toBe('(300) 5 (160)');
  });

  it('always adds up to the whole height', () => {
    for (const shape of [tall, { ...tall, tall: 0 }, { ...tall, tall: 9 }, { ...tall, tall: -1 }]) {
      for (let top = 0; top < 500; top += 7) {
        const list = pieces(shape, seen(shape, top, top + 90), 1, [2, 9]);
        const sum = list.reduce((n, p) => n + ('gap' in p ? p.gap : shape.row + (p.row === shape.tall ? shape.extra : 0)), 0);
        expect(sum).toBe(400 + (shape.tall >= 0 ? shape.extra : 0));
      }
    }
  });

  it('finds rows and places with one row taller than the others', () => {
    expect([2, 3, 4].map((i) => offsetOf(tall, i))).toEqual([80, 120, 260]);
    expect([0, 119, 120, 259, 260, 9999, -5].map((y) => rowAt(tall, y))).toEqual([0, 2, 3, 3, 4, 9, 0]);
    expect(heightOf(tall)).toBe(500);
  });

  it('scrolls no further than it must', () => {
    expect(reveal(tall, 4, 0, 300)).toBeNull();
    expect(reveal(tall, 5, 0, 300)).toBe(40);
    expect(reveal(tall, 0, 100, 300)).toBe(0);
    expect(reveal(tall, 3, 0, 120)).toBe(120);
  });
});
