import type { RedisArgument, RedisCommand } from '../command.ts'
import { defineTarget, type RedisTarget } from '../commands.ts'
import {
  checkTarget,
  checkWord,
  type LifetimeOf,
  lifetimeReader,
  type TextOf,
  textReader,
  withLifetime,
} from './common.ts'

/** How rows become elements of lists.
 *
 * @example
 * ```ts
 * const options: ListOptions<Job> = { key: 'jobs', value: (job) => JSON.stringify(job), maxLength: 10_000 }
 * ``` */
export interface ListOptions<Row> {
  /** The key of the list. Rows of one list are written in the order of submission. */
  readonly key: TextOf<Row>
  /** The element. */
  readonly value: (row: Row) => RedisArgument
  /** The end at which elements are added. @defaultValue `'right'` */
  readonly end?: 'left' | 'right'
  /** The most elements that a list keeps, from 1; those at its other end go. @defaultValue all */
  readonly maxLength?: number
  /** How long the key lives from the last row on, in whole milliseconds from 1. @defaultValue as before */
  readonly ttlMs?: LifetimeOf<Row>
}

/** Defines a target whose rows are elements of lists: `RPUSH key value` or `LPUSH`, `LTRIM` with `maxLength`, and `PEXPIRE`
 * with `ttlMs`.
 *
 * @throws BatchFlowError `BATCHFLOW_INVALID_TARGET`, naming the option, the rule and the value
 * @example
 * ```ts
 * const recent = listOf<Visit>()('recent', {
 *   key: (visit) => `recent:${visit.userId}`,
 *   value: (visit) => visit.path,
 *   end: 'left',
 *   maxLength: 100,
 * })
 * ``` */
export function listOf<Row extends object>(): (name: string, options: ListOptions<Row>) => RedisTarget<Row> {
  return (name, options) => {
    checkTarget(name, options, {
      texts: ['key'],
      functions: ['value'],
      others: ['end', 'maxLength', 'ttlMs'],
    })
    const { value, end = 'right', maxLength, ttlMs } = options
    checkWord('end', end, ['left', 'right'])
    const keyOf = textReader(options.key)
    const lifetimeOf = lifetimeReader(name, ttlMs)
    const push = end === 'right' ? 'RPUSH' : 'LPUSH'
    return defineTarget<Row>(
      name,
      (row) => {
        const key = keyOf(row)
        const commands: RedisCommand[] = [[push, key, value(row)]]
        if (maxLength !== undefined)
          commands.push(end === 'right' ? ['LTRIM', key, -maxLength, -1] : ['LTRIM', key, 0, maxLength - 1])
        return withLifetime(commands, key, lifetimeOf(row))
      },
      { key: keyOf },
    )
  }
}
