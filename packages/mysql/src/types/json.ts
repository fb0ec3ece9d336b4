import { jsonMisfit, jsonText, Refusal } from '@batchflow/sql'
import { textBinding } from './binding.ts'
import { asItIs, type Encoder } from './encoder.ts'

const rule = 'what JSON can hold without a change, at any depth'

/** A string is a JSON string: text that is JSON already would be ambiguous, so it has to be parsed first. */
export const json: Encoder = { encode, binding: textBinding(encode), orderOf: asItIs }

function encode(value: unknown): string {
  const text = jsonText(value)
  if (text === undefined) throw new Refusal(rule, jsonMisfit(value))
  return text
}
