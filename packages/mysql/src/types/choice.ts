import { refuse } from '@batchflow/sql'
import { textBinding } from './binding.ts'
import { asItIs, type Encoder } from './encoder.ts'

/** ENUM: one of its labels, letter by letter. Of other texts the server would take a number for a place in the list. */
export function enumOf(declared: string): Encoder {
  const labels = new Set<unknown>(labelsOf(declared))
  const rule = `one of the enum's ${labels.size} labels`
  const encode = (value: unknown): string => (labels.has(value) ? (value as string) : refuse(rule, value))
  return { encode, binding: textBinding(encode), orderOf: asItIs }
}

/** SET: some of its labels, as an array or as one text with commas. */
export function setOf(declared: string): Encoder {
  const labels = new Set<unknown>(labelsOf(declared))
  const rule = `some of the set's ${labels.size} labels, as an array or as a string with commas`
  const encode = (value: unknown): string => {
    const members: unknown = typeof value === 'string' ? (value === '' ? [] : value.split(',')) : value
    if (!Array.isArray(members) || !members.every((member) => labels.has(member))) return refuse(rule, value)
    return members.join(',')
  }
  return { encode, binding: textBinding(encode), orderOf: asItIs }
}

/** The labels of `enum('a','it''s')`. */
function labelsOf(declared: string): readonly string[] {
  return [...declared.matchAll(/'((?:[^']|'')*)'/g)].map(([, label = '']) => label.replaceAll("''", "'"))
}
