import { type Conflict, postgres, type SqlTable } from '@batchflow/postgres'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { TableDescription } from '../src/catalog.ts'
import { planTable } from '../src/plan.ts'
import { previewRows } from '../src/preview.ts'
import { type Cells, define } from './define.ts'
import { columnOf, described } from './described.ts'

const cells = described(
  { id: 'bigint', name: 'text', n: 'integer', doc: 'jsonb', old: 'json' },
  { keys: [['id']] },
)

interface Mode {
  readonly strategy?: 'auto' | 'unnest' | 'copy' | 'values'
  readonly canCopy?: boolean
}

const planOf = (
  table: SqlTable,
  description: TableDescription,
  { strategy = 'unnest', canCopy = true }: Mode,
) => planTable(table, description, { strategy, prepared: false, canCopy })

function textsOf(
  table: SqlTable,
  description: TableDescription,
  rows: readonly Cells[],
  mode: Mode = {},
): readonly string[] {
  return previewRows(planOf(table, description, mode), rows, false).statements.map(({ text }) => text)
}

const row = { id: 1, name: 'x' }

describe('plain inserts', () => {
  const table = define('t', { columns: ['id', 'name'] })

  test('as arrays', () => {
    expect(textsOf(table, cells, [row])).toEqual([
      'insert into "t" ("id", "name") select u."id", u."name" from unnest($1::bigint[], $2::text[]) as u("id", "name")',
    ])
  })

  test('as COPY', () => {
    for (const strategy of ['auto', 'copy'] as const)
      expect(textsOf(table, cells, [row], { strategy })).toEqual([
        'copy "t" ("id", "name") from stdin (format binary)',
      ])
  })

  test('as COPY of what the rows have, the others by arrays', () => {
    expect(textsOf(table, cells, [{ id: 1 }], { strategy: 'copy' })).toEqual([
      'copy "t" ("id") from stdin (format binary)',
    ])
  })

  test('as VALUES', () => {
    const rows = Array.from({ length: 112 }, (_, id) => ({ id, name: 'x' }))
    const texts = textsOf(table, cells, rows, { strategy: 'values' })
    expect(texts.map((text) => text.match(/\$/g)?.length)).toEqual([200, 20, 2, 2])
    expect(texts.at(-1)).toBe('insert into "t" ("id", "name") values ($1, $2)')
    expect(texts[1]).toMatch(/^insert into "t" \("id", "name"\) values \(\$1, \$2\), \(\$3, \$4\), .*\$20\)$/)
  })

  test.each([
    ['a type without a binary form', { price: 'money' as const }, {}],
    ['row-level security', {}, { rowSecurity: true }],
    ['rewrite rules, which COPY passes by', {}, { hasRules: true }],
    ['a view', {}, { kind: 'v' }],
    ['a foreign table', {}, { kind: 'f' }],
  ])('as arrays where there is %s, also with strategy copy', (_, columns, more) => {
    const names = ['id', ...Object.keys(columns)]
    const [text] = textsOf(
      define('t', { columns: names }),
      described({ id: 'bigint', ...columns }, more),
      [{ id: 1, price: '1' }],
      { strategy: 'copy' },
    )
    expect(text).toMatch(/^insert into "t" .* from unnest/)
  })

  test('as arrays where the client has no COPY', () => {
    expect(textsOf(table, cells, [row], { strategy: 'auto', canCopy: false })[0]).toMatch(/unnest/)
  })

  test('a column of arrays travels as text, which unnest would take apart', () => {
    expect(
      textsOf(define('t', { columns: ['list'] }), described({ list: 'integer[]' }), [{ list: [1] }]),
    ).toEqual(['insert into "t" ("list") select u."list"::integer[] from unnest($1::text[]) as u("list")'])
  })

  test('rows are grouped by the columns that they have', () => {
    expect(textsOf(table, cells, [row, { id: 2 }, row, { name: 'y' }])).toEqual([
      'insert into "t" ("id", "name") select u."id", u."name" from unnest($1::bigint[], $2::text[]) as u("id", "name")',
      'insert into "t" ("id") select u."id" from unnest($1::bigint[]) as u("id")',
      'insert into "t" ("name") select u."name" from unnest($1::text[]) as u("name")',
    ])
  })
})

