import type { RedisCommand } from '../command.ts'
import { defineTarget, type RedisTarget } from '../commands.ts'
import {
  checkTarget,
  checkWord,
  type LifetimeOf,
  lifetimeReader,
  refuseRow,
  type TextOf,
  textReader,
  withLifetime,
} from './common.ts'

/** How rows count.
 *
 * @example
 * ```ts
 * const options: CounterOptions<Visit> = { key: 'visits', field: ({ page }) => page }
 * ``` */
export interface CounterOptions<Row> {
  /** The key of the counter, or of the hash whose fields count. */
  readonly key: TextOf<Row>
  /** The field of the hash. @defaultValue the key itself counts */
  readonly field?: TextOf<Row>
  /** How much a row counts. @defaultValue 1 */
  readonly by?: (row: Row) => number | bigint
  /** Whether counts are integers of 64 bits or floating-point numbers; one key cannot be both. @defaultValue `'integer'` */
  readonly numbers?: 'integer' | 'float'
  /** How long the key lives from the last row on, in whole milliseconds from 1. @defaultValue as before */
  readonly ttlMs?: LifetimeOf<Row>
}

/** Defines a target whose rows add to counters: `INCRBY key by`, `INCRBYFLOAT`, or `HINCRBY` and `HINCRBYFLOAT` with `field`;
 * and `PEXPIRE` with `ttlMs`. A batch whose answer was lost counts twice, unless the driver has `ledger: true`.
 *
 * @throws BatchFlowError `BATCHFLOW_INVALID_TARGET`, naming the option, the rule and the value
 * @example
 * ```ts
 * const visits = counterOf<Visit>()('visits', { key: (visit) => `visits:${visit.day}`, field: (visit) => visit.page })
 * ``` */
export function counterOf<Row extends object>(): (
  name: string,
  options: CounterOptions<Row>,
) => RedisTarget<Row> {
  return (name, options) => {
    const fields = options?.field === undefined ? [] : ['field']
    const functions = options?.by === undefined ? [] : ['by']
    checkTarget(name, options, {
      texts: ['key', ...fields],
      functions,
      others: ['field', 'by', 'numbers', 'ttlMs'],
    })
    const { by = () => 1, numbers = 'integer', ttlMs } = options
    checkWord('numbers', numbers, ['integer', 'float'])
    const keyOf = textReader(options.key)
    const fieldOf = options.field === undefined ? undefined : textReader(options.field)
    const lifetimeOf = lifetimeReader(name, ttlMs)
    const verb = `${fieldOf === undefined ? '' : 'H'}INCRBY${numbers === 'float' ? 'FLOAT' : ''}`
    return defineTarget<Row>(
      name,
      (row) => {
        const key = keyOf(row)
        const step = by(row)
        if (numbers === 'integer' && typeof step !== 'bigint' && !Number.isSafeInteger(step))
          refuseRow(`${name}: by`, 'an integer within 2^53 as a number, or a bigint', step)
        const command: RedisCommand =
          fieldOf === undefined ? [verb, key, step] : [verb, key, fieldOf(row), step]
        return withLifetime([command], key, lifetimeOf(row))
      },
      {},
    )
  }
}
