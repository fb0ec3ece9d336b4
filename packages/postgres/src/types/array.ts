import { refuse, Refusal } from '@batchflow/sql'
import { elementOf, type ElementEncoder } from './array-literal.ts'
import type { ByteWriter } from './byte-writer.ts'
import { byCodeUnit, type ValueEncoder } from './encoder.ts'

/** An array of one dimension from a JavaScript array. null is a NULL; undefined and holes are refused.
 *
 * @param oid type of the elements, as binary arrays carry it. undefined: this array has no binary form here. */
export function arrayOf(element: ValueEncoder & ElementEncoder, oid: number | undefined): ValueEncoder {
  const values = { plain: false, text: (value: unknown) => literalOf(element, value), compare: byCodeUnit }
  const { binary } = element
  if (binary === undefined || oid === undefined) return values
  return { ...values, binary: (value, out) => writeArray({ oid, write: binary }, value, out) }
}

function literalOf(encoder: ElementEncoder, value: unknown): string {
  const elements = checked(value)
  const literals: string[] = []
  try {
    for (const element of elements) literals.push(element === null ? 'NULL' : elementOf(encoder, element))
  } catch (error) {
    throw inArray(error)
  }
  return `{${literals.join(encoder.delimiter)}}`
}

interface BinaryElement {
  readonly oid: number
  readonly write: (value: unknown, out: ByteWriter) => void
}

/** https://doxygen.postgresql.org/arrayfuncs_8c.html, `array_recv` */
function writeArray({ oid, write }: BinaryElement, value: unknown, out: ByteWriter): void {
  const elements = checked(value)
  const start = out.open()
  const dimensions = elements.length === 0 ? 0 : 1
  out.int32(dimensions)
  out.int32(elements.includes(null) ? 1 : 0)
  out.int32(oid)
  if (dimensions === 1) {
    out.int32(elements.length)
    out.int32(1)
  }
  try {
    for (const element of elements) {
      if (element === null) out.int32(-1)
      else write(element, out)
    }
  } catch (error) {
    throw inArray(error)
  }
  out.close(start)
}

function checked(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : refuse('an array', value)
}

function inArray(error: unknown): unknown {
  if (!(error instanceof Refusal)) return error
  return new Refusal(`an array, each element null or ${error.rule}`, `an array with ${error.kind} in it`)
}
