import type { Encoder } from './types/index.ts'

/** A column that is written: its name, and how its values are encoded. */
export interface PlannedColumn {
  readonly name: string
  readonly encoder: Encoder
  /** OID of the type that the column was declared with when it was looked at. */
  readonly declaredType: number
  /** OID of the type, where its arrays are sent in binary form. */
  readonly binaryElement?: number
}
