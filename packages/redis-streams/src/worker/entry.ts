import { decodeRows } from '../entry/decode-rows.ts'
import { encodeRows } from '../entry/encode-rows.ts'
import type { Row } from '../entry/row.ts'
import type { DeadReason } from './observer.ts'

/** Rows that are set aside. */
export interface Letter {
  /** The entry that they were in. */
  readonly entry: string
  readonly target: string
  readonly rows: number
  readonly reason: DeadReason
  /** As `encodeRows` wrote them; of an entry that nobody can read, its fields. */
  readonly text: string
}

/** An entry in the hands of a worker. */
export class Entry {
  readonly id: string
  readonly target: string
  readonly rows: readonly Row[]
  readonly bytes: number
  /** Rows that are not settled. */
  left: number
  /** Somebody else has deleted it meanwhile. */
  deleted = false
  /** What was set aside of it, to be written when it is settled. */
  readonly letters: Letter[] = []

  constructor(
    id: string,
    content: { readonly target: string; readonly rows: readonly Row[]; readonly bytes: number },
  ) {
    this.id = id
    this.target = content.target
    this.rows = content.rows
    this.bytes = content.bytes
    this.left = content.rows.length
  }

  refuse(rows: readonly Row[]): Letter {
    return {
      entry: this.id,
      target: this.target,
      rows: rows.length,
      reason: 'refused',
      text: encodeRows(rows),
    }
  }
}

/** An entry as Redis answers it. */
export type RawEntry = readonly [id: string, fields: readonly string[]]

/** Reads an entry.
 *
 * @throws TypeError or SyntaxError when it is none that a producer wrote */
export function readEntry([id, fields]: RawEntry): Entry {
  const { v, t, n, d } = fieldsOf(fields)
  if (v !== '1') throw new TypeError('an entry has a form that is not known here')
  const count = Number(n)
  if (t === undefined || d === undefined || !Number.isInteger(count) || count < 1)
    throw new TypeError('an entry has not the fields of one')
  return new Entry(id, { target: t, rows: decodeRows(d, count), bytes: Buffer.byteLength(d) })
}

/** A whole entry that is set aside. */
export function letterOf([id, fields]: RawEntry, reason: DeadReason): Letter {
  const { t = '', n, d } = fieldsOf(fields)
  return { entry: id, target: t, rows: Number(n) || 0, reason, text: d ?? JSON.stringify(fields) }
}

/** What an entry that nobody can read weighs in the meter. */
export function weightOf([, fields]: RawEntry): { readonly rows: number; readonly bytes: number } {
  const { n, d = '' } = fieldsOf(fields)
  return { rows: Number.parseInt(n ?? '', 10) || 0, bytes: Buffer.byteLength(d) }
}

function fieldsOf(fields: readonly string[]): Readonly<Record<string, string | undefined>> {
  const byName: Record<string, string> = {}
  for (let index = 0; index + 1 < fields.length; index += 2)
    byName[fields[index] as string] = fields[index + 1] as string
  return byName
}
