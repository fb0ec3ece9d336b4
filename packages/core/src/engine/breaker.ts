import type { Failure } from '../driver/failure.ts'
import type { Clock } from './clock.ts'
import type { Lane } from './lane.ts'

/** When a flow stops trying, and for how long. */
export interface BreakerPolicy {
  /** Attempts that fail in a row, over all targets, before it opens. */
  readonly maxFailures: number
  /** Upper bound, in milliseconds, of the first pause; it doubles with each probe that fails. */
  readonly openMs: number
  /** Upper bound, in milliseconds, of any pause. */
  readonly maxOpenMs: number
}

/** `closed`: batches are written. `open`: nothing is tried for a while. `halfOpen`: one batch is tried. */
export type BreakerState = 'closed' | 'open' | 'halfOpen'

/** What an attempt shows of the database: `well`, it wrote; `badly`, it could not for reasons of its own (transient,
 * overload, ambiguous); `neither`, it answered, and it is the batch or the target that something is wrong with. */
export type Verdict = 'well' | 'badly' | 'neither'

export interface BreakerOptions {
  readonly policy: BreakerPolicy
  readonly clock: Clock
  readonly random: () => number
  /** It changed; `failure` is what opened it, `openMs` how long that is for. */
  readonly onChange: (state: BreakerState, details: { failure?: Failure; openMs?: number }) => void
  /** Somebody may be tried who could not be before. */
  readonly onAdmission: () => void
}

/** A permit that is no probe's, and that of a lane which has not failed itself. */
export const ordinary = 0
const exempt = -1

/** Keeps a flow from trying what cannot go well, so that its rows do not use up their attempts.
 *
 * closed: failures in a row are counted; `maxFailures` of them open it, whatever goes well begins the count anew. open: a
 * timer leads to half-open, whatever goes well to closed. half-open: one batch, the probe, has the permit to be tried; what
 * becomes of it leads to closed or, for longer, to open.
 *
 * A lane that has not failed itself since something last went well is not held up by others: it may try one batch in any
 * state. When that goes well the database is there, and the trouble is the others' own. */
export class Breaker {
  readonly #options: BreakerOptions
  #state: BreakerState = 'closed'
  #failures = 0
  /** Counts the times that something went well again; lanes that failed since the last of them carry its number. */
  #recoveries = 0
  /** Times that it was opened without having been closed in between. */
  #openings = 0
  #openUntil = 0
  #timer: { cancel(): void } | undefined
  /** The permit of the probe that is out. */
  #probe: number = ordinary
  #permits: number = ordinary

  constructor(options: BreakerOptions) {
    this.#options = options
  }

  get state(): BreakerState {
    return this.#state
  }

  /** A batch of the lane may be tried. */
  admits(lane: Lane): boolean {
    if (this.#state === 'closed') return true
    if (lane.failedIn !== this.#recoveries) return lane.slots === 0
    if (this.#state === 'open') this.#await()
    return this.#state === 'halfOpen' && this.#probe === ordinary
  }

  /** A batch of the lane, which is admitted, will be tried. */
  grant(lane: Lane): number {
    if (this.#state === 'closed') return ordinary
    if (lane.failedIn !== this.#recoveries) return exempt
    return (this.#probe = ++this.#permits)
  }

  /** Whoever has the permit may make another attempt. */
  stillAdmits(permit: number): boolean {
    return this.#state === 'closed' || permit === exempt || (permit !== ordinary && permit === this.#probe)
  }

  /** Who had the permit will not try any more. */
  giveBack(permit: number): void {
    if (permit !== ordinary && permit === this.#probe) this.#probe = ordinary
  }

  /** An attempt has ended. */
  heard(
    verdict: Verdict,
    { lane, permit, failure }: { lane: Lane; permit: number; failure?: Failure },
  ): void {
    const isProbe = permit !== ordinary && permit === this.#probe
    this.giveBack(permit)
    if (verdict === 'well' || (verdict === 'neither' && isProbe)) this.#recover()
    if (verdict !== 'badly') return
    lane.failedIn = this.#recoveries
    if (this.#state === 'closed' && ++this.#failures < this.#options.policy.maxFailures) return
    if (this.#state === 'closed' || isProbe) this.#open(failure)
  }

  /** Ends the pause, if there is one. */
  probeNow(): void {
    if (this.#state === 'open') this.#halfOpen()
  }

  /** Nothing is pending: the timer need not stay. */
  rest(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #recover(): void {
    if (this.#failures > 0) this.#recoveries++
    this.#failures = 0
    if (this.#state === 'closed') return
    this.rest()
    this.#openings = 0
    this.#probe = ordinary
    this.#become('closed', {})
  }

  #open(failure: Failure | undefined): void {
    const { policy, random, clock } = this.#options
    const bound = Math.min(policy.maxOpenMs, policy.openMs * 2 ** Math.min(this.#openings++, 30))
    // At least half: probes of many processes should not come together, nor at once.
    const openMs = bound * (0.5 + random() / 2)
    this.#openUntil = clock.now() + openMs
    this.#become('open', { openMs, ...(failure === undefined ? {} : { failure }) })
    this.#await()
  }

  #await(): void {
    const { clock } = this.#options
    if (this.#timer !== undefined) return
    const left = this.#openUntil - clock.now()
    if (left <= 0) this.#halfOpen()
    else this.#timer = clock.setTimeout(() => this.#halfOpen(), left)
  }

  #halfOpen(): void {
    this.rest()
    this.#become('halfOpen', {})
  }

  #become(state: BreakerState, details: { failure?: Failure; openMs?: number }): void {
    this.#state = state
    this.#options.onChange(state, details)
    if (state !== 'open') this.#options.onAdmission()
  }
}
