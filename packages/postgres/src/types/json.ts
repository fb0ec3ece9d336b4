import { jsonMisfit, jsonText, kindOf, Refusal } from '@batchflow/sql'
import { byCodeUnit, type ValueEncoder } from './encoder.ts'

const rule = 'what JSON can hold without a change, at any depth'

/** A string is a JSON string: text that is JSON already would be ambiguous, so it has to be parsed first. */
export const json: ValueEncoder = {
  plain: false,
  text: checked,
  binary: (value, out) => out.utf8(checked(value)),
  compare: byCodeUnit,
}

const jsonbVersion = 1

export const jsonb: ValueEncoder = {
  plain: false,
  text: checkedJsonb,
  binary(value, out) {
    const text = checkedJsonb(value)
    const start = out.open()
    out.int8(jsonbVersion)
    out.characters(text)
    out.close(start)
  },
  compare: byCodeUnit,
}

function checked(value: unknown): string {
  return jsonText(value) ?? refuseJson(value)
}

/** jsonb stores characters, json the escapes that stand for them. JSON.stringify writes a NUL and half a character as an
 * escape in lower case, and a backslash as two. */
const impossible = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/

function checkedJsonb(value: unknown): string {
  const text = checked(value)
  if (text.includes('\\u') && impossible.test(text))
    throw new Refusal(`${rule}, without NUL or lone surrogates`, kindWithCharacter(value))
  return text
}

function refuseJson(value: unknown): never {
  throw new Refusal(rule, jsonMisfit(value))
}

function kindWithCharacter(value: unknown): string {
  return typeof value === 'string' ? kindOf(value) : `${kindOf(value)} with NUL or a lone surrogate in it`
}
