import { BatchFlowError } from '../errors.ts'
import type { FlowObserver } from './observer.ts'

type Events = { [K in keyof FlowObserver]-?: Parameters<NonNullable<FlowObserver[K]>>[0] }

/** Tells every observer, and keeps what one of them throws away from the flow and from the other observers. */
export class Observers {
  readonly #observers: readonly FlowObserver[]
  /** Calls that threw. */
  errors = 0

  constructor(observers: readonly FlowObserver[]) {
    this.#observers = observers
  }

  /** Somebody listens; else the event need not be made. */
  hears(event: keyof Events): boolean {
    for (const observer of this.#observers) if (observer[event] !== undefined) return true
    return false
  }

  /** Tells them that the flow was created. One that says it was set up wrongly is heard: no row was accepted yet.
   * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` */
  open(flow: Events['flowOpened']): void {
    const told: FlowObserver[] = []
    for (const observer of this.#observers) {
      try {
        this.#watch(observer.flowOpened?.(flow))
        told.push(observer)
      } catch (error) {
        this.errors++
        if (!BatchFlowError.is(error) || error.code !== 'BATCHFLOW_INVALID_OPTION') continue
        // There will be no flow: those who were told of one are told of its end.
        new Observers(told).tell('flowClosed', { durationMs: 0, ledger: flow.stats().ledger })
        throw error
      }
    }
  }

  tell<K extends keyof Events>(event: K, details: Events[K]): void {
    for (const observer of this.#observers) {
      try {
        const result: unknown = (observer[event] as ((details: Events[K]) => unknown) | undefined)?.call(
          observer,
          details,
        )
        this.#watch(result)
      } catch {
        // Contained by contract; the count is in stats().observerErrors.
        this.errors++
      }
    }
  }

  #watch(result: unknown): void {
    if (isThenable(result)) result.then(undefined, () => this.errors++)
  }
}

/** An async function passes for one that answers nothing. */
function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
