import { setTimeout as delay } from 'node:timers/promises'

/** Asks until the answer is neither undefined nor false. The limit is for a machine that is stuck, not for one that is slow.
 * @throws Error that says what was waited for */
export async function until<T>(
  what: string,
  ask: () => T | undefined | false | Promise<T | undefined | false>,
  limitMs = 60_000,
): Promise<T> {
  const end = performance.now() + limitMs
  for (;;) {
    const answer = await ask()
    if (answer !== undefined && answer !== false) return answer
    if (performance.now() > end) throw new Error(`${what} did not happen within ${limitMs / 1000} s`)
    await delay(100)
  }
}
