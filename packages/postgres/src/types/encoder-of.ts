import { arrayOf } from './array.ts'
import { boolean } from './boolean.ts'
import { bytea } from './bytea.ts'
import type { ColumnType } from './column-type.ts'
import { date } from './date.ts'
import type { Encoder, ValueEncoder } from './encoder.ts'
import { float4, float8 } from './float.ts'
import { bits, hardwareAddress, multirange, network, range } from './forms.ts'
import { int2, int4, int8, oid } from './integer.ts'
import { interval } from './interval.ts'
import { json, jsonb } from './json.ts'
import { numeric } from './numeric.ts'
import { bpchar, char, citext, name, otherText, text } from './text.ts'
import { time, timetz } from './time.ts'
import { timestamp, timestamptz } from './timestamp.ts'
import { uuid } from './uuid.ts'

/** PostgreSQL's own types, whose OIDs never change (https://doxygen.postgresql.org/pg__type_8dat_source.html). Those that
 * are not here are sent as text: money, xml, the geometric and the text search types among them. */
const byOid: ReadonlyMap<number, ValueEncoder> = new Map([
  [16, boolean],
  [17, bytea],
  [18, char],
  [19, name],
  [20, int8],
  [21, int2],
  [23, int4],
  [25, text],
  [26, oid],
  [114, json],
  [650, network], // cidr
  [700, float4],
  [701, float8],
  [774, hardwareAddress], // macaddr8
  [829, hardwareAddress], // macaddr
  [869, network], // inet
  [1042, bpchar],
  [1043, text], // varchar
  [1082, date],
  [1083, time],
  [1114, timestamp],
  [1184, timestamptz],
  [1186, interval],
  [1266, timetz],
  [1560, bits], // bit
  [1562, bits], // varbit
  [1700, numeric],
  [2950, uuid],
  [3802, jsonb],
])

/** How the values of a column of this type are sent. Any type has an encoder: of those that nobody here knows, strings are
 * taken and the server reads them.
 *
 * @example
 * ```ts
 * const encoder = encoderOf({ oid: 23, name: 'integer', kind: 'b' })
 * arrayLiteral(encoder, [1, null, '3'], onRefused) // {1,NULL,3}, for a parameter cast to integer[]
 * ``` */
export function encoderOf(type: ColumnType): Encoder {
  const { element } = type
  const values = element ? arrayOf(encoderOf(element), ownOid(type, element)) : valuesOf(type)
  // unnest takes arrays of arrays and of rows apart: their elements would become values, or columns.
  if (element || type.kind === 'c') return { ...values, arrayOf: 'text', castTo: type.name, delimiter: ',' }
  return { ...values, arrayOf: type.name, delimiter: type.delimiter ?? ',' }
}

function valuesOf({ oid: typeOid, name: typeName, kind }: ColumnType): ValueEncoder {
  // The server knows an enum's labels; ours would be out of date after `alter type … add value`.
  if (kind === 'e') return text
  if (kind === 'r') return range
  if (kind === 'm') return multirange
  // An extension's types have other OIDs in each database.
  return byOid.get(typeOid) ?? (/(?:^|\.)citext$/.test(typeName) ? citext : otherText)
}

/** The OID in a binary array has to be that of the declared element type. For an array of a domain it is not known here,
 * where domains are resolved: the array's name then is not the one of an array of the base type. */
function ownOid(type: ColumnType, element: ColumnType): number | undefined {
  return type.name === `${element.name}[]` ? element.oid : undefined
}
