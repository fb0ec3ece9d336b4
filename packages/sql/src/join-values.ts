import { types } from 'node:util'
import type { ColumnRule } from './definition.ts'
import { assignOwn } from './generated-code.ts'

/** Joins what two rows have in one column, the later one's value second; both are given, NULL among them.
 * `undefined`: no value stands for both. */
export type JoinValues = (earlier: unknown, later: unknown) => unknown

/** For each rule but `overwrite` and `keep` the value that, written once, leaves what both would have left in their
 * order, whatever is stored. The other half of each rule is its SQL, in `changed-value.ts`. */
export const joinsByRule: Readonly<Record<Exclude<ColumnRule, 'overwrite' | 'keep'>, JoinValues>> = {
  add: (earlier, later) => besideNull(earlier, later, sum),
  max: (earlier, later) => besideNull(earlier, later, larger),
  min: (earlier, later) => besideNull(earlier, later, smaller),
  coalesce: (earlier, later) => later ?? earlier,
  merge: (earlier, later) => besideNull(earlier, later, merged),
}

/** A NULL adds nothing, never wins and has no members: the other value is the result. */
function besideNull(earlier: unknown, later: unknown, join: JoinValues): unknown {
  if (later === null) return earlier
  return earlier === null ? later : join(earlier, later)
}

/** Only integers: a sum of floats depends on the order, and decimal texts are the database's to add. A bigint sum stays
 * within 64 bits, which is where the addends may have had to be. */
function sum(earlier: unknown, later: unknown): unknown {
  if (typeof earlier === 'number' && typeof later === 'number') {
    const total = earlier + later
    const isExact =
      Number.isSafeInteger(earlier) && Number.isSafeInteger(later) && Number.isSafeInteger(total)
    return isExact ? total : undefined
  }
  if (typeof earlier !== 'bigint' || typeof later !== 'bigint') return undefined
  const total = earlier + later
  return BigInt.asIntN(64, total) === total ? total : undefined
}

/** Of equal values the stored one stays, and so the earlier one. */
function larger(earlier: unknown, later: unknown): unknown {
  const laterWins = isAbove(later, earlier)
  return laterWins === undefined ? undefined : laterWins ? later : earlier
}

function smaller(earlier: unknown, later: unknown): unknown {
  const laterWins = isAbove(earlier, later)
  return laterWins === undefined ? undefined : laterWins ? later : earlier
}

/** Exact, also between a number and a bigint. `undefined` where the database's order is not known: that of texts is a
 * matter of collation. */
function isAbove(one: unknown, other: unknown): boolean | undefined {
  const areDates = types.isDate(one) && types.isDate(other)
  const left = areDates ? one.getTime() : one
  const right = areDates ? other.getTime() : other
  return isNumber(left) && isNumber(right) ? left > right : undefined
}

function isNumber(value: unknown): value is number | bigint {
  return typeof value === 'bigint' || (typeof value === 'number' && !Number.isNaN(value))
}

/** The members of both, at the top level. */
function merged(earlier: unknown, later: unknown): unknown {
  if (!isPlainObject(earlier) || !isPlainObject(later)) return undefined
  const both: Record<string, unknown> = { ...earlier }
  for (const [name, member] of Object.entries(later)) {
    if (member === undefined) continue
    if (!isCertainOfJson(member)) return undefined
    assignOwn(both, name, member)
  }
  return both
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || hasToJson(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** Surely in the JSON that is made of its object. What JSON leaves out (a function, what a `toJSON` answers as undefined)
 * must not replace the earlier row's member. */
function isCertainOfJson(member: unknown): boolean {
  if (typeof member === 'object') return member === null || types.isDate(member) || !hasToJson(member)
  return typeof member !== 'function' && typeof member !== 'symbol'
}

function hasToJson(value: object): boolean {
  return typeof (value as { readonly toJSON?: unknown }).toJSON === 'function'
}
