import type { WeightedValues } from '../observe/observer.ts'
import { chunkRows, type Segment } from './segment.ts'

/** Rows of a chunk that were written together: how long they took, and how many they are. */
export interface WrittenChunk {
  readonly latency: number
  readonly rows: number
}

/** How long the committed rows of a batch took from their acceptance on, by chunk. Worked out when somebody asks: most who
 * hear of a batch do not. It holds no rows. */
export class CommitLatencies implements WeightedValues {
  readonly #stamps: readonly number[]
  readonly #rows: number
  readonly #writtenAt: number
  readonly #parts: readonly WrittenChunk[] | undefined
  #values: Float64Array | undefined
  #counts: Float64Array | undefined

  /** `written`: when all rows were written at once, else the chunks that were. */
  constructor({ stamps, rows }: Segment, written: number | readonly WrittenChunk[]) {
    this.#stamps = stamps
    this.#rows = rows.length
    this.#writtenAt = typeof written === 'number' ? written : 0
    this.#parts = typeof written === 'number' ? undefined : written
  }

  get values(): Float64Array {
    return (this.#values ??= this.#made(
      (entry) => this.#parts?.[entry]?.latency ?? this.#writtenAt - (this.#stamps[entry] as number),
    ))
  }

  get counts(): Float64Array {
    return (this.#counts ??= this.#made(
      (entry) => this.#parts?.[entry]?.rows ?? Math.min(chunkRows, this.#rows - entry * chunkRows),
    ))
  }

  // Float64Array.from, over its iterator, takes ten times as long.
  #made(numberOf: (entry: number) => number): Float64Array {
    const made = new Float64Array(this.#parts?.length ?? this.#stamps.length)
    for (let entry = 0; entry < made.length; entry++) made[entry] = numberOf(entry)
    return made
  }
}
