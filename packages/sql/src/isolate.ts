import type { Failure } from '@batchflow/core'

/** Why some rows were not written. */
export interface PartFailure {
  /** `row`: the 0-based index within the rows that were tried, when the server named one. */
  readonly failure: Failure
  /** The client's own error. */
  readonly cause: unknown
}

/** What {@link isolate} works on. */
export interface IsolateOptions {
  /** Rows of the batch that failed as a whole, at least 1. No two of them have the same key: they are not always written
   * in their order. */
  readonly rows: number
  /** How the whole batch failed. */
  readonly first: PartFailure
  /** The most calls of `write`, from 0. */
  readonly maxStatements: number
  /** Writes the rows at these 0-based indices of the batch (ascending, at least one) behind a savepoint. `undefined`: they
   * are written; else nothing of them is. What it throws ends the search. */
  readonly write: (indices: readonly number[]) => Promise<PartFailure | undefined>
}

/** Writes what can be written of a batch that failed as a whole, and answers the rows that cannot, by their index in the
 * batch, ascending. A row is lost only when it failed on its own, under that failure, or when `maxStatements` are spent:
 * then whatever is not yet written is lost as `poison`, `non_retryable`, with the first cause.
 *
 * Counting the first write of the whole batch, k bad rows among n (a power of two) take at most k·(2·log2(n) + 1) writes
 * and never more than 2n - 1; 2k + 1 when the server names each. It is the same search for the same answers.
 *
 * Failures of kind `poison` and `split` are searched. Any other (the connection, a deadlock) concerns the batch.
 *
 * @throws the cause of a failure of another kind, and whatever `write` throws: roll the transaction back
 * @example
 * ```ts
 * const lost = await isolate({
 *   rows: rows.length,
 *   first: { failure: classify(error), cause: error },
 *   maxStatements: context.maxIsolationStatements ?? 1_024,
 *   write: async (indices) => {
 *     await client.query('savepoint part')
 *     try {
 *       await client.query(statementFor(indices.map((index) => rows[index])))
 *       return undefined
 *     } catch (cause) {
 *       await client.query('rollback to savepoint part')
 *       return { failure: classify(cause), cause }
 *     }
 *   },
 * })
 * ``` */
export async function isolate(options: IsolateOptions): Promise<ReadonlyMap<number, PartFailure>> {
  const search = new Search(options)
  await search.run()
  return new Map([...search.lost].sort(([one], [other]) => one - other))
}

/** Rows that are to be written. */
interface Part {
  readonly indices: readonly number[]
  /** How they failed, or are taken to fail; `undefined`: not known. */
  readonly failure: PartFailure | undefined
}

/** The search through one batch: parts that failed are taken apart, the leftmost first.
 *
 * A part of more than one row is divided when it failed, and also when the part that it is the right half of failed and
 * the left half is written: then it would most likely fail as a whole, so that write is saved. If it was the two together
 * that failed, its halves are written all the same. */
class Search {
  readonly lost = new Map<number, PartFailure>()
  readonly #options: IsolateOptions
  /** What is left of a search that may cost no more. */
  readonly #unsearched: PartFailure
  #writes = 0
  /** 1, and 1 for every named row that was bad, less 1 for every one that was not while the others failed without it.
   * While it is above 0 names are followed: each wrong one costs two writes, and at most one more is wrong than right. */
  #trust = 1

  constructor(options: IsolateOptions) {
    this.#options = options
    this.#unsearched = {
      failure: { kind: 'poison', reason: 'non_retryable' },
      cause: options.first.cause,
    }
  }

  async run(): Promise<void> {
    const { rows, first } = this.#options
    const parts: Part[] = [
      { indices: Array.from({ length: rows }, (_, index) => index), failure: searched(first) },
    ]
    for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
      const { indices } = part
      const failure = part.failure ?? (await this.#write(indices))
      if (failure === undefined) continue
      if (indices.length === 1 || failure === this.#unsearched) this.#lose(indices, failure)
      else parts.push(...(await this.#takeApart(indices, failure)))
    }
  }

  /** Answers what is left to do, the first at the end. */
  async #takeApart(indices: readonly number[], failure: PartFailure): Promise<readonly Part[]> {
    const named = this.#trust > 0 ? rowNamedBy(failure, indices.length) : undefined
    return named === undefined ? await this.#halve(indices, failure) : await this.#pick(indices, named)
  }

  async #halve(indices: readonly number[], failure: PartFailure): Promise<readonly Part[]> {
    const middle = Math.ceil(indices.length / 2)
    const left = indices.slice(0, middle)
    const right = indices.slice(middle)
    const leftFailure = await this.#write(left)
    if (leftFailure !== undefined)
      return [
        { indices: right, failure: undefined },
        { indices: left, failure: leftFailure },
      ]
    // A row is only lost by its own failure, and a batch that is too large says nothing about its halves.
    const isSuspect = right.length > 1 && failure.failure.kind === 'poison'
    return [{ indices: right, failure: isSuspect ? failure : undefined }]
  }

  /** Writes all but the row that the server named, then that row, which shows whether it was named rightly. */
  async #pick(indices: readonly number[], named: number): Promise<readonly Part[]> {
    const one = indices.slice(named, named + 1)
    const others = indices.toSpliced(named, 1)
    const othersFailure = await this.#write(others)
    const failure = await this.#write(one)
    if (failure !== undefined) {
      this.#trust++
      this.#lose(one, failure)
    } else if (othersFailure !== undefined) this.#trust--
    return othersFailure === undefined ? [] : [{ indices: others, failure: othersFailure }]
  }

  async #write(indices: readonly number[]): Promise<PartFailure | undefined> {
    if (this.#writes >= this.#options.maxStatements) return this.#unsearched
    this.#writes++
    const failure = await this.#options.write(indices)
    return failure && searched(failure)
  }

  #lose(indices: readonly number[], failure: PartFailure): void {
    for (const index of indices) this.lost.set(index, withoutRow(failure))
  }
}

/** Only these failures are those of rows. */
function searched(part: PartFailure): PartFailure {
  if (part.failure.kind !== 'poison' && part.failure.kind !== 'split') throw part.cause
  return part
}

function rowNamedBy({ failure: { kind, row } }: PartFailure, rows: number): number | undefined {
  return kind === 'poison' && row !== undefined && row >= 0 && row < rows ? row : undefined
}

/** The index is that within a part, of which nobody knows afterwards. */
function withoutRow({ failure, cause }: PartFailure): PartFailure {
  if (failure.row === undefined) return { failure, cause }
  const { row: _, ...rest } = failure
  return { failure: rest, cause }
}
