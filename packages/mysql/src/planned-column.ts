import type { Encoder } from './types/index.ts'

/** A column that is written: its name, and how its values are encoded. */
export interface PlannedColumn {
  readonly name: string
  readonly encoder: Encoder
}
