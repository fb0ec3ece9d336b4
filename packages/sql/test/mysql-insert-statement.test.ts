import { expect, test } from '@jest/globals'
import { checkTable } from '../src/check-table.ts'
import { mysqlInsertStatement } from '../src/mysql-insert-statement.ts'

const columns = ['id', 'name', 'email']
type Form = { readonly columns?: readonly string[]; readonly rows?: number; readonly name?: string }
const text = (newRow: 'alias' | 'values', options: object, form: Form = {}) =>
  mysqlInsertStatement(checkTable(form.name ?? 'users', { columns, ...options }), {
    columns: form.columns ?? columns,
    rows: form.rows ?? 2,
    newRow,
  })
const insert = 'insert into `users` (`id`, `name`, `email`) values (?, ?, ?), (?, ?, ?)'

test.each(['alias', 'values'] as const)('%s: without a conflict policy, a plain insert', (newRow) => {
  expect(text(newRow, {})).toBe(insert)
})

test('ignore: the conflict column is assigned to itself, so that bad data is still an error', () => {
  const conflict = { strategy: 'ignore', columns: ['name', 'id'] }
  const assignment = 'on duplicate key update `name` = `users`.`name`'
  expect(text('alias', { conflict })).toBe(`${insert} as \`new\` ${assignment}`)
  expect(text('values', { conflict })).toBe(`${insert} ${assignment}`)
})

test('update: the listed columns that the rows have; none of them is as ignore', () => {
  const conflict = { strategy: 'update', columns: ['id'], update: ['name', 'email'] }
  expect(text('alias', { conflict })).toBe(
    `${insert} as \`new\` on duplicate key update \`name\` = \`new\`.\`name\`, \`email\` = \`new\`.\`email\``,
  )
  expect(text('values', { conflict }, { columns: ['id', 'email'], rows: 1 })).toBe(
    'insert into `users` (`id`, `email`) values (?, ?) on duplicate key update `email` = values(`email`)',
  )
  expect(text('values', { conflict }, { columns: ['id'], rows: 1 })).toBe(
    'insert into `users` (`id`) values (?) on duplicate key update `id` = `users`.`id`',
  )
})

test('replace: every other column is overwritten, no row is deleted', () => {
  expect(text('values', { conflict: { strategy: 'replace', columns: ['id', 'name'] } })).toBe(
    `${insert} on duplicate key update \`email\` = values(\`email\`)`,
  )
})

test.each([
  [
    'add',
    (g: string, s: string) =>
      `case when ${g} is null then ${s} when ${s} is null then ${g} else ${s} + ${g} end`,
  ],
  ['max', (g: string, s: string) => `case when ${s} is null or ${g} > ${s} then ${g} else ${s} end`],
  ['min', (g: string, s: string) => `case when ${s} is null or ${g} < ${s} then ${g} else ${s} end`],
  ['coalesce', (g: string, s: string) => `coalesce(${g}, ${s})`],
])('rule %s: reads its own column only', (rule, value) => {
  const conflict = { strategy: 'update', columns: ['id'], update: { name: rule, email: 'keep' } }
  const stored = '`users`.`name`'
  expect(text('alias', { conflict })).toBe(
    `${insert} as \`new\` on duplicate key update \`name\` = ${value('`new`.`name`', stored)}`,
  )
  expect(text('values', { conflict })).toBe(
    `${insert} on duplicate key update \`name\` = ${value('values(`name`)', stored)}`,
  )
})

test('merge and where are refused: MySQL has no words for them', () => {
  const conflict = { strategy: 'update', columns: ['id'] }
  expect(() => text('values', { conflict: { ...conflict, update: { name: 'merge' } } })).toThrow(
    new RangeError('rule merge of column name is not supported'),
  )
  expect(() => text('values', { conflict: { ...conflict, update: ['name'], where: 'true' } })).toThrow(
    new RangeError('conflict.where is not supported'),
  )
})

test('names are quoted whole: dots, backticks, reserved words and upper case are part of them', () => {
  const names = ['Key', 'a.b', 'or`der', 'values']
  const conflict = { strategy: 'replace', columns: ['Key'] }
  const form = { columns: names, rows: 1, name: 'x`; drop table y; -- ' }
  expect(text('values', { columns: names, schema: 'my.db', conflict }, form)).toBe(
    'insert into `my.db`.`x``; drop table y; -- ` (`Key`, `a.b`, `or``der`, `values`) values (?, ?, ?, ?) on duplicate ' +
      'key update `a.b` = values(`a.b`), `or``der` = values(`or``der`), `values` = values(`values`)',
  )
})

test('a table that is called as the alias gets another alias', () => {
  const conflict = { strategy: 'update', columns: ['id'], update: { name: 'coalesce' } }
  expect(text('alias', { conflict }, { name: 'New', rows: 1 })).toBe(
    'insert into `New` (`id`, `name`, `email`) values (?, ?, ?) as `new_row` on duplicate key update ' +
      '`name` = coalesce(`new_row`.`name`, `New`.`name`)',
  )
})
