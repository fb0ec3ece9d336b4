import { describe, expect, test } from '@jest/globals'
import { driverContract } from '../../src/index.ts'
import { openMemoryStore, type Breakage } from '../support/memory-store.ts'

describe('a sound driver meets the contract', () => {
  for (const check of driverContract(async () => await openMemoryStore()))
    test(check.name, async () => await expect(check.run()).resolves.toBeUndefined())
})

describe('so does one that answers per row', () => {
  const open = async () => await openMemoryStore({ outcomes: (outcomes) => outcomes })
  for (const check of driverContract(open))
    test(check.name, async () => await expect(check.run()).resolves.toBeUndefined())
})

const broken: Record<string, Breakage> = {
  'loses the last row of a batch': { rows: (rows) => (rows.length > 1 ? rows.slice(0, -1) : rows) },
  'drops bad rows in silence': { rows: (rows) => rows.filter((row) => typeof row.name !== 'number') },
  'stores bad rows as something else': {
    isBad: () => false,
    store: (row) => ({ note: 'none', ...row, name: `${row.name}` }),
  },
  'says written for a batch that failed': { optimistic: true },
  'writes half of a batch that fails': { inPieces: true },
  'puts outcomes at the wrong places': { outcomes: (outcomes) => outcomes.toReversed() },
  'forgets an outcome': { outcomes: (outcomes) => outcomes.slice(1) },
  'calls every outcome written': { outcomes: (outcomes) => outcomes.map(() => ({ outcome: 'written' })) },
  'writes NULL for a missing column': {
    store: (row) => ({ id: row.id, name: row.name, note: row.note ?? (null as unknown as string) }),
  },
  'changes text': { store: (row) => ({ note: 'none', ...row, name: row.name?.slice(0, 6) ?? null }) },
  'makes NULL an empty text': { store: (row) => ({ note: 'none', ...row, name: row.name ?? '' }) },
  'overwrites where it should ignore': {
    conflict: (mode, _there, row) => (mode === 'insert' ? 'duplicate' : { note: 'none', ...row }),
  },
  'ignores where it should refuse': {
    conflict: (mode, there, row) => (mode === 'update' ? { ...there, name: row.name } : there),
  },
  'ignores where it should update': { conflict: (mode, there) => (mode === 'insert' ? 'duplicate' : there) },
  'updates columns that are not in the list': {
    conflict: (mode, there, row) =>
      mode === 'insert' ? 'duplicate' : mode === 'ignore' ? there : { ...there, ...row },
  },
  'wipes columns that a later row lacks': {
    conflict: (mode, there, row) =>
      mode === 'insert' ? 'duplicate' : mode === 'ignore' ? there : { ...there, name: row.name ?? null },
  },
  'claims every error': { classify: () => ({ kind: 'transient', reason: 'unknown' }) },
  'throws while classifying': {
    classify: (error, sound) => {
      if (typeof error !== 'object') throw new TypeError('not an error')
      return sound(error)
    },
  },
  'takes a missing table for a passing fault': {
    classify: (error, sound) => {
      const failure = sound(error)
      return failure?.kind === 'configuration' ? { kind: 'transient', reason: 'schema' } : failure
    },
  },
  'invents a reason': {
    classify: (error, sound) => {
      const failure = sound(error)
      return failure && { ...failure, reason: 'bad luck' as 'unknown' }
    },
  },
  'quotes row values in its errors': { message: (row) => `cannot store ${JSON.stringify(row)}` },
  'closes under a batch in flight': { closeAtOnce: true },
  'writes after it was closed': { neverCloses: true },
}

describe('the contract notices a driver that', () => {
  for (const [name, breakage] of Object.entries(broken)) {
    test(name, async () => {
      const held: string[] = []
      for (const check of driverContract(async () => await openMemoryStore(breakage))) {
        const failure = await check.run().then(
          () => undefined,
          (error: unknown) => error as Error,
        )
        if (failure !== undefined) return
        held.push(check.name)
      }
      throw new Error(`it met all ${held.length} claims`)
    })
  }
})
