import type { BreakerState, FailureKind, FlowObserver } from '@batchflow/core'
import type { OnBroken } from './commit-log.ts'

const troubles: readonly FailureKind[] = ['transient', 'overload', 'ambiguous']

/** Watches that a breaker which is open holds back what it should. */
export class BreakerWatch {
  opened = 0
  readonly observer: FlowObserver
  readonly #state: () => BreakerState
  readonly #onBroken: OnBroken
  /** What the observers heard last. */
  #heard: BreakerState = 'closed'
  /** Targets that failed since it last opened, and have not been written since. */
  readonly #failed = new Set<string>()
  #probes = 0

  constructor(state: () => BreakerState, onBroken: OnBroken) {
    this.#state = state
    this.#onBroken = onBroken
    this.observer = {
      breakerChanged: ({ state: now, failure }) => {
        this.#changed(now, failure?.kind)
      },
      attemptFailed: ({ target, failure }) => {
        if (this.#heard !== 'closed' && troubles.includes(failure.kind)) this.#failed.add(target)
      },
    }
  }

  /** The driver is called for a target. */
  written(target: string): void {
    if (this.#heard === 'closed' || !this.#failed.has(target)) return
    if (this.#state() === 'open')
      this.#onBroken('while the breaker is open nothing is tried that failed', target)
    if (this.#state() === 'halfOpen' && ++this.#probes > 1)
      this.#onBroken('a breaker that is half-open lets one batch through', target)
  }

  #changed(now: BreakerState, kind: FailureKind | undefined): void {
    const next: Readonly<Record<BreakerState, readonly BreakerState[]>> = {
      closed: ['open'],
      open: ['halfOpen', 'closed'],
      halfOpen: ['open', 'closed'],
    }
    if (!next[this.#heard].includes(now))
      this.#onBroken('a breaker goes from state to state', `from ${this.#heard} to ${now}`)
    if (now === 'open' && (kind === undefined || !troubles.includes(kind)))
      this.#onBroken('only what the database cannot do opens the breaker', String(kind))
    if (now === 'open') this.opened++
    if (now === 'closed') this.#failed.clear()
    this.#probes = 0
    this.#heard = now
  }
}
