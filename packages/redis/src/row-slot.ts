import { BatchFlowError } from '@batchflow/core'
import { commandNamed } from './command-names.ts'
import type { RedisCommand } from './command.ts'
import { slotOf } from './key-slot.ts'

/** The first key of a command; `undefined`: it has none. */
export function firstKeyOf(command: RedisCommand): string | Buffer | undefined {
  const { firstKey } = commandNamed(command[0])
  if (firstKey === -1) return undefined
  // These say how many keys they have, and have perhaps none.
  if (firstKey === 2 && Number(command[2]) === 0) return undefined
  const key = command[firstKey + 1]
  return typeof key === 'object' || key === undefined ? key : `${key}`
}

/** The hash slot of the commands of a row; `undefined`: none of them has a key, and any node will do.
 *
 * @throws BatchFlowError `BATCHFLOW_INVALID_ROW`, when they have several: no node could carry them out together */
export function slotOfRow(target: string, commands: readonly RedisCommand[]): number | undefined {
  let slot: number | undefined
  for (const command of commands) {
    const key = firstKeyOf(command)
    if (key === undefined) continue
    const its = slotOf(key)
    if (slot !== undefined && slot !== its)
      throw new BatchFlowError(
        'BATCHFLOW_INVALID_ROW',
        `${target}: the keys of one row must have one hash slot in a cluster (a part in braces in common), got several`,
      )
    slot = its
  }
  return slot
}
