import { BatchFlowError } from '@batchflow/core'

/** What a connection is to: read once for each. */
export interface ServerFacts {
  readonly flavour: 'mysql' | 'mariadb'
  /** The most bytes that the server takes as one packet (max_allowed_packet). */
  readonly maxPacketBytes: number
  /** The session's time zone is UTC, and stays it. */
  readonly isUtc: boolean
  /** A statement that is no part of a transaction is one by itself. */
  readonly autocommit: boolean
  /** Names of tables are told apart by case (lower_case_table_names is 0). */
  readonly hasCasedNames: boolean
  /** 0 for an AUTO_INCREMENT column becomes the next number. */
  readonly zeroIsNext: boolean
  /** NULL for a TIMESTAMP that is NOT NULL becomes the current time. */
  readonly nullIsNow: boolean
  /** Milliseconds after which the server ends a statement by itself; Infinity: never. */
  readonly statementTimeoutMs: number
}

const variables = [
  'version',
  'sql_mode',
  'max_allowed_packet',
  'time_zone',
  'system_time_zone',
  'character_set_client',
  'character_set_connection',
  'autocommit',
  'lower_case_table_names',
  'explicit_defaults_for_timestamp',
  'max_statement_time',
]

/** Asks for everything at once, in words that servers of both kinds understand. */
export const factsQuery: string = `show session variables where variable_name in (${variables.map((name) => `'${name}'`).join(', ')})`

const utcZones = new Set(['+00:00', 'UTC', 'Etc/UTC', 'GMT'])

/** What the server's variables mean for this driver.
 *
 * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION`, classified as configuration, for a server or a session that would
 * store other data than it is given */
export function serverFacts(rows: readonly Readonly<Record<string, unknown>>[]): ServerFacts {
  const values = new Map(rows.map((row) => [String(row['Variable_name']), String(row['Value'])]))
  const value = (name: string) => values.get(name) ?? ''
  const version = value('version')
  const flavour = /mariadb/i.test(version) ? 'mariadb' : 'mysql'
  checkVersion(flavour, version)
  const modes = new Set(value('sql_mode').split(','))
  if (!modes.has('STRICT_TRANS_TABLES') && !modes.has('STRICT_ALL_TABLES'))
    refuse('whose sql_mode has STRICT_TRANS_TABLES, for without it the server cuts values to what fits')
  if (modes.has('EMPTY_STRING_IS_NULL'))
    refuse('whose sql_mode has no EMPTY_STRING_IS_NULL, which makes NULL of empty texts')
  for (const name of ['character_set_client', 'character_set_connection'])
    if (value(name) !== 'utf8mb4')
      refuse(`whose ${name} is utf8mb4 (option charset of the pool), got ${value(name)}`)
  const zone = value('time_zone') === 'SYSTEM' ? value('system_time_zone') : value('time_zone')
  return {
    flavour,
    maxPacketBytes: Number(value('max_allowed_packet')),
    isUtc: utcZones.has(zone),
    autocommit: value('autocommit') === 'ON',
    hasCasedNames: value('lower_case_table_names') === '0',
    zeroIsNext: !modes.has('NO_AUTO_VALUE_ON_ZERO'),
    nullIsNow: value('explicit_defaults_for_timestamp') === 'OFF',
    statementTimeoutMs: Number(value('max_statement_time')) * 1_000 || Number.POSITIVE_INFINITY,
  }
}

/** The row alias of upserts and offsets of moments came with MySQL 8.0.19; MariaDB's versions before 10.5 have had their
 * last release. */
const oldest = { mysql: [8, 0, 19], mariadb: [10, 5, 0] } as const

function checkVersion(flavour: ServerFacts['flavour'], version: string): void {
  const parts = (/^(\d+)\.(\d+)\.(\d+)/.exec(version) ?? []).slice(1).map(Number)
  for (const [index, least] of oldest[flavour].entries()) {
    const part = parts[index] ?? 0
    if (part > least) return
    if (part < least)
      refuse(
        `of MySQL 8.0.19 or later, or MariaDB 10.5 or later, got ${version === '' ? 'no version' : version}`,
      )
  }
}

function refuse(rule: string): never {
  throw new BatchFlowError('BATCHFLOW_INVALID_OPTION', `pool must be of connections to a server ${rule}`)
}
