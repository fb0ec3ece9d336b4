/** Window in which robots count their messages. */
export const windowMs = 60_000

/** When the messages of one robot may leave. Half of the limit may leave at once; the other half is spread over the
 * minute, so that a storm that uses up the first half waits seconds for the next message and not a minute.
 *
 * The limit holds in every minute of the robot's own counting, however long requests are on their way: a message counts
 * from the moment it leaves until a minute after its answer came, and the robot counted it somewhere in between. At most
 * the first half is there when pacing begins, and in a minute pacing adds no more than the second. */
export class RateBudget {
  readonly #burst: number
  /** Milliseconds from the last answer to the next message, once the burst is used up. */
  readonly paceMs: number
  /** When the requests of the last minute ended, in order. */
  #ended: number[] = []
  #underway = 0

  constructor(messagesPerMinute: number) {
    this.#burst = Math.ceil(messagesPerMinute / 2)
    this.paceMs = windowMs / Math.max(1, messagesPerMinute - this.#burst)
  }

  /** How many messages may leave now, one after the other. */
  free(now: number): number {
    const used = this.#used(now)
    if (used < this.#burst) return this.#burst - used
    return this.#underway === 0 && this.nextAt(now) <= now ? 1 : 0
  }

  /** When the next message may leave, as long as none is under way. */
  nextAt(now: number): number {
    const used = this.#used(now)
    if (used < this.#burst) return now
    return Math.max(now, (this.#ended.at(-1) ?? -Infinity) + this.paceMs)
  }

  /** A message leaves. */
  begin(): void {
    this.#underway++
  }

  /** Its answer came, or never will. */
  end(now: number): void {
    this.#underway--
    this.#ended.push(now)
  }

  #used(now: number): number {
    const first = this.#ended.findIndex((end) => end > now - windowMs)
    this.#ended = first === -1 ? [] : this.#ended.slice(first)
    return this.#ended.length + this.#underway
  }
}
