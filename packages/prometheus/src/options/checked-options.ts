import { BatchFlowError, describeValue } from '@batchflow/core'
import { invalidOption } from './invalid-option.ts'

/** The options as given, when they are an object of known names: a misspelt one must not be passed over in silence.
 * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` */
export function checkedOptions<O extends object>(options: O, names: readonly (keyof O)[]): O {
  if (!isRecord(options)) throw invalidOption('options', 'an object', describeValue(options))
  const known: readonly PropertyKey[] = names
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue
    throw new BatchFlowError('BATCHFLOW_INVALID_OPTION', `${name} is not an option`)
  }
  return options
}

/** True for an object with names, also for one that is typed as something else by a caller without types. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
