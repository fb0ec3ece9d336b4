import type { Batch, RowOutcome } from '@batchflow/core'
import { commandsOf, type RedisCommand, type RedisDriver, type RedisTarget } from '@batchflow/redis'

/** A row that is its own commands. */
export interface CommandRow {
  readonly commands: readonly RedisCommand[]
}

export const direct: RedisTarget<CommandRow> = commandsOf<CommandRow>()('direct', ({ commands }) => commands)

const never = new AbortController().signal
let batches = 0

/** Rows of one command each. */
export function rowsOf(...commands: readonly RedisCommand[]): CommandRow[] {
  return commands.map((command) => ({ commands: [command] }))
}

export function batchOf<Row>(target: RedisTarget<Row>, rows: readonly Row[]): Batch<RedisTarget> {
  return { id: `batch-${process.pid}-${performance.timeOrigin}-${++batches}`, target, rows }
}

/** Writes without a flow. Answers `w` for a written row, else kind, reason and the first word of the cause; a batch that
 * failed as a whole the same once. */
export async function write<Row>(
  driver: RedisDriver,
  rows: readonly Row[],
  { target = direct as unknown as RedisTarget<Row>, signal = never } = {},
): Promise<readonly string[]> {
  try {
    const outcomes = await driver.write(batchOf(target, rows), { attempt: 1, signal })
    return outcomes === undefined ? rows.map(() => 'w') : outcomes.map(said)
  } catch (error) {
    const { kind, reason } = driver.classify(error) ?? { kind: 'not classified', reason: '' }
    return [`${kind} ${reason} ${firstWord(error)}`]
  }
}

export function said(outcome: RowOutcome): string {
  if (outcome.outcome === 'written') return 'w'
  return `${outcome.failure.kind} ${outcome.failure.reason} ${firstWord(outcome.cause)}`
}

function firstWord(error: unknown): string {
  const { code, message } = error as { code?: string; message: string }
  return code ?? message.split(' ')[0] ?? ''
}
