const DOUBLINGS_MAX = 20;

/**
 * How long to wait before the next attempt: twice as long each time up to the longest, and by chance between half of that and all of it, so
 * that many edges do not come back at once.
 *
 * Units: milliseconds.
 */
export function backoffMs(
  failures: number,
  limits: { readonly first: number; readonly most: number },
  random: (bytes: number) => Uint8Array,
): number {
  const whole = Math.min(limits.first * 2 ** Math.min(failures, DOUBLINGS_MAX), limits.most);
  const [high = 0, low = 0] = random(2);
  const share = (high * 256 + low) / 65_536;
  return Math.round(whole / 2 + (whole / 2) * share);
}
