import { setTimeout } from 'node:timers/promises'

/** Resolves as soon as `isTrue`; what does not come true in five seconds is a failure. */
export async function eventually(isTrue: () => boolean): Promise<void> {
  const deadline = performance.now() + 5_000
  while (!isTrue()) {
    if (performance.now() > deadline) throw new Error(`never came true: ${isTrue.toString()}`)
    await setTimeout(2)
  }
}

/** Long enough for anything on this machine's own network to have arrived. */
export async function quiet(): Promise<void> {
  await setTimeout(40)
}
