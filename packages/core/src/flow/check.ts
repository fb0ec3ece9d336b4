import { describeValue } from '../describe-value.ts'
import { maxTimerMs } from '../engine/clock.ts'
import { BatchFlowError } from '../errors.ts'

/** @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` */
export function refuse(option: string, rule: string, value: unknown): never {
  throw new BatchFlowError(
    'BATCHFLOW_INVALID_OPTION',
    `${option} must be ${rule}, got ${describeValue(value)}`,
  )
}

/** A whole number within bounds; `maxName` is how the upper bound is called. */
export function integer(
  option: string,
  value: unknown,
  { min, max, maxName }: { readonly min: number; readonly max: number; readonly maxName?: string },
): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max)
    refuse(option, `an integer from ${min} to ${maxName ?? max}`, value)
  return value
}

/** A time in milliseconds. */
export function milliseconds(option: string, value: unknown, min: number): number {
  if (typeof value !== 'number' || !(value >= min && value <= maxTimerMs))
    refuse(option, `a number of milliseconds from ${min} to ${maxTimerMs}`, value)
  return value
}

export function oneOf<const W extends string>(option: string, value: unknown, words: readonly W[]): W {
  const word = words.find((candidate) => candidate === value)
  if (word === undefined) refuse(option, words.map((candidate) => `'${candidate}'`).join(' or '), value)
  return word
}

export function boolean(option: string, value: unknown): boolean {
  if (typeof value !== 'boolean') refuse(option, 'true or false', value)
  return value
}

export function functionOf<F>(option: string, value: F): F {
  if (typeof value !== 'function') refuse(option, 'a function', value)
  return value
}

export function object<O extends object>(option: string, value: O): O {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(option, 'an object', value)
  return value
}

export function array<A extends readonly unknown[]>(option: string, value: A): A {
  if (!Array.isArray(value)) refuse(option, 'an array', value)
  return value
}

export function methodOf(option: string, value: object, name: string): void {
  functionOf(`${option}.${name}`, Reflect.get(object(option, value), name))
}

/** A misspelt option must not be passed over in silence. */
export function knownKeys(where: string, value: object, known: readonly string[]): void {
  for (const key of Object.keys(value))
    if (!known.includes(key))
      throw new BatchFlowError('BATCHFLOW_INVALID_OPTION', `${where}${key} is not an option`)
}
