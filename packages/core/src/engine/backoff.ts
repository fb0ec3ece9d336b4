/** How often and how long a batch is tried again. */
export interface RetryPolicy {
  /** Attempts in all, the first included. */
  readonly maxAttempts: number
  /** Upper bound, in milliseconds, of the pause after the first attempt; it doubles with each further one. */
  readonly backoffMs: number
  /** Upper bound, in milliseconds, of any pause. */
  readonly maxBackoffMs: number
  /** Milliseconds since the first attempt began, after which there is no further one. */
  readonly maxElapsedMs: number
}

/** Pause in milliseconds before the attempt after `attempt` (1 is the first): full jitter, that is a random part of
 * an exponentially growing bound, which spreads the retries of many writers best.
 * Source: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/ */
export function backoffDelay(
  attempt: number,
  policy: Pick<RetryPolicy, 'backoffMs' | 'maxBackoffMs'>,
  random: () => number,
): number {
  // Beyond 2^30 the bound is reached, and far beyond it the power would be infinite.
  const bound = Math.min(policy.maxBackoffMs, policy.backoffMs * 2 ** Math.min(attempt - 1, 30))
  return random() * bound
}
