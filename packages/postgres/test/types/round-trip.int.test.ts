import { afterAll, beforeAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { arrayLiteral, type Encoder } from '../../src/types/index.ts'
import { copyOf } from './binary-copy.ts'
import { openTypeServer, type TypeServer } from './server.ts'
import { numbers } from './values/numbers.ts'
import { others } from './values/others.ts'
import { labels, texts } from './values/texts.ts'
import { times } from './values/times.ts'
import type { TypedValue } from './values/typed-value.ts'

let server: TypeServer

beforeAll(async () => {
  server = await openTypeServer()
  await server.query(`
    create extension citext; create extension hstore; create extension ltree;
    create type plain_enum as enum ('small', 'not-small');
    create type awkward_enum as enum (${labels.map((label) => `'${label}'`).join(', ')});
    create schema "odd schema"; create type "odd schema"."odd ""enum" as enum ('a', 'b');
    create type pair as (first int4, second text);
    create domain whole_number as int4 check (value >= 0);
    create domain short_text as varchar(20);
    create domain list as int4[]`)
})
afterAll(() => server.close())

/** Settings under which a carelessly written text means something else. */
const oddSession = `set datestyle to 'SQL, DMY'; set timezone to 'America/New_York';
  set intervalstyle to 'sql_standard'; set bytea_output to 'escape'`
const usualSession = `set datestyle to 'ISO, MDY'; set timezone to 'UTC'; set intervalstyle to 'postgres';
  set bytea_output to 'hex'`

interface Row {
  readonly v: TypedValue | null
  readonly a: readonly (TypedValue | null)[] | null
}

/** Every value once by itself and once in an array, with NULL among them and for them. */
function rowsOf(values: readonly (TypedValue | null)[]): readonly Row[] {
  const slices = values.map((v, index) => ({ v, a: values.slice(index, index + (index % 4)) }))
  return [...slices, { v: null, a: null }]
}

const literalsOf = ({ v, a }: Row) => ({
  v: v && v.literal,
  a: a && a.map((element) => element && element.literal),
})
const valuesOf = ({ v, a }: Row): readonly unknown[] => [
  v && v.value,
  a && a.map((element) => element && element.value),
]

/** What PostgreSQL itself reads in the literals. */
function expected(type: string): string {
  return `select (r->>'v')::${type}::text as v, case when json_typeof(r->'a') = 'array' then coalesce(
      (select array_agg(e.l::${type} order by e.k) from json_array_elements_text(r->'a') with ordinality e(l, k)),
      '{}')::text end as a
    from json_array_elements($1::json) with ordinality q(r, n) order by n`
}

interface Columns {
  readonly v: Encoder
  readonly a: Encoder
}

async function writeByUnnest({ v, a }: Columns, rows: readonly Row[]): Promise<void> {
  const values = rows.map(valuesOf)
  const refused: unknown[] = []
  const literals = [v, a].map((encoder, column) =>
    arrayLiteral(
      encoder,
      values.map((row) => row[column]),
      (_, error) => refused.push(error),
    ),
  )
  expect(refused).toEqual([])
  const cast = ({ castTo }: Encoder) => (castTo === undefined ? '' : `::${castTo}`)
  await server.query(
    `insert into t (v, a) select u.v${cast(v)}, u.a${cast(a)}
      from unnest($1::${v.arrayOf}[], $2::${a.arrayOf}[]) with ordinality u(v, a, n) order by u.n`,
    literals,
  )
}

/** Columns without a binary form are left out. */
async function writeByCopy(columns: Columns, rows: readonly Row[]): Promise<void> {
  const names = (['v', 'a'] as const).filter((name) => columns[name].binary)
  const bytes = copyOf(
    names.map((name) => columns[name]),
    rows.map((row) => valuesOf(row).slice(0, names.length)),
  )
  await server.copy(`copy t (${names.join(', ')}) from stdin (format binary)`, bytes)
}

async function readBack(): Promise<readonly Readonly<Record<string, unknown>>[]> {
  await server.query(usualSession)
  const rows = await server.query('select v::text, a::text from t order by n')
  await server.query('delete from t')
  return rows
}

test.each([...numbers, ...texts, ...times, ...others])(
  '%s is stored as PostgreSQL reads it, alone and in arrays, by unnest and by COPY',
  async (type, arbitrary) => {
    await server.query(
      `drop table if exists t; create temp table t (n int generated always as identity, v ${type}, a ${type}[])`,
    )
    const columns = { v: await server.encoderOf(type), a: await server.encoderOf(`${type}[]`) }
    const batch = fc.array(fc.option(arbitrary), { minLength: 1, maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(batch, async (values) => {
        const rows = rowsOf(values)
        const literals = JSON.stringify(rows.map(literalsOf))
        const stored = await server.query(expected(type), [literals])
        await server.query(oddSession)
        await writeByUnnest(columns, rows)
        expect(await readBack()).toEqual(stored)
        if (!columns.v.binary) return
        await server.query(oddSession)
        await writeByCopy(columns, rows)
        expect(await readBack()).toEqual(columns.a.binary ? stored : stored.map(({ v }) => ({ v, a: null })))
      }),
      { numRuns: 20 },
    )
  },
)

test('a domain over an array takes arrays, and an array of it arrays of them', async () => {
  await server.query(
    'drop table if exists t; create temp table t (n int generated always as identity, v list, a list[])',
  )
  const columns = { v: await server.encoderOf('list'), a: await server.encoderOf('list[]') }
  const row = { v: { value: [1, null], literal: '' }, a: [{ value: [2, 3], literal: '' }, null] }
  await writeByUnnest(columns, [row])
  expect(await readBack()).toEqual([{ v: '{1,NULL}', a: '{"{2,3}",NULL}' }])
})
