import { BatchFlowError, describeValue } from '@batchflow/core'
import type { MetricsReporter } from './metrics-reporter.ts'

/** Options that are an object of known names: a misspelt one must not be passed over in silence.
 * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` */
export function checkOptions<O extends object>(options: O, names: readonly (keyof O)[]): void {
  if (!isObject(options)) throw invalidOption('options', 'an object', options)
  const known: readonly PropertyKey[] = names
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue
    throw new BatchFlowError('BATCHFLOW_INVALID_OPTION', `${name} is not an option`)
  }
}

/** A name that becomes the value of a label.
 * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` */
export function checkName(option: string, value: unknown): void {
  if (typeof value !== 'string' || value === '') throw invalidOption(option, 'a non-empty string', value)
}

/** @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` */
export function checkBoolean(option: string, value: unknown): void {
  if (typeof value !== 'boolean') throw invalidOption(option, 'true or false', value)
}

/** @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` */
export function checkFunction(option: string, value: unknown): void {
  if (typeof value !== 'function') throw invalidOption(option, 'a function', value)
}

/** @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` */
export function checkLabels(option: string, labels: unknown): void {
  if (!isObject(labels)) throw invalidOption(option, 'an object of strings', labels)
  for (const [name, value] of Object.entries(labels)) checkName(`${option}.${name}`, value)
}

/** @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` */
export function checkTargets(option: string, targets: unknown): void {
  if (!Array.isArray(targets)) throw invalidOption(option, 'an array of targets', targets)
  for (const [index, target] of targets.entries()) {
    if (!isObject(target)) throw invalidOption(`${option}[${index}]`, 'a target', target)
    checkName(`${option}[${index}].name`, Reflect.get(target, 'name'))
  }
}

/** A pool that gives connections by one of these methods.
 * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` */
export function checkPool(option: string, pool: unknown, methods: readonly PropertyKey[]): void {
  const gives = isObject(pool) && methods.some((method) => typeof Reflect.get(pool, method) === 'function')
  if (!gives) throw invalidOption(option, `a pool with ${methods.join(', ')} or the like`, pool)
}

/** A number from `min` on.
 * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` */
export function checkNumber(option: string, value: unknown, min: number): void {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < min)
    throw invalidOption(option, `a number from ${min} on`, value)
}

const reporterMethods: readonly (keyof MetricsReporter)[] = ['counter', 'histogram', 'gauge']

/** What is first used when a flow opens, and missed then, is missed here.
 * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` */
export function checkReporter(option: string, reporter: unknown): void {
  if (!isObject(reporter)) throw invalidOption(option, 'a MetricsReporter', reporter)
  for (const name of reporterMethods) {
    const method: unknown = Reflect.get(reporter, name)
    if (typeof method !== 'function') throw invalidOption(`${option}.${name}`, 'a function', method)
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function invalidOption(option: string, rule: string, value: unknown): BatchFlowError {
  return new BatchFlowError(
    'BATCHFLOW_INVALID_OPTION',
    `${option} must be ${rule}, got ${describeValue(value)}`,
  )
}
