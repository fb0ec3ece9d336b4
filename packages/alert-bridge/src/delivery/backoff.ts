const firstMs = 500
const longestMs = 30_000

/** Milliseconds to wait after `failures` in a row (1 is the first): half of a bound that doubles, and a random part of the
 * other half, so that bridges that failed together do not come back together. */
export function backoffMs(failures: number, random: () => number): number {
  const bound = Math.min(longestMs, firstMs * 2 ** Math.min(failures - 1, 30))
  return (bound + random() * bound) / 2
}
