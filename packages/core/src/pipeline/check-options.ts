import type { Target } from '../driver/target.ts'
import { BatchFlowError } from '../errors.ts'
import { functionOf, knownKeys, object, refuse } from '../flow/check.ts'
import { defaults } from '../flow/defaults.ts'
import type { BatchFlowOptions } from '../flow/options.ts'
import type { PipelineOptions } from './options.ts'

/** Options that mean the same in a flow. */
const shared = [...Object.keys(defaults), 'classify', 'signal', 'drainGraceMs', 'observers']
const names = [...shared, 'flush', 'onDeadLetter', 'key', 'coalesce', 'sizeOf', 'name']

/** What a pipeline hands on to the flow beneath it. */
export function sharedOptions<Item>(
  options: PipelineOptions<Item>,
): Omit<BatchFlowOptions<Target<Item>>, 'driver' | 'onDeadLetter' | 'deadLetters'> {
  return Object.fromEntries(Object.entries(options).filter(([name]) => shared.includes(name)))
}

/** Checks what a flow does not know of; the flow checks the rest.
 *
 * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` */
export function checkOptions<Item>(options: PipelineOptions<Item>): void {
  knownKeys('', object('options', options), names)
  const { flush, onDeadLetter, key, coalesce, sizeOf, name } = options
  functionOf('flush', flush)
  functionOf('onDeadLetter', onDeadLetter)
  if (key !== undefined) functionOf('key', key)
  if (sizeOf !== undefined) functionOf('sizeOf', sizeOf)
  if (name !== undefined && (typeof name !== 'string' || name === '')) refuse('name', 'a text', name)
  if (coalesce === undefined) return
  if (coalesce !== 'first' && coalesce !== 'last' && typeof coalesce !== 'function')
    refuse('coalesce', "'first' or 'last' or a function", coalesce)
  if (key === undefined) throw new BatchFlowError('BATCHFLOW_INVALID_OPTION', 'coalesce needs key')
}
