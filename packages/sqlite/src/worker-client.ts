import { BatchFlowError, onceAborted, type PoolStats, type WriteContext } from '@batchflow/core'
import { Worker } from 'node:worker_threads'
import { driverError, SqliteDriverError } from './driver-error.ts'
import {
  attemptAborted,
  type EncodedRows,
  type Reply,
  type Request,
  type RowFailure,
  type Work,
  workerLost,
  type WorkerSettings,
} from './protocol.ts'

/** Batches posted to the worker at once: one is being written while the next one is on its way. */
export const maxBatchesInFlight = 2

interface Pending {
  resolve(value: unknown): void
  reject(error: unknown): void
}

interface WaitingWrite extends Pending {
  readonly rows: EncodedRows
  /** Listens to the attempt no longer. */
  readonly stop: () => void
  /** Undefined until posted. */
  slot: number | undefined
}

/** The caller's side of the worker: sends it work in order, at most two batches at once, and gives out its answers.
 *
 * - no worker: nothing was asked yet, or the last worker died; the next request starts one
 * - running: `#pending` holds what was posted and not answered, `#waiting` the batches that were not posted yet; the
 *   worker keeps the process alive only while something is pending
 * - lost: the worker of an in-memory database died, and its tables with it; every request fails
 * - closed: from `close()` on; new requests are refused, those before it are carried out first */
export class WorkerClient {
  readonly #settings: WorkerSettings
  readonly #aborts: Int32Array
  readonly #freeSlots: number[] = Array.from({ length: maxBatchesInFlight }, (_, slot) => slot)
  readonly #waiting: WaitingWrite[] = []
  readonly #pending = new Map<number, Pending>()
  #worker: Worker | undefined
  #lastId = 0
  #lost = false
  #closing: Promise<void> | undefined
  #whenIdle: (() => void) | undefined

  constructor(settings: Omit<WorkerSettings, 'aborts'>) {
    this.#aborts = new Int32Array(new SharedArrayBuffer(maxBatchesInFlight * Int32Array.BYTES_PER_ELEMENT))
    this.#settings = { ...settings, aborts: this.#aborts }
  }

  /** Rows that were not written, or undefined when all were. Throws when it is closed. */
  write(
    rows: EncodedRows,
    context: Pick<WriteContext, 'signal'>,
  ): Promise<readonly RowFailure[] | undefined> {
    this.#assertOpen()
    return new Promise((resolve, reject) => {
      const stop = onceAborted(context, () => this.#abort(write))
      if (stop === undefined) {
        reject(abortedError())
        return
      }
      const write: WaitingWrite = {
        rows,
        stop,
        slot: undefined,
        resolve: (value) => {
          this.#release(write)
          resolve(value as readonly RowFailure[] | undefined)
        },
        reject: (error) => {
          this.#release(write)
          reject(error)
        },
      }
      this.#waiting.push(write)
      this.#postWaiting()
    })
  }

  /** Anything but a batch; goes to the worker at once, behind the batches that it has. */
  async call(work: Exclude<Work, { kind: 'write' }>): Promise<unknown> {
    this.#assertOpen()
    return this.#call(work)
  }

  pool(): PoolStats {
    const inFlight = maxBatchesInFlight - this.#freeSlots.length
    return {
      inUse: Math.min(inFlight, 1),
      idle: this.#worker && inFlight === 0 ? 1 : 0,
      pending: this.#waiting.length + Math.max(0, inFlight - 1),
      max: 1,
    }
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  async #close(): Promise<void> {
    if (this.#pending.size > 0 || this.#waiting.length > 0)
      await new Promise<void>((resolve) => {
        this.#whenIdle = resolve
      })
    const worker = this.#worker
    if (!worker) return
    const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
    await this.#call({ kind: 'close' }).catch((error: unknown) => {
      // A worker that died has no database open; anything else is for the caller to know.
      if ((error as SqliteDriverError).code !== workerLost) throw error
    })
    await exited
  }

  #call(work: Work): Promise<unknown> {
    return new Promise<unknown>((resolve, reject) => this.#post(work, { resolve, reject }))
  }

