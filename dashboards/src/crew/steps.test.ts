import { describe, expect, it } from 'vitest';
import type { Assignment } from '../gen/wire';
import { current, nextStep, reached } from './steps';

const assignment = (id: string, state: string, offered_ms = 0): Assignment => ({ id, state, offered_ms }) as Assignment;

describe('the crew’s steps', () => {
  it('follow one another to the report', () => {
    const said: string[] = [];
    let state: string | null = 'accepted';
    while (state !== null) {
      state = nextStep(state);
      if (state !== null) said.push(state);
    }
    expect(said).toEqual(['en-route', 'on-scene', 'made-safe', 'restored', 'complete']);
    expect(nextStep('offered')).toBeNull();
  });

  it('fill the bar', () => {
    expect(['offered', 'accepted', 'on-scene', 'complete'].map(reached)).toEqual([0, 1, 3, 5]);
  });

  it('show the work before a new page, and never what has ended', () => {
    expect(current([assignment('a', 'offered'), assignment('b', 'on-scene'), assignment('c', 'declined')])?.id).toBe('b');
    expect(current([assignment('a', 'expired'), assignment('b', 'complete')])).toBeNull();
    expect(current([assignment('late', 'offered', 2), assignment('early', 'offered', 1)])?.id).toBe('early');
  });
});