describe('conflicts', () => {
  const tail = (
    conflict: Conflict<string>,
    columns = ['id', 'name', 'n', 'doc', 'old'],
    given: Cells = row,
  ) => {
    const full = Object.fromEntries(columns.map((name) => [name, null]))
    const [text] = textsOf(define('t', { columns, conflict }), cells, [{ ...full, ...given }])
    return text?.slice(text.indexOf(' on conflict'))
  }

  test('ignore', () => {
    expect(tail({ strategy: 'ignore', columns: ['id'] })).toBe(' on conflict ("id") do nothing')
  })

  test('update of some columns', () => {
    expect(tail({ strategy: 'update', columns: ['id'], update: ['n', 'name'] })).toBe(
      ' on conflict ("id") do update set "name" = "excluded"."name", "n" = "excluded"."n"',
    )
  })

  test('update under a condition', () => {
    const where = '"t"."n" < excluded."n"'
    expect(tail({ strategy: 'update', columns: ['id'], update: ['n'], where })).toBe(
      ' on conflict ("id") do update set "n" = "excluded"."n" where "t"."n" < excluded."n"',
    )
  })

  test('replace overwrites all that the row has, and deletes nothing', () => {
    expect(tail({ strategy: 'replace', columns: ['id'] }, ['id', 'name', 'n'])).toBe(
      ' on conflict ("id") do update set "name" = "excluded"."name", "n" = "excluded"."n"',
    )
  })

  test.each([
    ['overwrite', '"excluded"."n"'],
    [
      'add',
      'case when "excluded"."n" is null then "t"."n" when "t"."n" is null then "excluded"."n" else "t"."n" + "excluded"."n" end',
    ],
    ['max', 'case when "t"."n" is null or "excluded"."n" > "t"."n" then "excluded"."n" else "t"."n" end'],
    ['min', 'case when "t"."n" is null or "excluded"."n" < "t"."n" then "excluded"."n" else "t"."n" end'],
    ['coalesce', 'coalesce("excluded"."n", "t"."n")'],
  ] as const)('the rule %s', (rule, value) => {
    expect(tail({ strategy: 'update', columns: ['id'], update: { n: rule } })).toBe(
      ` on conflict ("id") do update set "n" = ${value}`,
    )
  })

  test('the rule keep changes nothing', () => {
    expect(tail({ strategy: 'update', columns: ['id'], update: { n: 'keep' } })).toBe(
      ' on conflict ("id") do nothing',
    )
  })

  test('the rule merge, of jsonb and of json', () => {
    expect(tail({ strategy: 'update', columns: ['id'], update: { doc: 'merge' } })).toBe(
      ' on conflict ("id") do update set "doc" = case when "excluded"."doc" is null then "t"."doc" ' +
        `when jsonb_typeof("t"."doc") = 'object' and jsonb_typeof("excluded"."doc") = 'object' ` +
        'then "t"."doc" || "excluded"."doc" else "excluded"."doc" end',
    )
    expect(tail({ strategy: 'update', columns: ['id'], update: { old: 'merge' } })).toBe(
      ' on conflict ("id") do update set "old" = case when "excluded"."old" is null then "t"."old" ' +
        `when json_typeof("t"."old") = 'object' and json_typeof("excluded"."old") = 'object' ` +
        'then ("t"."old"::jsonb || "excluded"."old"::jsonb)::json else "excluded"."old" end',
    )
  })

  test('only columns that the rows have are updated', () => {
    expect(
      tail({ strategy: 'update', columns: ['id'], update: ['name', 'n'] }, ['id', 'name', 'n'], {
        n: undefined,
      }),
    ).toBe(' on conflict ("id") do update set "name" = "excluded"."name"')
  })

  test('never as COPY, and as VALUES where that is asked for', () => {
    const table = define('t', {
      columns: ['id', 'name'],
      conflict: { strategy: 'update', columns: ['id'], update: ['name'] },
    })
    expect(textsOf(table, cells, [row], { strategy: 'copy' })[0]).toMatch(/unnest/)
    expect(textsOf(table, cells, [row], { strategy: 'values' })).toEqual([
      'insert into "t" ("id", "name") values ($1, $2) on conflict ("id") do update set "name" = "excluded"."name"',
    ])
  })
})

