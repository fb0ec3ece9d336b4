import type { WriteContext } from './driver.ts'

/** A context that takes listeners itself, without making an AbortSignal. */
export interface Listening {
  onceAborted(listener: (reason: unknown) => void): (() => void) | undefined
}

/** Calls back once when the signal of a context is aborted, with the reason. Answers how to stop listening, or `undefined`
 * where it is aborted already; then nobody is called.
 *
 * For drivers, in the place of a listener of `context.signal`: few attempts are ever aborted, so the engine makes their
 * AbortSignal only for those who ask for it, and that costs more than a hundred rows' way through the engine.
 *
 * @example
 * ```ts
 * const stop = onceAborted(context, (reason) => connection.destroy(reason))
 * if (stop === undefined) throw new DriverError('the attempt is over: nothing was sent')
 * try {
 *   await connection.write(rows)
 * } finally {
 *   stop()
 * }
 * ``` */
export function onceAborted(
  context: Pick<WriteContext, 'signal'> & Partial<Listening>,
  listener: (reason: unknown) => void,
): (() => void) | undefined {
  if (context.onceAborted !== undefined) return context.onceAborted(listener)
  const { signal } = context
  if (signal.aborted) return undefined
  const onAbort = () => listener(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  return () => signal.removeEventListener('abort', onAbort)
}
