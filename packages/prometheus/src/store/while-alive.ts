/** Something that is called at intervals for as long as anybody else holds on to it. */
export interface Ticking {
  tick(): void
}

/** Calls `tick` every `intervalMs`, on a timer that keeps neither the process nor the object alive: when nobody else
 * holds the object, or when this is disposed, the timer goes. */
export function whileAlive(ticking: Ticking, intervalMs: number): Disposable {
  const reference = new WeakRef(ticking)
  const timer = setInterval(() => {
    const alive = reference.deref()
    if (alive === undefined) clearInterval(timer)
    else alive.tick()
  }, intervalMs)
  timer.unref()
  return { [Symbol.dispose]: () => clearInterval(timer) }
}
