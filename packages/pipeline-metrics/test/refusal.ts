import { BatchFlowError } from '@batchflow/core'

/** What is said when `run` is refused for an option, or `'accepted'`. */
export function refusal(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (BatchFlowError.is(error) && error.code === 'BATCHFLOW_INVALID_OPTION') return error.message
    throw error
  }
  return 'accepted'
}
