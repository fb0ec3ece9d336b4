/** A value that is read at most once between two microtasks. */
export interface OncePerTurn<T> {
  read(): T
  /** Makes the next `read` a fresh one. */
  forget(): void
}

/** A collection reads some twenty values of one flow in one synchronous pass, and they have to fit together (submitted
 * = settled + pending). One reading serves them all: nothing can be lost between two of them, and `stats()` is called
 * once instead of twenty times. The microtask that drops it runs before anybody who awaits the page goes on, so the
 * next collection sees the flow as it is then. No timer, and nothing is held between collections. */
export function oncePerTurn<T>(read: () => T): OncePerTurn<T> {
  let kept: { readonly value: T } | undefined
  const forget = () => {
    kept = undefined
  }
  return {
    read() {
      if (kept === undefined) {
        kept = { value: read() }
        queueMicrotask(forget)
      }
      return kept.value
    },
    forget,
  }
}
