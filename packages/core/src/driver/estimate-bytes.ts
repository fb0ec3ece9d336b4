/** How deep an estimate looks into nested values; what is deeper counts as a reference. */
const maxDepth = 4

/** Estimated bytes that a value holds on to. Strings count two bytes per UTF-16 unit, which is what V8 takes for all
 * but Latin-1 text, so that bounds in bytes hold for every language. */
export function estimateBytes(value: unknown, depth: number = maxDepth): number {
  switch (typeof value) {
    case 'string':
      return 16 + 2 * value.length
    case 'bigint':
      return 16
    case 'object':
      return value === null ? 8 : bytesOfObject(value, depth)
    default:
      return 8
  }
}

function bytesOfObject(value: object, depth: number): number {
  if (ArrayBuffer.isView(value)) return 64 + value.byteLength
  if (value instanceof Date) return 24
  if (depth === 0) return 8
  let bytes = 24
  // Not over Object.values, which makes a list of them: that took twice the time.
  if (Array.isArray(value)) for (const item of value) bytes += 8 + estimateBytes(item, depth - 1)
  else for (const key in value) bytes += 8 + estimateBytes((value as Record<string, unknown>)[key], depth - 1)
  return bytes
}
