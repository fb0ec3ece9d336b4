/** How many shards a worker may have, so that all have the same number or one more: the first in order have the more. Who is
 * not among the workers has none. */
export function fairShare(workers: readonly string[], worker: string, shards: number): number {
  const rank = workers.indexOf(worker)
  if (rank === -1) return 0
  return Math.floor(shards / workers.length) + (rank < shards % workers.length ? 1 : 0)
}
