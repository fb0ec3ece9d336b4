import type fc from 'fast-check'

/** A value for a column, and a literal that PostgreSQL reads as the same under default settings: the oracle. */
export interface TypedValue {
  readonly value: unknown
  readonly literal: string
}

/** Values of a type, by its name. */
export type TypedValues = readonly (readonly [type: string, values: fc.Arbitrary<TypedValue>])[]

export function as<T>(values: fc.Arbitrary<T>, literalOf: (value: T) => string): fc.Arbitrary<TypedValue> {
  return values.map((value) => ({ value, literal: literalOf(value) }))
}

/** Strings that are sent as they are. */
export function itself(texts: fc.Arbitrary<string>): fc.Arbitrary<TypedValue> {
  return as(texts, (text) => text)
}
