import { BatchFlowError } from '@batchflow/core'

/** The error for an option that breaks its rule. `got` is what stands in the message: `describeValue` of the value, or
 * words of our own. */
export function invalidOption(
  option: string,
  rule: string,
  got: string,
  options?: ErrorOptions,
): BatchFlowError {
  return new BatchFlowError('BATCHFLOW_INVALID_OPTION', `${option} must be ${rule}, got ${got}`, options)
}
