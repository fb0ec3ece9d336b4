import type { RedisArgument } from '../command.ts'
import { checkCoalesce, defineTarget, type RedisTarget } from '../commands.ts'
import { checkTarget, type LifetimeOf, lifetimeReader } from './common.ts'

/** How rows become values of keys.
 *
 * @example
 * ```ts
 * const options: KeyValueOptions<Session> = { key: ({ id }) => `session:${id}`, value: ({ token }) => token }
 * ``` */
export interface KeyValueOptions<Row> {
  /** The key. Rows with one key are written in the order of submission. */
  readonly key: (row: Row) => string
  /** What is stored. */
  readonly value: (row: Row) => RedisArgument
  /** How long the key lives, in whole milliseconds from 1. @defaultValue for ever */
  readonly ttlMs?: LifetimeOf<Row>
  /** `'last'`: of rows with one key that stand in one batch only the last is written. @defaultValue every row is written */
  readonly coalesce?: 'last'
}

/** Defines a target whose rows are values of keys: `SET key value [PX ttlMs]`.
 *
 * @throws BatchFlowError `BATCHFLOW_INVALID_TARGET`, naming the option, the rule and the value
 * @example
 * ```ts
 * const sessions = keyValueOf<Session>()('sessions', {
 *   key: (session) => `session:${session.id}`,
 *   value: (session) => JSON.stringify(session),
 *   ttlMs: 3_600_000,
 * })
 * ``` */
export function keyValueOf<Row extends object>(): (
  name: string,
  options: KeyValueOptions<Row>,
) => RedisTarget<Row> {
  return (name, options) => {
    checkTarget(name, options, { texts: [], functions: ['key', 'value'], others: ['ttlMs', 'coalesce'] })
    const { key, value, ttlMs, coalesce } = options
    checkCoalesce(coalesce)
    const lifetimeOf = lifetimeReader(name, ttlMs)
    return defineTarget<Row>(
      name,
      (row) => {
        const lifetimeMs = lifetimeOf(row)
        return lifetimeMs === undefined
          ? [['SET', key(row), value(row)]]
          : [['SET', key(row), value(row), 'PX', lifetimeMs]]
      },
      { key, ...(coalesce && { coalesce }) },
    )
  }
}
