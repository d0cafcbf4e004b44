import type { Clock } from '../gen/wire';

/** A deadline as it stands at `now`. */
export interface ClockFace {
  name: string;
  /** Left when positive, over when negative; of the moment it stopped once it has. */
  left_ms: number;
  running: boolean;
  /** Missed, or past its time. */
  late: boolean;
}

export function faceOf(clock: Clock, now: number): ClockFace {
  const at = clock.stopped_ms ?? now;
  const left_ms = clock.due_ms - at;
  // The hold is a wait, not a race: its end makes nobody late.
  const late = clock.kept === null ? left_ms < 0 && clock.name !== 'hold' : !clock.kept;
  return { name: clock.name, left_ms, running: clock.stopped_ms === null, late };
}
