/** What a row says when it is submitted. The simulator changes it right afterwards: the flow has its own copy. */
export const untouched = 'as submitted'

/** A row of a simulation. */
export interface ModelRow {
  /** Its number in order of submission, and its identity. */
  readonly id: number
  /** The conflict key; null is a NULL in it: such a row is never the same as another. */
  readonly key: number | null
  readonly bytes: number
  /** The database refuses it, always. */
  readonly bad: boolean
  /** The rows that it holds after a merge, its own number among them. */
  readonly ids: readonly number[]
  text: string
}
