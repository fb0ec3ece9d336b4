import { tableOf } from '@batchflow/mysql'
import { describe, expect, test } from '@jest/globals'
import { insertText, type InsertOptions } from '../src/dialect.ts'
import { scopeOf } from '../src/statement-scope.ts'
import type { ServerFacts } from '../src/wire/server-facts.ts'

interface User {
  id: number
  name?: string
  visits?: number
}
const define = tableOf<User>()
const columns = ['id', 'name', 'visits'] as const

function textOf(table: ReturnType<typeof define>, options: InsertOptions): string {
  const { head, row, tail } = insertText(table, table.columns, options)
  return `${head}${row}, ${row}${tail}`
}

const mariadb = { newRow: 'values', guarded: false } as const
const mysql = { newRow: 'alias', guarded: false } as const

test('a plain insert', () => {
  const table = define('users', { columns, schema: 'app' })
  const text = 'insert into `app`.`users` (`id`, `name`, `visits`) values (?, ?, ?), (?, ?, ?)'
  expect(textOf(table, mariadb)).toBe(text)
  expect(textOf(table, mysql)).toBe(text)
})

describe('ignore is an update that changes nothing, never INSERT IGNORE', () => {
  const table = define('users', { columns, conflict: { strategy: 'ignore', columns: ['id'] } })
  const insert = 'insert into `users` (`id`, `name`, `visits`) values (?, ?, ?), (?, ?, ?)'
  test('MariaDB', () => {
    expect(textOf(table, mariadb)).toBe(`${insert} on duplicate key update \`id\` = \`users\`.\`id\``)
  })
  test('MySQL', () => {
    expect(textOf(table, mysql)).toBe(
      `${insert} as \`new\` on duplicate key update \`id\` = \`users\`.\`id\``,
    )
  })
})

describe('an update', () => {
  const table = define('users', {
    columns,
    conflict: { strategy: 'update', columns: ['id'], update: { name: 'overwrite', visits: 'add' } },
  })
  const insert = 'insert into `users` (`id`, `name`, `visits`) values (?, ?, ?), (?, ?, ?)'
  test('MariaDB', () => {
    expect(textOf(table, mariadb)).toBe(
      `${insert} on duplicate key update \`name\` = values(\`name\`), ` +
        '`visits` = case when values(`visits`) is null then `users`.`visits` when `users`.`visits` is null ' +
        'then values(`visits`) else `users`.`visits` + values(`visits`) end',
    )
  })
  test('MySQL', () => {
    expect(textOf(table, mysql)).toBe(
      `${insert} as \`new\` on duplicate key update \`name\` = \`new\`.\`name\`, ` +
        '`visits` = case when `new`.`visits` is null then `users`.`visits` when `users`.`visits` is null ' +
        'then `new`.`visits` else `users`.`visits` + `new`.`visits` end',
    )
  })
})

describe('a table with another unique index is guarded first', () => {
  const table = define('users', { columns, conflict: { strategy: 'replace', columns: ['id', 'name'] } })
  test('MariaDB', () => {
    expect(textOf(table, { ...mariadb, guarded: true })).toContain(
      ' on duplicate key update `id` = if(`users`.`id` <=> values(`id`) and `users`.`name` <=> values(`name`), ' +
        '`users`.`id`, (select `users`.`id` union all select `users`.`id`)), `visits` = values(`visits`)',
    )
  })
  test('MySQL', () => {
    expect(textOf(table, { ...mysql, guarded: true })).toContain(
      ' as `new` on duplicate key update `id` = if(`users`.`id` <=> `new`.`id` and ' +
        '`users`.`name` <=> `new`.`name`, `users`.`id`, (select `users`.`id` union all select `users`.`id`)), ' +
        '`visits` = `new`.`visits`',
    )
  })
})

describe('settings of one statement', () => {
  const server = { flavour: 'mariadb', isUtc: true, statementTimeoutMs: Infinity } as ServerFacts
  test('MariaDB: the time limit, unless the session has a shorter one', () => {
    const options = { statementTimeoutMs: 1_500, hasTimestamps: true }
    expect(scopeOf(server, options)).toBe('set statement max_statement_time=1.5 for ')
    expect(scopeOf({ ...server, statementTimeoutMs: 1_000 }, options)).toBe('')
  })
  test('MariaDB: the time zone, where the session is in another and moments are read in it', () => {
    const options = { statementTimeoutMs: undefined, hasTimestamps: true }
    expect(scopeOf({ ...server, isUtc: false }, options)).toBe(`set statement time_zone='+00:00' for `)
    expect(scopeOf({ ...server, isUtc: false }, { ...options, hasTimestamps: false })).toBe('')
  })
  test('MySQL has none', () => {
    expect(
      scopeOf({ ...server, flavour: 'mysql', isUtc: false }, { statementTimeoutMs: 1, hasTimestamps: true }),
    ).toBe('')
  })
})
