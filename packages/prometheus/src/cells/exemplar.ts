import type { Labels } from '@batchflow/pipeline-metrics'

/** One observation that stands for a bucket, with labels that lead to it, such as the id of a trace. */
export interface Exemplar {
  readonly labels: Labels
  readonly value: number
  /** Unix time in seconds. */
  readonly timestamp: number
}

/** OpenMetrics allows this many characters in the names and values of an exemplar's labels together. */
const maxCharacters = 128

/** The exemplar of a value, or undefined when its labels cannot be written. */
export function exemplarOf(labels: Labels, value: number): Exemplar | undefined {
  let characters = 0
  for (const [name, text] of Object.entries(labels)) {
    if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) || typeof text !== 'string') return undefined
    characters += Array.from(name).length + Array.from(text).length
  }
  if (characters > maxCharacters) return undefined
  return { labels, value, timestamp: Date.now() / 1000 }
}
