import { type BatchFlow, type BatchFlowOptions, createBatchFlow, type DeadLetter } from '@batchflow/core'
import type { RedisDriver, RedisTarget } from '@batchflow/redis'

type FlowSettings = Pick<
  Partial<BatchFlowOptions<RedisTarget>>,
  'flushSize' | 'concurrencyLimit' | 'timeoutMs' | 'bufferSize'
>

/** A flow that tries often and soon, and keeps its dead letters and what its attempts met. */
export function flowOver(
  driver: RedisDriver,
  options: FlowSettings = {},
): {
  readonly flow: BatchFlow<RedisTarget>
  readonly letters: DeadLetter<RedisTarget>[]
  readonly failures: string[]
} {
  const letters: DeadLetter<RedisTarget>[] = []
  const failures: string[] = []
  const flow = createBatchFlow<RedisTarget>({
    driver,
    flushSize: 100,
    flushIntervalMs: 5,
    timeoutMs: 5_000,
    configurationRetryMs: 20,
    closeTimeoutMs: 25_000,
    retry: { maxAttempts: 1_000, backoffMs: 10, maxBackoffMs: 50, maxElapsedMs: 25_000 },
    onDeadLetter: (letter) => void letters.push(letter),
    observers: [{ attemptFailed: ({ failure }) => void failures.push(`${failure.kind} ${failure.reason}`) }],
    ...options,
  })
  return { flow, letters, failures }
}
