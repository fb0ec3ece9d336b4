import { decodeRows } from '../../src/entry/decode-rows.ts'

/** An entry as ioredis answers it. */
export type RawEntry = readonly [id: string, fields: readonly string[]]

/** The rows of entries, as `producer:seq`. */
export function rowsIn(entries: readonly RawEntry[]): readonly string[] {
  return entries.flatMap(([, fields]) => {
    const field = (name: string) => fields[fields.indexOf(name) + 1] ?? ''
    return decodeRows(field('d'), Number(field('n'))).map(
      (row) => `${String(row['producer'])}:${String(row['seq'])}`,
    )
  })
}
