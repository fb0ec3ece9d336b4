import { checkInteger, checkName, checkNames } from '../refuse.ts'
import { Connection } from './connection.ts'
import { checkClient } from './ioredis.ts'
import { shardKeys } from './keys.ts'
import * as scripts from './scripts.ts'

/** Options of `replayDeadLetters`.
 *
 * @example
 * ```ts
 * const options: ReplayOptions = { client, stream: 'orders', shards: 8, maxLetters: 100 }
 * ``` */
export interface ReplayOptions {
  /** A client of ioredis 5: says where to connect. */
  readonly client: object
  /** Name of the stream. */
  readonly stream: string
  /** Into how many shards it is divided. @defaultValue 4 */
  readonly shards?: number
  /** Letters to put back, per shard; the oldest. @defaultValue all */
  readonly maxLetters?: number
}

/** How many letters one call of the script moves. */
const lettersPerCall = 100

/** Puts dead letters back into their shards, behind what waits there, when what was wrong is mended. Letters that no producer
 * wrote stay where they are. Answers the number of rows.
 *
 * @example
 * ```ts
 * const rows = await replayDeadLetters({ client, stream: 'orders', shards: 8 })
 * ```
 * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION`, or what Redis says */
export async function replayDeadLetters(options: ReplayOptions): Promise<number> {
  checkNames(options, ['client', 'stream', 'shards', 'maxLetters'])
  const { stream, shards = 4, maxLetters = 2 ** 31 - 1 } = options
  checkName('stream', stream)
  checkInteger('shards', shards, { min: 1, max: 1_024 })
  checkInteger('maxLetters', maxLetters, { min: 1 })
  const connection = new Connection(checkClient(options.client))
  let rows = 0
  try {
    for (let shard = 0; shard < shards; shard++)
      rows += await replayShard(connection, stream, { shard, maxLetters })
  } finally {
    connection.close()
  }
  return rows
}

async function replayShard(
  connection: Connection,
  stream: string,
  { shard, maxLetters }: { readonly shard: number; readonly maxLetters: number },
): Promise<number> {
  const { stream: entries, meter, dead } = shardKeys(stream, shard)
  let rows = 0
  let after = '-'
  for (let left = maxLetters; left > 0;) {
    const count = Math.min(left, lettersPerCall)
    const [seen, moved, last] = (await connection.run(
      scripts.replay,
      [entries, meter, dead],
      [after, count],
    )) as [number, number, string]
    rows += moved
    left -= seen
    after = `(${last}`
    if (seen < count) break
  }
  return rows
}
