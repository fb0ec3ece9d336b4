import type { PartFailure } from '../src/isolate.ts'

/** How a failure names a row: a bad one, one that is not, none, or what is no index. */
export type Naming = 'right' | 'wrong' | 'none' | 'nonsense'

/** Rows and what is wrong with them. */
export interface World {
  readonly rows: number
  readonly bad?: readonly number[]
  /** Values of a unique column by row; undefined: NULL. */
  readonly unique?: readonly (number | undefined)[]
  /** Two rows that no statement may hold together. */
  readonly apart?: readonly [number, number]
  /** The most rows of a statement. */
  readonly maxRows?: number
  readonly names?: Naming | ((indices: readonly number[], statements: number) => Naming)
}

/** All rows of a batch. */
export function rowsOf({ rows }: { readonly rows: number }): number[] {
  return Array.from({ length: rows }, (_, index) => index)
}

/** A server's transaction in which each write stands behind a savepoint. */
export class Transaction {
  statements = 0
  /** Ranges of the rows that were written together, the failed ones with a mark. */
  readonly log: string[] = []
  readonly #world: World
  readonly #written = new Set<number>()
  readonly #causes = new Map<string, Error>()

  constructor(world: World) {
    this.#world = world
  }

  /** Ascending. */
  get written(): readonly number[] {
    return [...this.#written].toSorted((one, other) => one - other)
  }

  /** The error of the last failed write of these rows. */
  causeOf(indices: readonly number[]): Error | undefined {
    return this.#causes.get(indices.join())
  }

  readonly write = async (indices: readonly number[]): Promise<PartFailure | undefined> => {
    await Promise.resolve()
    this.statements++
    this.#check(indices)
    const { maxRows = Infinity } = this.#world
    const faulty = this.#faultyAmong(indices)
    const range = indices.length === 1 ? `${indices[0]}` : `${indices[0]}-${indices.at(-1)}`
    if (faulty.length === 0 && indices.length <= maxRows) {
      for (const index of indices) this.#written.add(index)
      this.log.push(range)
      return undefined
    }
    this.log.push(`!${range}`)
    const cause = new Error(`statement ${this.statements}`)
    this.#causes.set(indices.join(), cause)
    const row = this.#named(indices, faulty)
    if (indices.length > maxRows) return { failure: { kind: 'split', reason: 'too_large', ...row }, cause }
    return { failure: { kind: 'poison', reason: 'constraint', ...row }, cause }
  }

  #check(indices: readonly number[]): void {
    for (const [place, index] of indices.entries()) {
      if (this.#written.has(index)) throw new Error(`row ${index} is written twice`)
      if (place > 0 && (indices[place - 1] ?? index) >= index) throw new Error('the rows do not ascend')
    }
    if (indices.length === 0) throw new Error('there is no row')
  }

  #faultyAmong(indices: readonly number[]): number[] {
    const { bad = [], unique = [], apart = [-1, -1] } = this.#world
    const taken = new Set([...this.#written].map((index) => unique[index]))
    const together = apart[0] !== apart[1] && apart.every((index) => indices.includes(index))
    return indices.filter((index) => {
      const value = unique[index]
      const isTaken = value !== undefined && taken.has(value)
      taken.add(value)
      return isTaken || bad.includes(index) || (together && index === apart[1])
    })
  }

  #named(indices: readonly number[], faulty: readonly number[]): { readonly row?: number } {
    const { names = 'none' } = this.#world
    const naming = typeof names === 'string' ? names : names(indices, this.statements)
    if (naming === 'nonsense') return { row: [indices.length, -1, 0.5][this.statements % 3] ?? 0 }
    const candidates = indices.filter((index) => faulty.includes(index) === (naming === 'right'))
    const index = candidates[this.statements % Math.max(1, candidates.length)]
    return naming === 'none' || index === undefined ? {} : { row: indices.indexOf(index) }
  }
}
