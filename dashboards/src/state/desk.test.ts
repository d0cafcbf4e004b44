import { describe, expect, it } from 'vitest';
import { awayOf, names } from './desk';

const known = ['north', 'south', 'control-room'];
const away = (chosen: string[]): string[] => [...awayOf(chosen, known)];

describe('operator positions', () => {
  it('reads a list of names', () => {
    expect(names(null)).toEqual([]);
    expect(names(' north, ,south ')).toEqual(['north', 'south']);
  });

  it('leaves out the positions that were not chosen, none without a choice', () => {
    expect(away(['north'])).toEqual(['south', 'control-room']);
    expect(away([])).toEqual([]);
  });

  it('never leaves an alarm in nobody’s list', () => {
    expect(away(['gone'])).toEqual([]);
    expect(away(['north', 'gone'])).not.toContain('new');
  });
});
