import { type ColumnType, encoderOf, type Encoder } from '../../src/types/index.ts'

/** PostgreSQL's own types, as the catalogs describe them. */
const base: Readonly<Record<string, number>> = {
  bool: 16,
  bytea: 17,
  '"char"': 18,
  name: 19,
  int8: 20,
  int2: 21,
  int4: 23,
  text: 25,
  oid: 26,
  json: 114,
  xml: 142,
  cidr: 650,
  float4: 700,
  float8: 701,
  macaddr: 829,
  inet: 869,
  bpchar: 1042,
  varchar: 1043,
  date: 1082,
  time: 1083,
  timestamp: 1114,
  timestamptz: 1184,
  interval: 1186,
  timetz: 1266,
  '"bit"': 1560,
  varbit: 1562,
  numeric: 1700,
  uuid: 2950,
  jsonb: 3802,
  hstore: 70_001,
}
const others: readonly ColumnType[] = [
  { oid: 70_002, name: 'mood', kind: 'e' },
  { oid: 70_003, name: 'int4range', kind: 'r' },
  { oid: 70_004, name: 'int4multirange', kind: 'm' },
  { oid: 70_005, name: 'pair', kind: 'c' },
  { oid: 603, name: 'box', kind: 'b', delimiter: ';' },
]

export const typeNames: readonly string[] = [...Object.keys(base), ...others.map(({ name }) => name)]

/** The description of a type, or of an array of it (`int4[]`). */
export function typeOf(name: string): ColumnType {
  if (name.endsWith('[]')) return { oid: 80_000, name, kind: 'b', element: typeOf(name.slice(0, -2)) }
  const oid = base[name]
  if (oid !== undefined) return { oid, name, kind: 'b', delimiter: ',' }
  const other = others.find((type) => type.name === name)
  if (!other) throw new Error(`no type ${name} in the tests`)
  return other
}

export const encoder = (name: string): Encoder => encoderOf(typeOf(name))
