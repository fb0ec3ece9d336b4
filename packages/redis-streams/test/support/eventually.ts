import { setTimeout } from 'node:timers/promises'

/** Resolves as soon as `isTrue`; what does not come true in a minute is a failure. */
export async function eventually(isTrue: () => boolean | Promise<boolean>, everyMs = 5): Promise<void> {
  const deadline = performance.now() + 60_000
  while (!(await isTrue())) {
    if (performance.now() > deadline) throw new Error(`never came true: ${isTrue.toString()}`)
    await setTimeout(everyMs)
  }
}
