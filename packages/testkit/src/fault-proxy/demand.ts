import { BatchFlowError } from '@batchflow/core'

/** Refuses an argument that breaks its rule.
 * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` with the rule and the value as its message */
export function demand(isMet: boolean, rule: string): void {
  if (!isMet) throw new BatchFlowError('BATCHFLOW_INVALID_OPTION', rule)
}
