import { expect, test } from '@jest/globals'
import { PostgresQueryCompiler, SqliteQueryCompiler } from 'kysely'
import { checkTable } from '../src/check-table.ts'
import { type InsertDialect, type InsertForm, insertStatement } from '../src/insert-statement.ts'
import { mergeJsonb } from '../src/merge-jsonb.ts'

const text = (options: object, form: { columns: string[]; rows: number }, name = 'users') =>
  insertStatement(
    new SqliteQueryCompiler(),
    checkTable(name, { columns: ['id', 'name', 'email'], ...options }),
    form,
  )
const all = { columns: ['id', 'name', 'email'], rows: 2 }
const insert = 'insert into "users" ("id", "name", "email") values (?, ?, ?), (?, ?, ?)'

test('without a conflict policy: a plain insert', () => {
  expect(text({}, all)).toBe(insert)
})

test('ignore: nothing happens to a row with the conflict columns, and only with them', () => {
  expect(text({ conflict: { strategy: 'ignore', columns: ['id'] } }, all)).toBe(
    `${insert} on conflict ("id") do nothing`,
  )
})

test('update: the listed columns that the rows have, under the condition', () => {
  const conflict = {
    strategy: 'update',
    columns: ['id'],
    update: ['name', 'email'],
    where: 'excluded.name > users.name',
  }
  expect(text({ conflict }, all)).toBe(
    `${insert} on conflict ("id") do update set "name" = "excluded"."name", "email" = "excluded"."email" where excluded.name > users.name`,
  )
  expect(text({ conflict }, { columns: ['id', 'email'], rows: 1 })).toBe(
    'insert into "users" ("id", "email") values (?, ?) on conflict ("id") do update set "email" = "excluded"."email" where excluded.name > users.name',
  )
  expect(text({ conflict }, { columns: ['id'], rows: 1 })).toBe(
    'insert into "users" ("id") values (?) on conflict ("id") do nothing',
  )
})

test('replace: every other column that the rows have', () => {
  const conflict = { strategy: 'replace', columns: ['id', 'name'] }
  expect(text({ conflict }, all)).toBe(
    `${insert} on conflict ("id", "name") do update set "email" = "excluded"."email"`,
  )
})

test('rules: sums, largest, smallest and first non-NULL; keep changes nothing', () => {
  const conflict = (update: object) => ({ conflict: { strategy: 'update', columns: ['id'], update } })
  const form = { columns: ['id', 'name'], rows: 1 }
  const start = 'insert into "users" ("id", "name") values (?, ?) on conflict ("id") do update set "name" = '
  const given = '"excluded"."name"'
  const stored = '"users"."name"'
  expect(text(conflict({ name: 'add' }), form)).toBe(
    `${start}case when ${given} is null then ${stored} when ${stored} is null then ${given} else ${stored} + ${given} end`,
  )
  expect(text(conflict({ name: 'max' }), form)).toBe(
    `${start}case when ${stored} is null or ${given} > ${stored} then ${given} else ${stored} end`,
  )
  expect(text(conflict({ name: 'min' }), form)).toBe(
    `${start}case when ${stored} is null or ${given} < ${stored} then ${given} else ${stored} end`,
  )
  expect(text(conflict({ name: 'coalesce' }), form)).toBe(`${start}coalesce(${given}, ${stored})`)
  expect(text(conflict({ name: 'keep' }), form)).toMatch(/on conflict \("id"\) do nothing$/)
  expect(() => text(conflict({ name: 'merge' }), form)).toThrow('rule merge of column name')
})

test('names are quoted whole: dots, quotes and reserved words are part of them', () => {
  const columns = ['or"der', 'a.b', 'select']
  expect(text({ columns, schema: 'my.schema' }, { columns, rows: 1 }, 'x"; drop table y; --')).toBe(
    'insert into "my.schema"."x""; drop table y; --" ("or""der", "a.b", "select") values (?, ?, ?)',
  )
})

const postgresText = (options: object, form: InsertForm, dialect?: InsertDialect) =>
  insertStatement(
    new PostgresQueryCompiler(),
    checkTable('users', { columns: ['id', 'name', 'email'], ...options }),
    form,
    dialect,
  )

test('a query in place of rows: one text for any number of them', () => {
  const source = 'select * from unnest($1::int8[], $2::text[])'
  const columns = ['id', 'name']
  expect(postgresText({}, { columns, source })).toBe(`insert into "users" ("id", "name") ${source}`)
  const conflict = { strategy: 'update', columns: ['id'], update: ['name'] }
  expect(postgresText({ schema: 'app', conflict }, { columns, source })).toBe(
    `insert into "app"."users" ("id", "name") ${source} on conflict ("id") do update set "name" = "excluded"."name"`,
  )
})

test('columns are handed back and identity columns overridden where that is asked for', () => {
  const form = { columns: ['id'], returning: ['id', 'a.b'], overriding: 'system' } as const
  expect(postgresText({}, { ...form, rows: 2 })).toBe(
    'insert into "users" ("id") overriding system value values ($1), ($2) returning "id", "a.b"',
  )
  const conflict = { strategy: 'ignore', columns: ['id'] }
  expect(postgresText({ conflict }, { ...form, source: 'select 1' })).toBe(
    'insert into "users" ("id") overriding system value select 1 on conflict ("id") do nothing returning "id", "a.b"',
  )
})

test('merge: as the dialect says, for columns that have the rule', () => {
  const conflict = { strategy: 'update', columns: ['id'], update: { name: 'merge', email: 'merge' } }
  const form = { columns: ['id', 'name', 'email'], rows: 1 }
  const dialect: InsertDialect = {
    mergeOf: (column, values) => mergeJsonb(values, column === 'name' ? 'jsonb' : 'json'),
  }
  expect(postgresText({ conflict }, form, dialect)).toBe(
    'insert into "users" ("id", "name", "email") values ($1, $2, $3) on conflict ("id") do update set ' +
      '"name" = case when "excluded"."name" is null then "users"."name" ' +
      `when jsonb_typeof("users"."name") = 'object' and jsonb_typeof("excluded"."name") = 'object' ` +
      'then "users"."name" || "excluded"."name" else "excluded"."name" end, ' +
      '"email" = case when "excluded"."email" is null then "users"."email" ' +
      `when json_typeof("users"."email") = 'object' and json_typeof("excluded"."email") = 'object' ` +
      'then ("users"."email"::jsonb || "excluded"."email"::jsonb)::json else "excluded"."email" end',
  )
  expect(() => postgresText({ conflict }, form)).toThrow(
    new RangeError('rule merge of column name is not supported'),
  )
})

test('names in upper case, with dots or quotes stay whole in every part of the statement', () => {
  const columns = ['Id', 'a.b', 'or"der']
  const conflict = {
    strategy: 'update',
    columns: ['Id'],
    update: { 'a.b': 'coalesce', 'or"der': 'overwrite' },
  }
  expect(
    postgresText({ columns, schema: 'My.Schema', conflict }, { columns, rows: 1, returning: ['Id'] }),
  ).toBe(
    'insert into "My.Schema"."users" ("Id", "a.b", "or""der") values ($1, $2, $3) on conflict ("Id") ' +
      'do update set "a.b" = coalesce("excluded"."a.b", "users"."a.b"), "or""der" = "excluded"."or""der" returning "Id"',
  )
})
