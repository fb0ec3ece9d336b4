import type { PlainError } from './protocol.ts'

// For the worker, which does without @batchflow/core: loading it would only delay the first batch.

/** The code of what this driver says itself about options, paths and statements. */
export const invalidOption = 'BATCHFLOW_INVALID_OPTION'

/** An error that the caller's thread turns into a BatchFlowError. The cause travels along. */
export function optionError(message: string, cause?: PlainError): Error {
  return Object.assign(new Error(message, { cause }), { code: invalidOption })
}

/** An error as data that another thread can read. */
export function plainError(error: unknown): PlainError {
  const { name, message, code, cause } = (
    typeof error === 'object' && error !== null ? error : {}
  ) as Partial<PlainError>
  return {
    name: typeof name === 'string' ? name : 'Error',
    message: typeof message === 'string' ? message : String(error),
    ...(typeof code === 'string' && { code }),
    ...(code === invalidOption && cause && { cause: plainError(cause) }),
  }
}
