import type { RowKey, RowSemantics } from './target.ts'

/** Keys and joins run while a batch is cut, where nobody can be told and nothing may fail: a key that cannot be read is
 * none, rows that cannot be joined are written one after the other. */
export function containedSemantics(
  semantics: RowSemantics<unknown>,
  onFault: () => void,
): RowSemantics<unknown> {
  const { key, coalesce } = semantics
  if (key === undefined) return semantics
  return {
    ...semantics,
    key: (snapshot): RowKey => {
      try {
        return key(snapshot)
      } catch {
        onFault()
        return undefined
      }
    },
    ...(coalesce === undefined
      ? {}
      : {
          coalesce: (earlier: unknown, later: unknown): unknown => {
            try {
              return coalesce(earlier, later)
            } catch {
              onFault()
              return undefined
            }
          },
        }),
  }
}
