/** Delay that puts a new flashing row in step with those already flashing, at 1 Hz. */
export function inStep(): string {
  return `-${Math.round(performance.now() % 1000)}ms`;
}
