import fc from 'fast-check'
import { conflictRules } from '../src/conflict-rules.ts'
import type { ColumnRule, TableDefinition } from '../src/definition.ts'

export type Row = Readonly<Record<string, unknown>>

const member = fc.oneof(
  fc.constantFrom<unknown>(undefined, null, 1, 'x', { deep: 1 }, [1], new Date(0), () => 1),
  fc.constantFrom({ toJSON: () => undefined }, { toJSON: () => 2 }),
)
const document = fc.oneof(
  { weight: 9, arbitrary: fc.dictionary(fc.constantFrom('a', 'b', '__proto__'), member) },
  fc.constant({ toJSON: () => [1] }),
)
const integer = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom(Number.MAX_SAFE_INTEGER, 2 ** 60))
const bigint = fc.oneof(fc.bigInt({ min: -3n, max: 3n }), fc.constantFrom(2n ** 53n + 1n, 2n ** 62n))
const number = fc.oneof(integer, fc.constantFrom(-0, 0.1, 0.7, 0.9, Infinity, Number.NaN))
const date = fc.constantFrom(new Date(0), new Date(1), new Date(Number.NaN))
const text = fc.constantFrom('a', 'B', 'b', '1', '0.5')
const anything = fc.oneof(number, bigint, date, text, document, fc.constantFrom<unknown>(true, [], [1]))
const domain = fc.constantFrom<fc.Arbitrary<unknown>>(integer, bigint, number, date, text, document, anything)

/** Rows with the key 1; the values of each other column are mostly of one kind. */
export function arbitraryRows(columns: readonly string[]): fc.Arbitrary<fc.Arbitrary<Row>> {
  const cells = columns.map(
    (column) => [column, column === 'id' ? fc.constant(fc.constant(1)) : domain] as const,
  )
  return fc.record(Object.fromEntries(cells)).map((domains) => {
    const values = Object.entries(domains).map(([column, ofKind]) => [
      column,
      column === 'id' ? ofKind : fc.oneof({ weight: 4, arbitrary: ofKind }, fc.constantFrom(undefined, null)),
    ])
    return fc.record(Object.fromEntries(values) as Record<string, fc.Arbitrary<unknown>>)
  })
}

/** A model of what the database holds for one key, written from what the rules say, not from the code that joins rows. */
export class StoredRows {
  /** Each column in the form of its rule; `undefined`: there is no row. */
  row: Row | undefined
  readonly #rules: ReadonlyMap<string, ColumnRule>
  readonly #columns: readonly string[]
  readonly #defaults: Row

  constructor(table: TableDefinition, defaults: Row) {
    this.#rules = conflictRules(table)
    this.#columns = table.columns
    this.#defaults = defaults
  }

  /** An upsert of one row. */
  write(row: Row): void {
    const stored = this.row
    this.row = Object.fromEntries(
      this.#columns.map((column) => {
        const rule = this.#rules.get(column) ?? 'keep'
        const given = held(rule, row[column])
        if (stored)
          return [column, given === undefined ? stored[column] : changed(rule, stored[column], given)]
        return [column, given === undefined ? held(rule, this.#defaults[column] ?? null) : given]
      }),
    )
  }
}

/** A sum: what integers add up to, exactly, and everything else in the order in which it was added. */
interface Sum {
  readonly integers: bigint
  readonly others: readonly unknown[]
}

/** What a column holds of a value. */
function held(rule: ColumnRule, given: unknown): unknown {
  if (given === undefined || given === null) return given
  if (rule === 'merge') return jsonOf(given)
  const plain = isInteger(given) ? BigInt(given) : given
  if (rule !== 'add') return plain
  return typeof plain === 'bigint' ? { integers: plain, others: [] } : { integers: 0n, others: [plain] }
}

function changed(rule: ColumnRule, stored: unknown, given: unknown): unknown {
  switch (rule) {
    case 'keep':
      return stored
    case 'overwrite':
      return given
    case 'coalesce':
      return given === null ? stored : given
    default:
      if (given === null) return stored
      if (stored === null) return given
  }
  if (rule === 'max') return order(given, stored) > 0 ? given : stored
  if (rule === 'min') return order(given, stored) < 0 ? given : stored
  if (rule === 'merge')
    return areObjects(stored, given)
      ? { json: Object.fromEntries([...entries(stored), ...entries(given)]) }
      : given
  const [one, other] = [stored as Sum, given as Sum]
  return { integers: one.integers + other.integers, others: [...one.others, ...other.others] }
}

function isInteger(given: unknown): given is number | bigint {
  return typeof given === 'bigint' || Number.isInteger(given)
}

/** A document as JSON text and back; one that JSON cannot hold is itself, and no object. */
function jsonOf(given: unknown): unknown {
  const encoded = JSON.stringify(given, (_, nested: unknown) =>
    typeof nested === 'bigint' ? `${nested}n` : nested,
  ) as string | undefined
  return encoded === undefined ? [given] : { json: JSON.parse(encoded) as unknown }
}

function areObjects(...documents: readonly unknown[]): boolean {
  return documents.every((one) => {
    const { json: content } = one as { readonly json?: unknown }
    return typeof content === 'object' && content !== null && !Array.isArray(content)
  })
}

function entries(stored: unknown): [string, unknown][] {
  return Object.entries((stored as { readonly json: object }).json)
}

/** Some total order, with a collation that takes B for b. */
function order(one: unknown, other: unknown): number {
  const [left, right] = [comparable(one), comparable(other)]
  if (left.kind !== right.kind) return left.kind - right.kind
  return left.by > right.by ? 1 : left.by < right.by ? -1 : 0
}

function comparable(given: unknown): { readonly kind: number; readonly by: number | bigint | string } {
  if (Number.isNaN(given)) return { kind: 2, by: 0 }
  if (typeof given === 'number' || typeof given === 'bigint') return { kind: 1, by: given }
  if (given instanceof Date) return { kind: 3, by: Number.isNaN(given.getTime()) ? -1 : given.getTime() }
  if (typeof given === 'string') return { kind: 4, by: given.toLowerCase() }
  return { kind: 5, by: JSON.stringify(given) }
}
