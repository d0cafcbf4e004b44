/** Half of the 1 Hz at which what is unacknowledged flashes its border, ms. */
const HALF = 500;

const followers = new Set<(on: boolean) => void>();

/**
 * One beat for the whole screen, on the root element: rows and map flash together, and an idle screen is not drawn
 * sixty times a second as it would be for an animation. Those who asked for less motion get none.
 */
export function startFlash(): void {
  if (matchMedia('(prefers-reduced-motion: reduce)').matches) return;
  let on = true;
  setInterval(() => {
    on = !on;
    document.documentElement.dataset.flash = on ? 'on' : 'off';
    for (const follow of followers) follow(on);
  }, HALF);
}

/** Follows the beat until the answer is called. */
export function onFlash(follow: (on: boolean) => void): () => void {
  followers.add(follow);
  return () => followers.delete(follow);
}
