import type {
  Batch,
  Driver,
  DriverCapabilities,
  Failure,
  RowOutcome,
  Target,
  WriteContext,
} from '@batchflow/core'
import { ClassifiedError } from './classified-error.ts'

/** A call of `write`, in the hands of the test. */
export interface MemoryWrite {
  readonly batch: Batch<Target>
  readonly context: WriteContext
  /** Keeps the rows and answers that all are written. */
  commit(): void
  /** Keeps the rows whose outcome is `written`, and answers. */
  answer(outcomes: readonly RowOutcome[]): void
  /** Keeps nothing and rejects. */
  fail(error: unknown): void
  /** Keeps the rows and rejects: the answer was lost. */
  commitAndFail(error: unknown): void
}

/** Options of {@link MemoryDriver}. */
export interface MemoryDriverOptions {
  readonly capabilities?: DriverCapabilities
  /** Answers every write as it comes. Left out: `commit`. With `'hold'` writes stay in `held` until the test acts. */
  readonly onWrite?: ((write: MemoryWrite) => void) | 'hold'
  readonly prepare?: (target: Target) => Promise<void>
}

/** A driver that keeps rows in memory and lets a test decide what happens to each batch. */
export class MemoryDriver implements Driver {
  readonly name = 'memory'
  readonly capabilities: DriverCapabilities
  /** Every write so far, in order. */
  readonly writes: MemoryWrite[] = []
  /** Writes that nobody has answered. */
  readonly held: Set<MemoryWrite> = new Set()
  closed = 0
  readonly #rows = new Map<string, unknown[]>()
  readonly #options: MemoryDriverOptions
  prepare?(target: Target): Promise<void>

  constructor(options: MemoryDriverOptions = {}) {
    this.#options = options
    this.capabilities = options.capabilities ?? {}
    const { prepare } = options
    if (prepare !== undefined) this.prepare = async (target) => await prepare(target)
  }

  /** Rows kept for a target, in the order in which they were committed. */
  rowsOf(name: string): readonly unknown[] {
    return this.#rows.get(name) ?? []
  }

  write(batch: Batch<Target>, context: WriteContext): Promise<void | readonly RowOutcome[]> {
    return new Promise((resolve, reject) => {
      const keep = (rows: readonly unknown[]) => {
        this.#rows.set(batch.target.name, [...this.rowsOf(batch.target.name), ...rows])
      }
      const write: MemoryWrite = {
        batch,
        context,
        commit: () => {
          this.held.delete(write)
          keep(batch.rows)
          resolve()
        },
        answer: (outcomes) => {
          this.held.delete(write)
          keep(batch.rows.filter((_, index) => outcomes[index]?.outcome === 'written'))
          resolve(outcomes)
        },
        fail: (error) => {
          this.held.delete(write)
          reject(error)
        },
        commitAndFail: (error) => {
          this.held.delete(write)
          keep(batch.rows)
          reject(error)
        },
      }
      this.writes.push(write)
      this.held.add(write)
      const { onWrite } = this.#options
      if (onWrite === undefined) write.commit()
      else if (onWrite !== 'hold') onWrite(write)
    })
  }

  classify(error: unknown): Failure | undefined {
    return error instanceof ClassifiedError ? error.failure : undefined
  }

  close(): Promise<void> {
    this.closed++
    return Promise.resolve()
  }
}
