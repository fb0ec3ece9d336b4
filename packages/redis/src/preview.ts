import type { Preview } from '@batchflow/core'
import { createHash } from 'node:crypto'
import type { RedisCommand } from './command.ts'

/** The commands of rows as people write them, an argument as `?`. The fingerprint covers the shapes of the commands, each
 * once: their names and how many arguments they have. */
export function previewRows(rows: readonly (readonly RedisCommand[])[], withValues: boolean): Preview {
  const commands = rows.flat()
  const statements = commands.map((command) => {
    const [, ...values] = command
    const text = textOf(command)
    return withValues ? { text, values } : { text }
  })
  const shapes = new Set(statements.map(({ text }) => text))
  return {
    statements,
    fingerprint: createHash('sha256')
      .update([...shapes].join('\n'))
      .digest('hex')
      .slice(0, 16),
    rows: rows.length,
    values: commands.reduce((sum, { length }) => sum + length - 1, 0),
  }
}

function textOf([name, ...values]: RedisCommand): string {
  return [name.toUpperCase(), ...values.map(() => '?')].join(' ')
}
