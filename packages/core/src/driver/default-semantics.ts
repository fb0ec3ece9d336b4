import { estimateBytes } from './estimate-bytes.ts'
import type { RowSemantics } from './target.ts'

/** How rows of a bare `{ name }` are copied and measured: plain objects and arrays one level deep, anything else is handed
 * on as it is. They have no key. */
export function defaultSemantics(name: string): RowSemantics<unknown> {
  return { definition: `bare:${name}`, snapshot: shallowCopy, bytesOf: estimateBytes }
}

function shallowCopy(row: unknown): unknown {
  if (typeof row !== 'object' || row === null) return row
  if (Array.isArray(row)) return row.slice() as unknown[]
  const prototype: unknown = Object.getPrototypeOf(row)
  // What lives behind an object of a class (a Map, a URL, private fields) cannot be copied from outside.
  return prototype === Object.prototype || prototype === null ? { ...row } : row
}
