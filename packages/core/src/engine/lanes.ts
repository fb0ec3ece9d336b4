import { containedSemantics } from '../driver/contained-semantics.ts'
import { defaultSemantics } from '../driver/default-semantics.ts'
import { rowSemantics, type Target } from '../driver/target.ts'
import { BatchFlowError } from '../errors.ts'
import { Lane, type LaneLimits, type LaneOptions } from './lane.ts'

export interface LanesOptions extends Pick<LaneOptions, 'repeatedKeys' | 'concurrencyLimit'> {
  readonly limitsOf: (name: string) => LaneLimits
  /** There is one lane more. */
  readonly onDefined: () => void
  /** A key or a join threw. */
  readonly onFault: () => void
}

/** The lanes of a flow: one per definition of a target, found by the target object or by an equal one. */
export class Lanes implements Iterable<Lane> {
  readonly #options: LanesOptions
  readonly #byName = new Map<string, Lane>()
  readonly #byTarget = new WeakMap<Target, Lane>()
  // Rows mostly come in runs for one table: this spares the look-up.
  #lastTarget: Target | undefined
  #lastLane: Lane | undefined

  constructor(options: LanesOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#byName.size
  }

  [Symbol.iterator](): Iterator<Lane> {
    return this.#byName.values()
  }

  /** The lane of a target, if it has one. */
  find(target: Target): Lane | undefined {
    return this.#byTarget.get(target) ?? this.#byName.get(target.name)
  }

  of(target: Target): Lane {
    if (target === this.#lastTarget) return this.#lastLane as Lane
    const lane = this.#byTarget.get(target) ?? this.#define(target)
    this.#lastTarget = target
    this.#lastLane = lane
    return lane
  }

  #define(target: Target): Lane {
    if (
      typeof target !== 'object' ||
      target === null ||
      typeof target.name !== 'string' ||
      target.name === ''
    )
      throw new BatchFlowError(
        'BATCHFLOW_INVALID_TARGET',
        'target must be an object with a name that is not empty',
      )
    const semantics = target[rowSemantics] ?? defaultSemantics(target.name)
    let lane = this.#byName.get(target.name)
    if (lane === undefined) {
      lane = new Lane(target, {
        semantics: containedSemantics(semantics, this.#options.onFault),
        limits: this.#options.limitsOf(target.name),
        repeatedKeys: this.#options.repeatedKeys,
        concurrencyLimit: this.#options.concurrencyLimit,
      })
      this.#byName.set(target.name, lane)
      this.#options.onDefined()
    } else if (lane.semantics.definition !== semantics.definition) {
      throw new BatchFlowError(
        'BATCHFLOW_INVALID_TARGET',
        `${target.name} is already in use with another definition: columns, conflict and missing must be the same`,
      )
    }
    this.#byTarget.set(target, lane)
    return lane
  }
}
