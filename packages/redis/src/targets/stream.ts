import type { RedisArgument } from '../command.ts'
import { defineTarget, type RedisTarget } from '../commands.ts'
import { checkTarget, fieldWords, type TextOf, textReader } from './common.ts'

/** How rows become entries of streams.
 *
 * @example
 * ```ts
 * const options: StreamOptions<Event> = { key: 'events', fields: ({ type, at }) => ({ type, at }) }
 * ``` */
export interface StreamOptions<Row> {
  /** The key of the stream. Rows of one stream are written in the order of submission. */
  readonly key: TextOf<Row>
  /** The fields of the entry, at least one; those that are undefined are left out. */
  readonly fields: (row: Row) => Readonly<Record<string, RedisArgument | undefined>>
  /** The entry's id. One that is not larger than the last is refused (`duplicate_key`), so that an entry that was written
   * before is not written again. @defaultValue the server makes one */
  readonly id?: (row: Row) => string
  /** About how many entries a stream keeps at the most, from 1; the oldest go, read or not. @defaultValue all */
  readonly maxLength?: number
}

/** Defines a target whose rows are entries of streams: `XADD key [MAXLEN ~ maxLength] id field value …`.
 *
 * @throws BatchFlowError `BATCHFLOW_INVALID_TARGET`, naming the option, the rule and the value
 * @example
 * ```ts
 * const events = streamOf<Event>()('events', {
 *   key: 'events',
 *   fields: (event) => ({ type: event.type, body: JSON.stringify(event.body) }),
 *   maxLength: 1_000_000,
 * })
 * ``` */
export function streamOf<Row extends object>(): (
  name: string,
  options: StreamOptions<Row>,
) => RedisTarget<Row> {
  return (name, options) => {
    const ids = options?.id === undefined ? [] : ['id']
    checkTarget(name, options, {
      texts: ['key'],
      functions: ['fields', ...ids],
      others: ['id', 'maxLength'],
    })
    const { fields, id, maxLength } = options
    const keyOf = textReader(options.key)
    const trimming = maxLength === undefined ? [] : ['MAXLEN', '~', maxLength]
    return defineTarget<Row>(
      name,
      (row) => [['XADD', keyOf(row), ...trimming, id?.(row) ?? '*', ...fieldWords(name, fields(row))]],
      { key: keyOf },
    )
  }
}
