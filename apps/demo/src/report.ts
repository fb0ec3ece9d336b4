import type { Ledger } from '@batchflow/core'
import type { SqliteDriver } from '@batchflow/sqlite'

/** What the table holds, read back from the file. */
export interface TableContent {
  readonly rows: number
  readonly population: number
}

export async function readBack(driver: SqliteDriver): Promise<TableContent> {
  const [row] = await driver.query(
    'select count(*) as rows, coalesce(sum(population), 0) as population from cities',
  )
  return { rows: Number(row?.['rows']), population: Number(row?.['population']) }
}

/** The last lines of a run, and whether what they say agrees. */
export interface Report {
  readonly lines: readonly string[]
  readonly agrees: boolean
}

const number = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })

export function reportOf(run: {
  readonly rowsRead: number
  readonly ledger: Ledger
  readonly elapsedMs: number
  readonly table: TableContent
  readonly peakMemoryBytes: number
  /** Undefined when the load was interrupted: then only the number of rows can be checked. */
  readonly population: number | undefined
}): Report {
  const { rowsRead, ledger, elapsedMs, table, population, peakMemoryBytes } = run
  const rowsAgree = table.rows === ledger.written
  const complete =
    population === undefined || (ledger.written === rowsRead && table.population === population)
  const counts: [string, string][] = [
    ['rows read', number.format(rowsRead)],
    ['written', number.format(ledger.written)],
    ['coalesced', number.format(ledger.coalesced)],
    ['dead-lettered', number.format(ledger.deadLettered)],
    ['elapsed', `${(elapsedMs / 1_000).toFixed(2)} s`],
    ['rows/s', number.format(ledger.written / (elapsedMs / 1_000))],
    ['peak memory', `${number.format(peakMemoryBytes / 1e6)} MB`],
    ['rows in the table', `${number.format(table.rows)} ${rowsAgree ? '= written' : '≠ written'}`],
  ]
  if (population !== undefined) {
    const agrees = table.population === population
    counts.push([
      'population in the table',
      `${number.format(table.population)} ${agrees ? '=' : '≠'} ${number.format(population)} in the dataset`,
    ])
  }
  const width = Math.max(...counts.map(([name]) => name.length))
  return {
    lines: counts.map(([name, value]) => `${name.padEnd(width)}  ${value}`),
    agrees: rowsAgree && complete,
  }
}