describe('names', () => {
  const column = 'a.b"c\'d\\e $1 [f]'
  const columns = [column, 'Order', 'select']

  test('are quoted, and the schema is a part of its own', () => {
    const table = define('t.x"y', {
      schema: 'S.1"',
      columns,
      conflict: { strategy: 'update', columns: ['Order'], update: { [column]: 'coalesce' } },
    })
    const description = described(
      { [column]: 'text', Order: 'integer', select: 'boolean' },
      { keys: [['Order']] },
    )
    const c = '"a.b""c\'d\\e $1 [f]"'
    expect(textsOf(table, description, [{ [column]: 'x', Order: 1, select: true }])).toEqual([
      `insert into "S.1"""."t.x""y" (${c}, "Order", "select") select u.${c}, u."Order", u."select" ` +
        `from unnest($1::text[], $2::integer[], $3::boolean[]) as u(${c}, "Order", "select") ` +
        `on conflict ("Order") do update set ${c} = coalesce("excluded".${c}, "t.x""y".${c})`,
    ])
  })

  test('in COPY too', () => {
    const table = define('t.x"y', { schema: 'S.1"', columns })
    const description = described({ [column]: 'text', Order: 'integer', select: 'boolean' })
    expect(
      textsOf(table, description, [{ [column]: 'x', Order: 1, select: true }], { strategy: 'auto' }),
    ).toEqual(['copy "S.1"""."t.x""y" ("a.b""c\'d\\e $1 [f]", "Order", "select") from stdin (format binary)'])
  })

  test('of 63 bytes are taken, and of 64 refused, which the server would cut', () => {
    const fits = 'ä'.repeat(31) + 'x'
    const long = 'ä'.repeat(32)
    expect(
      textsOf(define(fits, { columns: [fits] }), described({ [fits]: 'text' }), [{ [fits]: 'x' }]),
    ).toEqual([
      `insert into "${fits}" ("${fits}") select u."${fits}" from unnest($1::text[]) as u("${fits}")`,
    ])
    const message = (quoted: string) =>
      `table ${quoted}: names must be of at most 63 bytes without NUL, and one of its names is not`
    for (const [table, quoted] of [
      [define(long, { columns: ['id'] }), `"${long}"`],
      [define('t', { schema: long, columns: ['id'] }), `"${long}"."t"`],
      [define('t', { columns: ['id', long] }), '"t"'],
      [define('t', { columns: ['id'], returning: [long] }), '"t"'],
    ] as const)
      expect(() => planOf(table, cells, {})).toThrow(
        expect.objectContaining({ code: 'BATCHFLOW_INVALID_TARGET', message: message(quoted) }),
      )
  })
})

describe('returning', () => {
  const input = (columns: string, casts: string, names: string, made = '') =>
    `with batchflow_input as materialized (select ${columns}${made}, u."batchflow_place" ` +
    `from unnest(${casts}) with ordinality as u(${names}, "batchflow_place"))`

  test('finds the rows by a primary key that its sequence makes before the insert', () => {
    const serial = columnOf('id', 'bigint', { notNull: true, default: "nextval('t_id_seq'::regclass)" })
    const table = define('t', { columns: ['name'], returning: ['id', 'n'] })
    const description = described({ id: serial, name: 'text', n: 'integer' }, { keys: [['id']] })
    expect(textsOf(table, description, [{ name: 'x' }])).toEqual([
      `${input('u."name"', '$1::text[]', '"name"', `, nextval('t_id_seq'::regclass) as "id"`)}, ` +
        'batchflow_written as (insert into "t" ("name", "id") ' +
        'select "name", "id" from batchflow_input order by "batchflow_place" returning "id", "n") ' +
        'select i."batchflow_place", w."id", w."n" from batchflow_written w ' +
        'join batchflow_input i on w."id" = i."id"',
    ])
  })

  test('by an identity column that is always generated, whose number is taken all the same', () => {
    const identity = columnOf('id', 'bigint', {
      notNull: true,
      identity: 'a',
      default: "nextval('public.t_id_seq')",
    })
    const table = define('t', { columns: ['name'], returning: ['id'] })
    const [text] = textsOf(table, described({ id: identity, name: 'text' }, { keys: [['id']] }), [
      { name: 'x' },
    ])
    expect(text).toContain('insert into "t" ("name", "id") overriding system value select "name", "id"')
  })

  test('by the conflict columns', () => {
    const table = define('t', {
      columns: ['id', 'name'],
      returning: ['n', 'id'],
      conflict: { strategy: 'update', columns: ['id'], update: ['name'] },
    })
    expect(textsOf(table, cells, [row])).toEqual([
      `${input('u."id", u."name"', '$1::bigint[], $2::text[]', '"id", "name"')}, ` +
        'batchflow_written as (insert into "t" ("id", "name") ' +
        'select "id", "name" from batchflow_input order by "batchflow_place" ' +
        'on conflict ("id") do update set "name" = "excluded"."name" returning "id", "n") ' +
        'select i."batchflow_place", w."n", w."id" from batchflow_written w ' +
        'join batchflow_input i on w."id" = i."id"',
    ])
  })

  test.each([
    [['id', 'nothing'], [['id']], 'returning names column nothing, which the table does not have'],
    [
      ['name'],
      [],
      'returning must have a primary key or conflict.columns to find rows by, and the table has neither',
    ],
    [
      ['name'],
      [['n', 'id']],
      'returning must find rows by n, id, and column n has neither value nor default',
    ],
  ])('of %j with the keys %j is refused', (returning, keys, problem) => {
    const table = define('t', { columns: ['id', 'name'], returning })
    expect(() => planOf(table, { ...cells, keys }, {})).toThrow(
      expect.objectContaining({ code: 'BATCHFLOW_INVALID_TARGET', message: `table "t": ${problem}` }),
    )
  })
})

