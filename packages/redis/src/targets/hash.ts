import type { RedisArgument } from '../command.ts'
import { defineTarget, type RedisTarget } from '../commands.ts'
import { checkTarget, fieldWords, type LifetimeOf, lifetimeReader, withLifetime } from './common.ts'

/** How rows become fields of hashes.
 *
 * @example
 * ```ts
 * const options: HashOptions<User> = { key: ({ id }) => `user:${id}`, fields: ({ name }) => ({ name }) }
 * ``` */
export interface HashOptions<Row> {
  /** The key of the hash. Rows with one key are written in the order of submission. */
  readonly key: (row: Row) => string
  /** The fields to set, at least one; the others of the hash stay, and so do those that are undefined here. */
  readonly fields: (row: Row) => Readonly<Record<string, RedisArgument | undefined>>
  /** How long the key lives from the last row on, in whole milliseconds from 1. @defaultValue as before */
  readonly ttlMs?: LifetimeOf<Row>
}

/** Defines a target whose rows set fields of hashes: `HSET key field value …`, and `PEXPIRE` with `ttlMs`.
 *
 * @throws BatchFlowError `BATCHFLOW_INVALID_TARGET`, naming the option, the rule and the value
 * @example
 * ```ts
 * const users = hashOf<User>()('users', {
 *   key: (user) => `user:${user.id}`,
 *   fields: ({ name, email }) => ({ name, email }),
 * })
 * ``` */
export function hashOf<Row extends object>(): (name: string, options: HashOptions<Row>) => RedisTarget<Row> {
  return (name, options) => {
    checkTarget(name, options, { texts: [], functions: ['key', 'fields'], others: ['ttlMs'] })
    const { key, fields, ttlMs } = options
    const lifetimeOf = lifetimeReader(name, ttlMs)
    return defineTarget<Row>(
      name,
      (row) => {
        const hash = key(row)
        return withLifetime([['HSET', hash, ...fieldWords(name, fields(row))]], hash, lifetimeOf(row))
      },
      { key },
    )
  }
}
