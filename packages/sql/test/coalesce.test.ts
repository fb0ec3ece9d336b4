import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { checkTable } from '../src/check-table.ts'
import { coalesceLoop, coalesceOf } from '../src/coalesce.ts'
import { conflictRules } from '../src/conflict-rules.ts'
import { arbitraryRows, type Row, StoredRows } from './stored-row.ts'

const columns = ['id', 'a', 'b', 'c']
const define = (conflict: object, options: object = {}) => checkTable('t', { columns, conflict, ...options })
const byRules = (update: object, options: object = {}) =>
  define({ strategy: 'update', columns: ['id'], update }, options)

const rule = fc.constantFrom('overwrite', 'keep', 'add', 'max', 'min', 'coalesce', 'merge')
const conflict = fc.oneof(
  fc.constantFrom('ignore', 'replace').map((strategy) => ({ strategy, columns: ['id'] })),
  fc.subarray(columns, { minLength: 1 }).map((update) => ({ strategy: 'update', columns: ['id'], update })),
  fc.record({ a: rule, b: rule, c: rule }).map((update) => ({ strategy: 'update', columns: ['id'], update })),
)
const table = conflict.map((policy) => define(policy))

test('coalescing leaves what writing the rows in order would have left, whatever is stored', () => {
  fc.assert(
    fc.property(
      table,
      arbitraryRows(columns).chain((row) =>
        fc.tuple(fc.array(row, { minLength: 2, maxLength: 5 }), fc.option(row, { nil: undefined }), row),
      ),
      (definition, [rows, before, defaults]) => {
        const coalesce = coalesceOf(definition)
        if (!coalesce) throw new Error('coalesce is absent')
        const joined: Row[] = []
        for (const row of rows) {
          const earlier = joined.at(-1)
          const one = earlier && coalesce(earlier, row)
          if (one) joined[joined.length - 1] = one
          else joined.push(row)
        }
        const inOrder = new StoredRows(definition, defaults)
        const coalesced = new StoredRows(definition, defaults)
        for (const stored of [inOrder, coalesced]) if (before) stored.write(before)
        for (const row of rows) inOrder.write(row)
        for (const row of joined) coalesced.write(row)
        expect(coalesced.row).toEqual(inOrder.row)
      },
    ),
    { numRuns: 5000 },
  )
})

test('the loop gives what the generated function gives', () => {
  fc.assert(
    fc.property(
      table.filter(({ conflict: policy }) => policy?.strategy !== 'ignore'),
      arbitraryRows(columns).chain((row) => fc.tuple(row, row)),
      (definition, [earlier, later]) => {
        const loop = coalesceLoop(columns, conflictRules(definition))
        expect(loop(earlier, later)).toStrictEqual(coalesceOf(definition)?.(earlier, later))
      },
    ),
    { numRuns: 2000 },
  )
})

const day = (date: number) => new Date(Date.UTC(2024, 0, date))
const big = 2n ** 62n
const unjoinable = Symbol('unjoinable')

test.each([
  ['overwrite', 1, 2, 2],
  ['overwrite', 1, null, null],
  ['overwrite', 1, undefined, 1],
  ['overwrite', undefined, 2, 2],
  ['keep', 1, 2, 1],
  ['keep', undefined, 2, undefined],
  ['add', 1, 2, 3],
  ['add', 1n, 2n, 3n],
  ['add', null, 2, 2],
  ['add', 0.5, null, 0.5],
  ['add', null, '0.5', '0.5'],
  ['add', null, null, null],
  ['add', 1, undefined, 1],
  ['add', undefined, 1, unjoinable],
  ['add', 0.5, 1, unjoinable],
  ['add', 1n, 1, unjoinable],
  ['add', '1', '2', unjoinable],
  ['add', true, true, unjoinable],
  ['add', Number.MAX_SAFE_INTEGER, 1, unjoinable],
  ['add', 2 ** 60, -(2 ** 60), unjoinable],
  ['add', big, big, unjoinable],
  ['add', -big, -big, -2n * big],
  ['max', 1, 2, 2],
  ['max', 2, 1, 2],
  ['max', 2 ** 53, 2n ** 53n + 1n, 2n ** 53n + 1n],
  ['max', 1, 1n, 1],
  ['max', Infinity, 5n, Infinity],
  ['max', day(1), day(2), day(2)],
  ['max', null, 'x', 'x'],
  ['max', 'x', null, 'x'],
  ['max', 'x', 'y', unjoinable],
  ['max', Number.NaN, 1, unjoinable],
  ['max', 1, Number.NaN, unjoinable],
  ['max', day(1), 1, unjoinable],
  ['max', day(1), new Date(Number.NaN), unjoinable],
  ['max', true, false, unjoinable],
  ['max', undefined, 1, unjoinable],
  ['min', 1, 2, 1],
  ['min', 2 ** 53, 2n ** 53n - 1n, 2n ** 53n - 1n],
  ['min', day(2), day(1), day(1)],
  ['min', null, 1, 1],
  ['min', 'x', 'y', unjoinable],
  ['coalesce', 1, 2, 2],
  ['coalesce', 1, null, 1],
  ['coalesce', null, 2, 2],
  ['coalesce', undefined, 2, unjoinable],
  ['merge', { a: 1, b: 1 }, { b: 2, c: 2 }, { a: 1, b: 2, c: 2 }],
  ['merge', { a: { x: 1 } }, { a: { y: 1 } }, { a: { y: 1 } }],
  ['merge', { a: 1 }, { a: null }, { a: null }],
  ['merge', { a: 1 }, { a: undefined }, { a: 1 }],
  ['merge', { a: 1 }, { a: new Date(0) }, { a: new Date(0) }],
  ['merge', { a: 1 }, null, { a: 1 }],
  ['merge', null, { a: 1 }, { a: 1 }],
  ['merge', null, [1], [1]],
  ['merge', [1], { a: 1 }, unjoinable],
  ['merge', { a: 1 }, 'text', unjoinable],
  ['merge', { a: 1 }, { a: () => 1 }, unjoinable],
  ['merge', { a: 1 }, { a: { toJSON: () => undefined } }, unjoinable],
  ['merge', { a: 1 }, { toJSON: () => [1] }, unjoinable],
  ['merge', { toJSON: () => [1] }, { a: 1 }, unjoinable],
  ['merge', { a: 1 }, new Map([['a', 1]]), unjoinable],
  ['merge', undefined, { a: 1 }, unjoinable],
])('%s joins %p and %p to %p', (update, earlier, later, value) => {
  const row = coalesceOf(byRules({ a: update }))?.({ id: 1, a: earlier }, { id: 1, a: later })
  if (value === unjoinable) expect(row).toBeUndefined()
  else expect(row).toStrictEqual({ id: 1, a: value, b: undefined, c: undefined })
})

