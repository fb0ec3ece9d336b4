interface Listening {
  readonly calls: Set<() => void>
  readonly stop: () => void
}

/** Calls on abort, with one listener per signal however many calls wait on it: Node warns about the eleventh listener, and
 * a flow does not print. */
export class AbortListeners {
  readonly #listening = new Map<AbortSignal, Listening>()
  readonly #afterwards: () => void

  /** @param afterwards Called once after all calls of a signal: what the first of them frees must not go to the next. */
  constructor(afterwards: () => void) {
    this.#afterwards = afterwards
  }

  /** Answers a function that takes the call back. */
  add(signal: AbortSignal, call: () => void): () => void {
    const { calls, stop } = this.#listening.get(signal) ?? this.#listen(signal)
    calls.add(call)
    return () => {
      calls.delete(call)
      if (calls.size === 0) stop()
    }
  }

  #listen(signal: AbortSignal): Listening {
    const calls = new Set<() => void>()
    const onAbort = () => {
      this.#listening.delete(signal)
      for (const call of calls) call()
      this.#afterwards()
    }
    const stop = () => {
      signal.removeEventListener('abort', onAbort)
      this.#listening.delete(signal)
    }
    signal.addEventListener('abort', onAbort, { once: true })
    const listening = { calls, stop }
    this.#listening.set(signal, listening)
    return listening
  }
}
