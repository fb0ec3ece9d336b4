import { BatchFlowError } from '@batchflow/core'

type Row = Readonly<Record<string, unknown>>

/** Rows that a column does not take, by place. */
export type Refused = Map<number, BatchFlowError>

/** Some rows of a batch. */
export interface Members {
  readonly rows: readonly Row[]
  readonly indices: readonly number[]
  readonly refused: Refused
}

/** Puts table and column before what the encoder said. */
export function refuse(
  table: string,
  column: string,
  { index, error, refused }: { readonly index: number; readonly error: unknown; readonly refused: Refused },
): void {
  if (!BatchFlowError.is(error)) throw error
  refused.set(
    index,
    new BatchFlowError('BATCHFLOW_INVALID_ROW', `${table}.${column} ${error.message}`, {
      cause: error,
    }),
  )
}
