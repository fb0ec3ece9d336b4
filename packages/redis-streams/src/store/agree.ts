import { BatchFlowError } from '@batchflow/core'
import type { Connection } from './connection.ts'
import { shardsKey } from './keys.ts'
import * as scripts from './scripts.ts'

/** Resolves when everybody who uses the stream divides keys by this number. Rows of one key would else be in two shards.
 *
 * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` */
export async function agreeOnShards(connection: Connection, stream: string, shards: number): Promise<void> {
  const answer = await connection.run(scripts.agree, [shardsKey(stream)], [shards])
  if (Number(answer) === shards) return
  throw new BatchFlowError(
    'BATCHFLOW_INVALID_OPTION',
    `shards must be ${Number(answer)}, as for all who use the stream ${stream}, got ${shards}`,
  )
}
