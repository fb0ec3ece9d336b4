import type { Driver } from '@batchflow/core'

/** Seven columns, made inside the timed loop of every case. */
export interface CoreRow {
  id: number
  key: string
  name: string
  email: string
  age: number
  score: number
  created_at: string
}

export const coreColumns = ['id', 'key', 'name', 'email', 'age', 'score', 'created_at'] as const

export function coreRow(id: number): CoreRow {
  return {
    id,
    key: `user:${id}`,
    name: `name ${id}`,
    email: 'user@example.com',
    age: id % 90,
    score: id / 7,
    created_at: '2026-01-01T00:00:00.000Z',
  }
}

/** Takes every batch at once. */
export function sink(): Driver & { rows: number } {
  return {
    name: 'sink',
    capabilities: {},
    rows: 0,
    async write(batch) {
      this.rows += batch.rows.length
      await Promise.resolve()
    },
    classify: () => undefined,
  }
}
