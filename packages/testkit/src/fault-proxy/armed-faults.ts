/** How a connection breaks. `reset`: RST to both sides. `fin`: FIN to both sides. `blackHole`: it stays open, and nothing
 * comes through in either direction any more.
 *
 * @example
 * ```ts
 * for (const action of ['reset', 'fin', 'blackHole'] as const) proxy.onReply(1, action)
 * ``` */
export type FaultAction = 'reset' | 'fin' | 'blackHole'

/** What {@link FaultProxy.onRequest} does to a request. With `lose: 'request'` the server never sees it; with
 * `lose: 'reply'` the server gets it, and the next bytes that the server sends on that connection are lost: the request
 * has been carried out and nobody knows.
 *
 * @example
 * ```ts
 * const ambiguous: RequestFault = { lose: 'reply', by: 'reset' }
 * ``` */
export interface RequestFault {
  readonly lose: 'request' | 'reply'
  readonly by: FaultAction
}

/** Faults that wait for certain bytes. Each fires once. Whoever asks about bytes gets the action that replaces them, or
 * undefined when they pass. */
export class ArmedFaults {
  #reply: { left: number; readonly action: FaultAction } | undefined
  #request: { readonly match: (data: Buffer) => boolean; readonly fault: RequestFault } | undefined
  /** Connections that have passed on a request whose reply is to be lost. */
  readonly #awaited = new Map<object, FaultAction>()

  /** Faults that have not fired. */
  get size(): number {
    return Number(this.#reply !== undefined) + Number(this.#request !== undefined) + this.#awaited.size
  }

  armReply(nth: number, action: FaultAction): void {
    this.#reply = { left: nth, action }
  }

  armRequest(match: (data: Buffer) => boolean, fault: RequestFault): void {
    this.#request = { match, fault }
  }

  onRequest(connection: object, data: Buffer): FaultAction | undefined {
    if (!this.#request?.match(data)) return undefined
    const { lose, by } = this.#request.fault
    this.#request = undefined
    if (lose === 'request') return by
    this.#awaited.set(connection, by)
    return undefined
  }

  onReply(connection: object): FaultAction | undefined {
    const awaited = this.#awaited.get(connection)
    this.#awaited.delete(connection)
    return this.#countReply() ?? awaited
  }

  /** Disarms everything. */
  clear(): void {
    this.#reply = undefined
    this.#request = undefined
    this.#awaited.clear()
  }

  #countReply(): FaultAction | undefined {
    if (this.#reply === undefined || --this.#reply.left > 0) return undefined
    const { action } = this.#reply
    this.#reply = undefined
    return action
  }
}
