import type { RowKey } from '@batchflow/core'

/** The shard of a key: FNV-1a, 32 bits, over the UTF-16 code units of the key's text (low byte, then high byte), modulo the
 * number of shards. The same in every process and every version, for rows of one key must meet in one shard.
 * `1`, `1n` and `'1'` have one text.
 *
 * Source: http://www.isthe.com/chongo/tech/comp/fnv/ */
export function shardOf(key: NonNullable<RowKey>, shards: number): number {
  const text = `${key}`
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    hash = Math.imul(hash ^ (unit & 0xff), 0x01000193)
    hash = Math.imul(hash ^ (unit >> 8), 0x01000193)
  }
  return (hash >>> 0) % shards
}
