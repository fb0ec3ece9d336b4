import { isSettled } from './answer-claims.ts'
import type { Call } from './calls.ts'
import type { ModelDriver } from './model-driver.ts'
import type { LetterBox } from './letter-box.ts'

/** Rows that were certainly accepted and certainly are not settled: what the flow holds is at least this. */
export class Unsettled {
  readonly #calls = new Set<Call>()
  bytes = 0
  readonly rowsOf: Map<string, number> = new Map()

  add(call: Call): void {
    this.#calls.add(call)
    this.#count(call, 1)
  }

  /** Takes out what has been settled since the last look. */
  look(places: { readonly driver: ModelDriver; readonly letters: LetterBox }): void {
    for (const call of this.#calls) if (isSettled(call, places)) this.#remove(call)
  }

  clear(): void {
    for (const call of this.#calls) this.#remove(call)
  }

  #remove(call: Call): void {
    this.#calls.delete(call)
    this.#count(call, -1)
  }

  #count({ lane, row }: Call, sign: 1 | -1): void {
    const { name } = lane.target
    this.bytes += sign * row.bytes
    this.rowsOf.set(name, (this.rowsOf.get(name) ?? 0) + sign)
  }
}
