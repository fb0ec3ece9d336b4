/** An invariant of the engine is broken. Going on could lose rows in silence, so this ends like any uncaught error. */
export function crash(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}
