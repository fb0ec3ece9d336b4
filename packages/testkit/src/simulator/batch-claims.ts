import type { OnBroken } from './commit-log.ts'
import type { ModelAttempt } from './model-attempt.ts'
import type { ModelLane } from './model-lane.ts'
import type { Temperament } from './temperament.ts'

/** What has to hold of every batch that comes to the driver. */
export class BatchClaims {
  /** Batches whose outcome nobody knows, by row: until one comes again, they are not split. */
  readonly #unresolved = new Map<number, ModelAttempt>()
  /** Keys of the batches that are being written, by target. */
  readonly #keysOut = new Map<string, Map<number, ModelAttempt>>()
  readonly #capabilities: Temperament['capabilities']
  readonly #onBroken: OnBroken

  constructor(capabilities: Temperament['capabilities'], onBroken: OnBroken) {
    this.#capabilities = capabilities
    this.#onBroken = onBroken
  }

  /** The outcome of an attempt is unknown. */
  leaveOpen(attempt: ModelAttempt): void {
    for (const { id } of attempt.batch.rows) this.#unresolved.set(id, attempt)
  }

  /** The driver says, perhaps too late, what became of an attempt. */
  resolve(attempt: ModelAttempt): void {
    for (const { id } of attempt.batch.rows)
      if (this.#unresolved.get(id) === attempt) this.#unresolved.delete(id)
  }

  check(attempt: ModelAttempt, lane: ModelLane): void {
    const { rows, id: batchId } = attempt.batch
    const { name } = lane.target
    const { maxRowsPerBatch = Number.POSITIVE_INFINITY, repeatedKeys = false } = this.#capabilities
    if (rows.length === 0 || rows.length > maxRowsPerBatch)
      this.#onBroken('a batch has from 1 to maxRowsPerBatch rows', `${rows.length} of ${name}`)
    const keysOut = this.#keysOutOf(name)
    const keys = new Set<number>()
    let last = -1
    for (const { id, key } of rows) {
      const open = this.#unresolved.get(id)
      this.#unresolved.delete(id)
      if (open !== undefined && (open.batch.id !== batchId || open.batch.rows.length !== rows.length))
        this.#onBroken('a batch of unknown outcome is repeated as it was', `${rows.length} rows of ${name}`)
      if (!lane.keyed && id < last)
        this.#onBroken('rows stand in a batch in the order of submission', `${id} after ${last} of ${name}`)
      last = id
      if (!lane.keyed || key === null) continue
      if (!repeatedKeys && keys.has(key))
        this.#onBroken('a key stands in a batch once', `key ${key} of ${name}, ${lane.kind}`)
      keys.add(key)
      if (keysOut.get(key)?.open === true && keysOut.get(key) !== attempt)
        this.#onBroken('a key is in one batch at a time', `key ${key} of ${name}`)
      keysOut.set(key, attempt)
    }
  }

  #keysOutOf(name: string): Map<number, ModelAttempt> {
    let keys = this.#keysOut.get(name)
    if (keys === undefined) this.#keysOut.set(name, (keys = new Map<number, ModelAttempt>()))
    return keys
  }
}
