import type { Clock, DeadLetter, Target } from '@batchflow/core'
import type { OnBroken } from './commit-log.ts'
import type { ModelRow } from './model-row.ts'
import type { Random } from './random.ts'

/** What the letter about a row said. */
export interface TakenLetter {
  readonly target: string
  readonly row: ModelRow
  /** An attempt at it may have been committed. */
  readonly ambiguous: boolean
}

export interface LetterBoxOptions {
  readonly random: Random
  readonly clock: Clock
  /** Probability that a letter is refused. */
  readonly fails: number
  /** Names of targets whose rows are never joined: a letter about one row is about no other. */
  readonly apart: ReadonlySet<string>
  /** The flow has given up: nobody waits for a letter any more. */
  readonly isOver: () => boolean
  readonly onBroken: OnBroken
}

/** A dead-letter handler that fails at times, and remembers what it took. */
export class LetterBox {
  readonly taken: Map<number, TakenLetter> = new Map()
  closed = 0
  readonly #options: LetterBoxOptions
  #healed = false

  constructor(options: LetterBoxOptions) {
    this.#options = options
  }

  /** From now on it takes every letter. */
  heal(): void {
    this.#healed = true
  }

  sicken(): void {
    this.#healed = false
  }

  async write(letter: DeadLetter<Target<ModelRow>>): Promise<void> {
    const { random, clock, fails, isOver } = this.#options
    if (!this.#healed && random.chance(0.3))
      await new Promise<void>((resolve) => clock.setTimeout(resolve, random.integer(0, 300)))
    if (!this.#healed && random.chance(fails)) throw new Error('the letter box is full')
    if (!isOver()) this.#take(letter)
  }

  close(): Promise<void> {
    this.closed++
    return Promise.resolve()
  }

  #take({ target, rows, error, isolated }: DeadLetter<Target<ModelRow>>): void {
    const { onBroken, apart } = this.#options
    const { kind, reason } = error.failure
    if (rows.length === 0) onBroken('a letter has rows', target.name)
    for (const row of rows) {
      if (this.taken.has(row.id)) onBroken('a row is dead-lettered once', `row ${row.id} of ${target.name}`)
      this.taken.set(row.id, { target: target.name, row, ambiguous: kind === 'ambiguous' })
    }
    const good = rows.find(({ bad }) => !bad)
    const blamed = isolated && kind === 'poison' && reason === 'constraint' && apart.has(target.name)
    if (blamed && good !== undefined)
      onBroken('one bad row does not take its batch with it', `row ${good.id} of ${target.name}`)
  }
}
