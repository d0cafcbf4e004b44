import { describe, expect, it } from 'vitest';
import { isOf, names } from './desk';

const known = ['north', 'south', 'control-room'];
const at = (position: string): { position: string } => ({ position });

describe('operator positions', () => {
  it('reads a list of names', () => {
    expect(names(null)).toEqual([]);
    expect(names(' north, ,south ')).toEqual(['north', 'south']);
  });

  it('shows the alarms of the chosen positions, all without a choice', () => {
    expect(isOf(at('north'), ['north'], known)).toBe(true);
    expect(isOf(at('south'), ['north'], known)).toBe(false);
    expect(isOf(at('south'), [], known)).toBe(true);
  });

  it('never leaves an alarm in nobody’s list', () => {
    expect(isOf(at('south'), ['gone'], known)).toBe(true);
    expect(isOf(at('new'), ['north'], known)).toBe(true);
  });
});
