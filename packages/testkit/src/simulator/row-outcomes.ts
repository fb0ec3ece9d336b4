import type { Failure, RowOutcome } from '@batchflow/core'
import type { ModelRow } from './model-row.ts'
import type { Random } from './random.ts'

/** What a driver answers that knows what became of each row. */
export interface RowOutcomes {
  readonly outcomes: readonly RowOutcome[]
  readonly committed: readonly ModelRow[]
  /** Rows of which it does not know whether they are committed. */
  readonly doubted: readonly ModelRow[]
}

const verdicts = {
  written: { written: 70, transient: 8, overload: 4, lost: 4, kept: 4, configuration: 2 },
  healed: { written: 1, transient: 0, overload: 0, lost: 0, kept: 0, configuration: 0 },
}

const poison: Failure = { kind: 'poison', reason: 'constraint' }
const ambiguous: Failure = { kind: 'ambiguous', reason: 'connection' }

/** One outcome per row. Bad rows are refused. Behind a row that failed for a while, the rows with its key fail too: a
 * driver that went on would break their order itself. */
export function rowOutcomes(
  rows: readonly ModelRow[],
  { random, healed }: { readonly random: Random; readonly healed: boolean },
): RowOutcomes {
  const committed: ModelRow[] = []
  const doubted: ModelRow[] = []
  const heldUp = new Set<number>()
  const outcomes = rows.map((row): RowOutcome => {
    if (row.bad) return { outcome: 'failed', failure: poison }
    const behind = row.key !== null && heldUp.has(row.key)
    const verdict = behind ? 'transient' : random.weighted(verdicts[healed ? 'healed' : 'written'])
    if (verdict !== 'written' && row.key !== null) heldUp.add(row.key)
    switch (verdict) {
      case 'written':
        committed.push(row)
        return { outcome: 'written', returned: { id: row.id } }
      case 'lost':
      case 'kept':
        doubted.push(row)
        if (verdict === 'kept') committed.push(row)
        return { outcome: 'failed', failure: ambiguous }
      case 'configuration':
        return { outcome: 'failed', failure: { kind: verdict, reason: 'permission' } }
      default:
        return { outcome: 'failed', failure: { kind: verdict, reason: 'lock_timeout' } }
    }
  })
  return { outcomes, committed, doubted }
}