test('a member named __proto__ is a member', () => {
  const merge = coalesceOf(byRules({ a: 'merge' }))
  const row = merge?.({ id: 1, a: { x: 1 } }, { id: 1, a: JSON.parse('{"__proto__":{"y":2}}') })
  expect(JSON.stringify(row?.['a'])).toBe('{"x":1,"__proto__":{"y":2}}')
  expect(Object.getPrototypeOf(row?.['a'])).toBe(Object.prototype)
})

test('is absent where no two rows can be joined', () => {
  const where = { strategy: 'update', columns: ['id'], update: ['a'], where: 'excluded.a > t.a' }
  expect(coalesceOf(define(where))).toBeUndefined()
  expect(coalesceOf(define({ ...where, update: { a: 'max' } }))).toBeUndefined()
  expect(coalesceOf(define({ strategy: 'ignore', columns: ['id'] }, { coalesce: false }))).toBeUndefined()
  expect(coalesceOf(checkTable('t', { columns }))).toBeUndefined()
})

test('is absent where a rule moves the key: the later row would meet another stored row', () => {
  expect(coalesceOf(byRules({ id: 'add' }))).toBeUndefined()
  expect(coalesceOf(byRules({ id: 'merge', a: 'overwrite' }))).toBeUndefined()
  expect(coalesceOf(byRules({ id: 'max' }))).toBeDefined()
})

test('an explicit policy holds for the rows of one batch', () => {
  const earlier = { id: 1, a: 1, b: 1, c: 1 }
  const later = { id: 1, a: 2, b: undefined, c: 2 }
  const update = { strategy: 'update', columns: ['id'], update: ['a', 'b'] }
  expect(coalesceOf(define(update, { coalesce: 'first' }))?.(earlier, later)).toBe(earlier)
  expect(coalesceOf(define(update, { coalesce: 'merge' }))?.(earlier, later)).toEqual({
    id: 1,
    a: 2,
    b: 1,
    c: 1,
  })
  const ignore = { strategy: 'ignore', columns: ['id'] }
  expect(coalesceOf(define(ignore, { coalesce: 'last' }))?.(earlier, later)).toBe(later)
})

test('first drops no row that a rule would have counted', () => {
  expect(coalesceOf(byRules({ a: 'add' }, { coalesce: 'first' }))).toBeUndefined()
  expect(coalesceOf(byRules({ a: 'keep', b: 'overwrite' }, { coalesce: 'first' }))).toBeDefined()
})

test('rows whose keys a type makes equal are joined only where no database tells them apart', () => {
  const types = { id: 'bigint' }
  const last = coalesceOf(byRules({ a: 'overwrite' }, { types }))
  expect(last?.({ id: 1, a: 1 }, { id: 1n, a: 2 })).toMatchObject({ id: 1, a: 2 })
  expect(last?.({ id: '1', a: 1 }, { id: 1, a: 2 })).toBeUndefined()
  const first = coalesceOf(define({ strategy: 'ignore', columns: ['id'] }, { types: { id: 'date' } }))
  const earlier = { id: new Date(0) }
  expect(first?.(earlier, { id: new Date(0) })).toBe(earlier)
  expect(first?.(earlier, { id: '1970-01-01T00:00:00Z' })).toBeUndefined()
})