  #assertOpen(): void {
    if (this.#closing) throw new BatchFlowError('BATCHFLOW_CLOSED', 'the sqlite driver is closed')
    if (this.#lost)
      throw new BatchFlowError('BATCHFLOW_CLOSED', 'the in-memory database is gone: its worker has ended')
  }

  #postWaiting(): void {
    for (let slot = this.#freeSlots.at(-1); slot !== undefined; slot = this.#freeSlots.at(-1)) {
      const write = this.#waiting.shift()
      if (!write) return
      this.#freeSlots.pop()
      write.slot = slot
      Atomics.store(this.#aborts, slot, 0)
      this.#post({ kind: 'write', slot, rows: write.rows }, write)
    }
  }

  #post(work: Work, pending: Pending): void {
    const id = ++this.#lastId
    try {
      this.#worker ??= this.#start()
      this.#worker.postMessage({ id, work } satisfies Request)
    } catch (error) {
      // Nothing was posted: a parameter that cannot be copied, or no thread to be had.
      pending.reject(error)
      return
    }
    if (this.#pending.size === 0) this.#worker.ref()
    this.#pending.set(id, pending)
  }

  #start(): Worker {
    const worker = new Worker(new URL('./worker.js', import.meta.url), {
      workerData: this.#settings,
      // A batch is garbage as soon as it is written: a small nursery is emptied often and cheaply, and the process
      // stays some 25 MB smaller. A statement of the largest batch still fits, it goes to the old generation.
      resourceLimits: { maxYoungGenerationSizeMb: 8 },
      name: 'batchflow-sqlite',
    })
    let cause: unknown
    worker.on('message', (reply: Reply) => this.#answered(reply))
    worker.on('error', (error) => {
      cause = error
    })
    worker.on('messageerror', (error) => {
      // An answer that cannot be read is an answer lost. The worker is asked to end, not terminated: better-sqlite3
      // brings the whole process down when a thread is terminated inside a call that fails.
      cause = error
      worker.postMessage({ id: 0, work: { kind: 'close' } } satisfies Request)
    })
    worker.on('exit', () => this.#gone(worker, cause))
    return worker
  }

  #answered({ id, value, error }: Reply): void {
    const pending = this.#pending.get(id)
    if (!pending) return
    this.#pending.delete(id)
    // While closing, the thread's end is awaited too.
    if (this.#pending.size === 0 && !this.#closing) this.#worker?.unref()
    if (error) pending.reject(driverError(error))
    else pending.resolve(value)
    this.#postWaiting()
    this.#announceIdle()
  }

  #gone(worker: Worker, cause: unknown): void {
    if (this.#worker !== worker) return
    this.#worker = undefined
    const isClosing = this.#closing !== undefined
    const orphans = [...this.#pending.values()]
    this.#pending.clear()
    if (this.#settings.file === ':memory:' && !isClosing) this.#lost = true
    for (const pending of orphans) pending.reject(lostError(cause))
    if (this.#settings.file === ':memory:')
      for (const write of this.#waiting.splice(0)) write.reject(lostError(cause))
    this.#postWaiting()
    this.#announceIdle()
  }

  #abort(write: WaitingWrite): void {
    if (write.slot !== undefined) {
      Atomics.store(this.#aborts, write.slot, 1)
      return
    }
    const place = this.#waiting.indexOf(write)
    if (place !== -1) this.#waiting.splice(place, 1)
    write.reject(abortedError())
    this.#announceIdle()
  }

  #release(write: WaitingWrite): void {
    write.stop()
    if (write.slot !== undefined) this.#freeSlots.push(write.slot)
    write.slot = undefined
  }

  #announceIdle(): void {
    if (this.#pending.size === 0 && this.#waiting.length === 0) this.#whenIdle?.()
  }
}

function abortedError(): SqliteDriverError {
  return new SqliteDriverError({
    name: 'Error',
    message: 'the attempt was aborted before it was written',
    code: attemptAborted,
  })
}

function lostError(cause: unknown): SqliteDriverError {
  const error = new SqliteDriverError({
    name: 'Error',
    message: 'the worker that holds the database ended before it answered',
    code: workerLost,
  })
  if (cause !== undefined) error.cause = cause
  return error
}
