import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { type ColumnType, encoderOf, type Encoder } from '../../src/types/index.ts'
import { url } from '../database.ts'
import { BinaryCopy } from './binary-copy.ts'

/** A database of its own, because extensions are installed per database. */
export interface TypeServer {
  query(sql: string, values?: readonly unknown[]): Promise<readonly Readonly<Record<string, unknown>>[]>
  copy(sql: string, bytes: Buffer): Promise<void>
  /** How values of a type are encoded, after its description in the catalogs. */
  encoderOf(type: string): Promise<Encoder>
  close(): Promise<void>
}

export async function openTypeServer(): Promise<TypeServer> {
  const database = `batchflow_types_${randomBytes(6).toString('hex')}`
  const outside = new pg.Client({ connectionString: url })
  await outside.connect()
  await outside.query(`create database ${database} template template0 encoding 'UTF8'`)
  const own = new URL(url)
  own.pathname = `/${database}`
  const client = new pg.Client({ connectionString: own.href })
  await client.connect()
  const query: TypeServer['query'] = async (sql, values = []) =>
    (await client.query<Record<string, unknown>>(sql, [...values])).rows
  return {
    query,
    async copy(sql, bytes) {
      const copy = new BinaryCopy(sql, bytes)
      client.query(copy)
      await copy.done
    },
    encoderOf: async (type) => encoderOf(await describeType(query, type)),
    async close() {
      await client.end()
      await outside.query(`drop database ${database} with (force)`)
      await outside.end()
    },
  }
}

interface TypeRow {
  readonly oid: number
  readonly name: string
  readonly kind: string
  readonly base: number
  readonly element: number
  readonly delimiter: string
}

async function describeType(query: TypeServer['query'], type: string | number): Promise<ColumnType> {
  const rows = await query(
    `select t.oid::int4, format_type(t.oid, -1) as name, t.typtype as kind, t.typbasetype::int4 as base,
      case when e.typarray = t.oid then e.oid::int4 else 0 end as element, t.typdelim as delimiter
    from pg_type t left join pg_type e on e.oid = t.typelem where t.oid = $1::regtype`,
    [type],
  )
  const { oid, name, kind, base, element, delimiter } = rows[0] as unknown as TypeRow
  if (base !== 0) return describeType(query, base)
  return {
    oid,
    name,
    kind,
    delimiter,
    ...(element !== 0 && { element: await describeType(query, element) }),
  }
}
