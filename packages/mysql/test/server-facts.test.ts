import { describe, expect, test } from '@jest/globals'
import { serverFacts } from '../src/wire/server-facts.ts'

const good = {
  version: '10.11.19-MariaDB-0+deb12u1',
  sql_mode: 'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION',
  max_allowed_packet: '16777216',
  time_zone: 'SYSTEM',
  system_time_zone: 'UTC',
  character_set_client: 'utf8mb4',
  character_set_connection: 'utf8mb4',
  autocommit: 'ON',
  lower_case_table_names: '0',
  explicit_defaults_for_timestamp: 'ON',
  max_statement_time: '0.000000',
}

function factsOf(changes: Partial<typeof good> = {}) {
  return serverFacts(
    Object.entries({ ...good, ...changes }).map(([name, value]) => ({ Variable_name: name, Value: value })),
  )
}

test('reads what matters', () => {
  expect(factsOf()).toEqual({
    flavour: 'mariadb',
    maxPacketBytes: 16_777_216,
    isUtc: true,
    autocommit: true,
    hasCasedNames: true,
    zeroIsNext: true,
    nullIsNow: false,
    statementTimeoutMs: Infinity,
  })
  expect(
    factsOf({
      version: '8.4.5',
      sql_mode: 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO',
      time_zone: 'Europe/Zurich',
      autocommit: 'OFF',
      explicit_defaults_for_timestamp: 'OFF',
      max_statement_time: '2.500000',
    }),
  ).toMatchObject({
    flavour: 'mysql',
    isUtc: false,
    autocommit: false,
    zeroIsNext: false,
    nullIsNow: true,
    statementTimeoutMs: 2_500,
  })
})

test.each([
  ['SYSTEM', 'UTC', true],
  ['SYSTEM', 'CEST', false],
  ['+00:00', 'CEST', true],
  // Summer time is an hour ahead.
  ['Europe/London', 'UTC', false],
])('a session in %s on a machine in %s: %p', (time_zone, system_time_zone, isUtc) => {
  expect(factsOf({ time_zone, system_time_zone }).isUtc).toBe(isUtc)
})

describe('refuses servers and sessions that would store other data', () => {
  test.each([
    ['8.0.18', false],
    ['8.0.19', true],
    ['8.0.36-28.1', true],
    ['5.7.44-log', false],
    ['9.1.0', true],
    ['10.4.34-MariaDB', false],
    ['10.5.0-MariaDB', true],
    ['11.4.2-MariaDB-log', true],
    ['', false],
  ])('version %s', (version, isTaken) => {
    const read = () => factsOf({ version })
    if (isTaken) expect(read).not.toThrow()
    else
      expect(read).toThrow(
        expect.objectContaining({
          code: 'BATCHFLOW_INVALID_OPTION',
          message:
            'pool must be of connections to a server of MySQL 8.0.19 or later, or MariaDB 10.5 or later, got ' +
            (version === '' ? 'no version' : version),
        }),
      )
  })

  test('without a strict mode values would be cut', () => {
    expect(() => factsOf({ sql_mode: 'NO_ENGINE_SUBSTITUTION' })).toThrow(
      'pool must be of connections to a server whose sql_mode has STRICT_TRANS_TABLES, for without it the server cuts values to what fits',
    )
  })

  test('in a mode of Oracle empty texts would become NULL', () => {
    expect(() => factsOf({ sql_mode: 'STRICT_TRANS_TABLES,EMPTY_STRING_IS_NULL' })).toThrow(
      'pool must be of connections to a server whose sql_mode has no EMPTY_STRING_IS_NULL, which makes NULL of empty texts',
    )
  })

  test('in another character set texts would become others', () => {
    expect(() => factsOf({ character_set_connection: 'latin1' })).toThrow(
      'pool must be of connections to a server whose character_set_connection is utf8mb4 (option charset of the pool), got latin1',
    )
  })
})
