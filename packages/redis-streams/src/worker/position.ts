import { createHash } from 'node:crypto'
import type { Row } from '../entry/row.ts'
import type { Entry } from './entry.ts'

/** A row and where it stands in its shard. */
export class StreamRow {
  readonly entry: Entry
  /** Place in the entry. */
  readonly index: number
  /** As its target copied it. */
  readonly row: Row
  /** It was in the last batch that the former owner wrote. */
  readonly again: boolean

  constructor(entry: Entry, index: number, content: { readonly row: Row; readonly again: boolean }) {
    this.entry = entry
    this.index = index
    this.row = content.row
    this.again = content.again
  }

  get place(): string {
    return placeOf(this.entry.id, this.index)
  }
}

/** Where a row stands: entry and place in it, with as many digits as there can be, so that texts compare as they stand. */
export function placeOf(id: string, index: number): string {
  const [ms = '0', count = '0'] = id.split('-')
  return `${ms.padStart(20, '0')}-${count.padStart(20, '0')}.${String(index).padStart(7, '0')}`
}

/** The entry of a place, as Redis writes it. */
export function entryOf(place: string): string {
  const [ms = '0', count = '0'] = (place.split('.')[0] as string).split('-')
  return `${BigInt(ms)}-${BigInt(count)}`
}

/** A batch as the ledger remembers it: its first and last row, and how many there were. With these the next owner makes the
 * same batch again, and is told which of its rows had been refused. */
export interface Span {
  readonly first: string
  readonly last: string
  readonly rows: number
}

/** The last row comes first: it is what spans are compared by. */
export function spanText({ first, last, rows }: Span): string {
  return `${last}~${first}~${rows}`
}

export function spanOf(text: string): Span {
  const [last = '', first = last, rows = '0'] = text.split('~')
  return { first, last, rows: Number(rows) }
}

/** -1, 0 or 1, for ids of entries. */
export function compareIds(one: string, other: string): number {
  const [a, b] = [placeOf(one, 0), placeOf(other, 0)]
  return a < b ? -1 : a > b ? 1 : 0
}

/** Names a table of a shard in the ledger, within the 255 characters that databases have for it. */
export function sourceOf(prefix: string, table: string, generation: string): string {
  const source = `${prefix}:${table}@${generation}`
  return source.length <= 200 ? source : `${source.slice(0, 150)}#${digestOf(source)}`
}

/** The id of a batch: the same rows are the same batch, whoever writes them. */
export function batchIdOf(source: string, span: Span): string {
  return digestOf(`${source}|${spanText(span)}`)
}

function digestOf(text: string): string {
  return createHash('sha1').update(text).digest('hex')
}
