/** The items of an iterable until the signal is aborted; then it throws `signal.reason`, also while the source is silent.
 * The source is told to end, and not waited for. */
export async function* untilAborted<Item>(
  items: AsyncIterable<Item>,
  signal: AbortSignal,
): AsyncGenerator<Item, void, undefined> {
  const iterator = items[Symbol.asyncIterator]()
  let reject: (reason: unknown) => void = () => {}
  const onAbort = () => reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    for (;;) {
      signal.throwIfAborted()
      // Not Promise.race against one promise for all: it would remember every item's.
      const next = await new Promise<IteratorResult<Item, unknown>>((resolve, refuse) => {
        reject = refuse
        iterator.next().then(resolve, refuse)
      })
      if (next.done === true) return
      yield next.value
    }
  } finally {
    signal.removeEventListener('abort', onAbort)
    // After a normal end this does nothing; after an abort the source may be beyond answering.
    iterator.return?.().catch(() => {})
  }
}
