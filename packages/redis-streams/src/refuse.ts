import { BatchFlowError, describeValue } from '@batchflow/core'

/** @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` */
export function refuse(option: string, rule: string, got: unknown): never {
  throw new BatchFlowError('BATCHFLOW_INVALID_OPTION', `${option} must be ${rule}, got ${describeValue(got)}`)
}

/** A misspelt option must not be passed over in silence. */
export function checkNames(options: object, names: readonly string[]): void {
  if (typeof options !== 'object' || options === null) refuse('options', 'an object', options)
  for (const name of Object.keys(options))
    if (!names.includes(name))
      throw new BatchFlowError('BATCHFLOW_INVALID_OPTION', `${name} is not an option`)
}

/** A whole number from `min` to `max`. */
export function checkInteger(
  option: string,
  value: unknown,
  { min, max = 2 ** 31 - 1 }: { readonly min: number; readonly max?: number },
): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max)
    refuse(option, `an integer from ${min} to ${max}`, value)
  return value
}

/** A name that becomes part of keys: braces would decide on the hash slot. */
export function checkName(option: string, value: unknown): string {
  if (typeof value !== 'string' || value === '' || /[{}\s]/.test(value))
    refuse(option, 'a text without braces and white space', value)
  return value
}
