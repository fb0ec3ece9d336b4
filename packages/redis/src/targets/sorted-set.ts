import type { RedisArgument, RedisCommand } from '../command.ts'
import { checkCoalesce, defineTarget, refuse, type RedisTarget } from '../commands.ts'
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

/** What becomes of the score of a member that is there: `overwrite` takes the new one, `keep` the stored one, `max` and
 * `min` the larger or smaller, `add` the sum.
 *
 * @example
 * ```ts
 * const rule: ScoreRule = 'max'
 * ``` */
export type ScoreRule = 'overwrite' | 'keep' | 'max' | 'min' | 'add'

/** How rows become members of sorted sets.
 *
 * @example
 * ```ts
 * const options: SortedSetOptions<Game> = { key: 'best', member: ({ player }) => player, score: ({ points }) => points }
 * ``` */
export interface SortedSetOptions<Row> {
  /** The key of the sorted set. */
  readonly key: TextOf<Row>
  /** The member. Rows with one member of one set are written in the order of submission. */
  readonly member: (row: Row) => RedisArgument
  /** The score; Infinity is allowed. */
  readonly score: (row: Row) => number
  /** What becomes of the score of a member that is there. @defaultValue `'overwrite'` */
  readonly rule?: ScoreRule
  /** How long the key lives from the last row on, in whole milliseconds from 1. @defaultValue as before */
  readonly ttlMs?: LifetimeOf<Row>
  /** `'last'`: of rows with one member that stand in one batch only the last is written. With the rule `overwrite` only.
   * @defaultValue every row is written */
  readonly coalesce?: 'last'
}

const rules: Readonly<Record<ScoreRule, readonly string[]>> = {
  overwrite: [],
  keep: ['NX'],
  max: ['GT'],
  min: ['LT'],
  add: ['INCR'],
}

/** Defines a target whose rows are members of sorted sets: `ZADD key [NX|GT|LT|INCR] score member`, and `PEXPIRE` with
 * `ttlMs`.
 *
 * @throws BatchFlowError `BATCHFLOW_INVALID_TARGET`, naming the option, the rule and the value
 * @example
 * ```ts
 * const best = sortedSetOf<Game>()('best', {
 *   key: (game) => `best:${game.level}`,
 *   member: (game) => game.player,
 *   score: (game) => game.points,
 *   rule: 'max',
 * })
 * ``` */
export function sortedSetOf<Row extends object>(): (
  name: string,
  options: SortedSetOptions<Row>,
) => RedisTarget<Row> {
  return (name, options) => {
    checkTarget(name, options, {
      texts: ['key'],
      functions: ['member', 'score'],
      others: ['rule', 'ttlMs', 'coalesce'],
    })
    const { member, score, rule = 'overwrite', ttlMs, coalesce } = options
    checkWord('rule', rule, Object.keys(rules))
    checkCoalesce(coalesce)
    if (coalesce !== undefined && rule !== 'overwrite')
      refuse('rule', "'overwrite' where coalesce is 'last'", rule)
    const keyOf = textReader(options.key)
    const lifetimeOf = lifetimeReader(name, ttlMs)
    return defineTarget<Row>(
      name,
      (row) => {
        const key = keyOf(row)
        const words = [...rules[rule], scoreText(name, score(row)), member(row)]
        const command: RedisCommand = ['ZADD', key, ...words]
        return withLifetime([command], key, lifetimeOf(row))
      },
      { key: (row) => memberKey(keyOf(row), member(row)), ...(coalesce && { coalesce }) },
    )
  }
}

function scoreText(target: string, score: number): RedisArgument {
  if (typeof score !== 'number' || Number.isNaN(score))
    return refuseRow(`${target}: score`, 'a number', score)
  return Number.isFinite(score) ? `${score}` : score > 0 ? '+inf' : '-inf'
}

/** One text for both. A member is bytes to Redis, whatever it was here. */
function memberKey(key: string, member: RedisArgument): string {
  const text =
    typeof member === 'object' ? member.toString('latin1') : Buffer.from(`${member}`).toString('latin1')
  return `${key.length}:${key}${text}`
}