describe('texts', () => {
  const modes: readonly (readonly [string, SqlTable, Mode])[] = [
    ['arrays', define('t', { columns: ['id', 'name'] }), {}],
    ['COPY', define('t', { columns: ['id', 'name'] }), { strategy: 'copy' }],
    [
      'an upsert',
      define('t', { columns: ['id', 'name'], conflict: { strategy: 'replace', columns: ['id'] } }),
      {},
    ],
    ['returning', define('t', { columns: ['id', 'name'], returning: ['n'] }), {}],
  ]

  test.each(modes)('there is one for %s over 1,000 random batch sizes', (_, table, mode) => {
    const plan = planOf(table, cells, mode)
    const rows = Array.from({ length: 2_000 }, (__, id) => ({ id, name: 'x' }))
    const texts = new Set<string>()
    const fingerprints = new Set<string>()
    fc.assert(
      fc.property(fc.integer({ min: 1, max: rows.length }), (size) => {
        const preview = previewRows(plan, rows.slice(0, size), false)
        for (const { text } of preview.statements) texts.add(text)
        fingerprints.add(preview.fingerprint)
      }),
      { numRuns: 1_000 },
    )
    expect([texts.size, fingerprints.size]).toEqual([1, 1])
  })

  test('there are three for VALUES, and fewer values than a statement can have', () => {
    const columns = Array.from({ length: 1_600 }, (_, index) => `c${index}`)
    const table = define('wide', { columns })
    const description = described(Object.fromEntries(columns.map((name) => [name, 'integer'] as const)))
    const plan = planOf(table, description, { strategy: 'values' })
    const texts = new Set<string>()
    for (const size of [1, 39, 40, 41, 50, 81]) {
      const rows = Array.from({ length: size }, () => Object.fromEntries(columns.map((name) => [name, 1])))
      for (const { text, values } of previewRows(plan, rows, true).statements) {
        expect(values?.length).toBeLessThanOrEqual(65_535)
        texts.add(text)
      }
    }
    expect(texts.size).toBe(3)
  })

  test('a name for a prepared statement is made of its text', () => {
    const names = [define('t', { columns: ['id'] }), define('t', { columns: ['name'] })].map(
      (table) => planTable(table, cells, { strategy: 'unnest', prepared: true, canCopy: true }).form(1).name,
    )
    expect(new Set(names).size).toBe(2)
    for (const name of names) expect(name).toMatch(/^batchflow_[0-9a-f]{32}$/)
  })
})

describe('previews', () => {
  const driver = postgres({ pool: { connect: () => Promise.reject(new Error('not asked for')) } })
  const table = define('t', {
    columns: ['id', 'name'],
    conflict: { strategy: 'ignore', columns: ['id'] },
  })

  test('of a table that nobody has looked at show one row of VALUES for each set of columns', () => {
    expect(driver.preview(table, [row, row, { id: 2 }], { values: true })).toMatchObject({
      statements: [
        {
          text: 'insert into "t" ("id", "name") values ($1, $2) on conflict ("id") do nothing',
          values: [1, 'x', 1, 'x'],
        },
        { text: 'insert into "t" ("id") values ($1) on conflict ("id") do nothing', values: [2] },
      ],
      rows: 3,
      values: 5,
      conflictColumns: ['id'],
    })
  })

  test('of arrays show the values column by column', () => {
    const preview = previewRows(planOf(table, cells, {}), [row, { id: 3, name: null }], true)
    expect(preview.statements).toEqual([
      {
        text:
          'insert into "t" ("id", "name") select u."id", u."name" from unnest($1::bigint[], $2::text[]) ' +
          'as u("id", "name") on conflict ("id") do nothing',
        values: [
          [1, 3],
          ['x', null],
        ],
      },
    ])
    expect(preview).toMatchObject({ rows: 2, values: 4, conflictColumns: ['id'] })
  })

  test('of no rows show no statement', () => {
    expect(driver.preview(table, [])).toMatchObject({ statements: [], rows: 0, values: 0 })
    expect(previewRows(planOf(table, cells, {}), [], false)).toMatchObject({
      statements: [],
      rows: 0,
      values: 0,
    })
  })
})
