/** Bounds of buckets with their texts, shared by all cells of a family. */
export interface Bounds {
  readonly values: Float64Array
  readonly texts: readonly string[]
}

/** Bounds for a list of buckets, ascending and without +Inf. */
export function boundsOf(buckets: readonly number[]): Bounds {
  return { values: Float64Array.from(buckets), texts: buckets.map(String) }
}

/** The bucket that a value belongs to: the first whose bound is not below it; the length beyond the last. */
export function bucketOf(bounds: Float64Array, value: number): number {
  let low = 0
  let high = bounds.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (value <= (bounds[middle] as number)) high = middle
    else low = middle + 1
  }
  return low
}
