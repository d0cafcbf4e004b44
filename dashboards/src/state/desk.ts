/** Names out of a comma-separated list. */
export function names(text: string | null): string[] {
  return (text ?? '').split(',').map((n) => n.trim()).filter((n) => n !== '');
}

/** The positions whose alarms are not for this desk; none without a choice. */
export function awayOf(chosen: readonly string[], known: readonly string[]): ReadonlySet<string> {
  // A choice of which nothing exists any more must not make a silent screen; nor must a position nobody knows.
  const real = chosen.filter((n) => known.includes(n));
  return new Set(real.length === 0 ? [] : known.filter((n) => !real.includes(n)));
}
