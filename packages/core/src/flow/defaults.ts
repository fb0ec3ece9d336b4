/** Every default of `createBatchFlow`, in one place. */
export const defaults = {
  flushSize: 500,
  flushBytes: 1_048_576,
  flushIntervalMs: 100,
  bufferSize: 10_000,
  bufferBytes: 67_108_864,
  maxRowBytes: 16_777_216,
  maxWaitingSubmits: 10_000,
  overflow: 'wait',
  concurrencyLimit: 4,
  timeoutMs: 10_000,
  closeTimeoutMs: 30_000,
  maxIsolationStatements: 1_024,
  configurationRetryMs: 5_000,
  drainOnAbort: true,
  breaker: { maxFailures: 5, openMs: 500, maxOpenMs: 30_000 },
  retry: { maxAttempts: 5, backoffMs: 20, maxBackoffMs: 2_000, maxElapsedMs: 60_000 },
} as const
