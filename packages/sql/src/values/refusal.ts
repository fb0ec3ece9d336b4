import { BatchFlowError } from '@batchflow/core'
import { kindOf } from './kind-of.ts'

/** A value that its column cannot take. The message names the rule and the value's kind, never the value. */
export class Refusal extends BatchFlowError {
  readonly rule: string
  readonly kind: string

  constructor(rule: string, kind: string) {
    super('BATCHFLOW_INVALID_ROW', `must be ${rule}, got ${kind}`)
    this.rule = rule
    this.kind = kind
  }
}

/** Throws what a column says to a value of the wrong kind.
 *
 * @throws BatchFlowError `BATCHFLOW_INVALID_ROW` */
export function refuse(rule: string, value: unknown): never {
  throw new Refusal(rule, kindOf(value))
}
