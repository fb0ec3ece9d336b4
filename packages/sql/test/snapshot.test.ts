import { rowSemantics } from '@batchflow/core'
import { expect, test } from '@jest/globals'
import { execFileSync } from 'node:child_process'
import { bytesOfColumns, bytesOfLoop } from '../src/bytes-of.ts'
import { checkTable } from '../src/check-table.ts'
import { columnSetLoop, columnSetReader } from '../src/column-sets.ts'
import { snapshotLoop, snapshotOf } from '../src/snapshot.ts'

const variants = [
  ['generated', snapshotOf],
  ['loop', (table: Parameters<typeof snapshotLoop>[0]) => snapshotLoop(table)],
] as const

const define = (columns: readonly string[], options: object = {}) => checkTable('t', { columns, ...options })

test.each(variants)('%s: copies the declared own columns and the time of a Date', (_, make) => {
  const snapshot = make(define(['id', 'at', 'data']))
  const row = { id: 1, at: new Date(5), data: Buffer.from('x'), other: 2 }
  const copy = snapshot(row)
  row.id = 2
  row.at.setTime(6)
  expect(copy).toEqual({ id: 1, at: new Date(5), data: row.data })
  expect(Object.keys(copy)).toEqual(['id', 'at', 'data'])
})

test.each(variants)('%s: takes nothing that a row inherits', (_, make) => {
  class Row {
    get name() {
      return 'inherited'
    }
  }
  const snapshot = make(define(['id', 'name', 'constructor', '__proto__']))
  const row = Object.assign(new Row(), { id: 1 })
  expect(snapshot(row)['name']).toBeUndefined()
  expect(snapshot({ id: 1 })['constructor']).toBeUndefined()
  expect(Object.getPrototypeOf(snapshot({ id: 1 }))).toBe(Object.prototype)
})

test.each(variants)('%s: a column named __proto__ is a column', (_, make) => {
  const snapshot = make(define(['id', '__proto__']))
  const copy = snapshot(JSON.parse('{"id":1,"__proto__":{"admin":true}}'))
  expect(Object.getOwnPropertyDescriptor(copy, '__proto__')?.value).toEqual({ admin: true })
  expect((copy as { admin?: boolean }).admin).toBeUndefined()
})

test.each(variants)('%s: a polluted Object.prototype does not fill a missing column', (_, make) => {
  const snapshot = make(define(['id', 'polluted']))
  const prototype = Object.prototype as { polluted?: string }
  prototype.polluted = 'yes'
  try {
    expect(Object.getOwnPropertyDescriptor(snapshot({ id: 1 }), 'polluted')?.value).toBeUndefined()
  } finally {
    delete prototype.polluted
  }
})

test.each(variants)('%s: missing and undefined are the same, by policy', (_, make) => {
  const rows = [{ id: 1 }, { id: 1, name: undefined }]
  for (const row of rows) {
    expect(make(define(['id', 'name']))(row)).toStrictEqual({ id: 1, name: undefined })
    expect(make(define(['id', 'name'], { missing: 'null' }))(row)).toStrictEqual({ id: 1, name: null })
    expect(() => make(define(['id', 'name'], { missing: 'error' }))(row)).toThrow(
      expect.objectContaining({
        code: 'BATCHFLOW_INVALID_ROW',
        message: 't.name must be given, got undefined',
      }),
    )
  }
})

test.each(variants)('%s: refuses what is not an object', (_, make) => {
  const snapshot = make(define(['id']))
  for (const [row, kind] of [
    [null, 'null'],
    [undefined, 'undefined'],
    ['x', 'string'],
    [[1], 'an array'],
  ] as const)
    expect(() => snapshot(row)).toThrow(
      expect.objectContaining({
        code: 'BATCHFLOW_INVALID_ROW',
        message: `t: row must be an object, got ${kind}`,
      }),
    )
  expect(() => snapshot({})).toThrow('t: a row needs at least one declared column')
})

test.each(variants)('%s: refuses the 17th column set and goes on with the others', (_, make) => {
  const columns = ['a', 'b', 'c', 'd', 'e', 'f']
  const snapshot = make(define(columns))
  const row = (mask: number) =>
    Object.fromEntries(columns.filter((column) => mask & (1 << columns.indexOf(column))).map((c) => [c, 1]))
  for (let mask = 1; mask <= 16; mask++) snapshot(row(mask))
  for (const mask of [17, 18, 63, 17])
    expect(() => snapshot(row(mask))).toThrow(
      expect.objectContaining({
        code: 'BATCHFLOW_INVALID_ROW',
        message: expect.stringContaining('t: rows come in more than 16 column sets'),
      }),
    )
  for (let mask = 1; mask <= 16; mask++) expect(snapshot(row(mask))).toMatchObject(row(mask))
})

test('the set of a row is the same by generated code and by a loop, beyond 31 columns too', () => {
  for (const count of [1, 31, 32, 40]) {
    const columns = Array.from({ length: count }, (_, index) => `c${index}`)
    const rows = [{}, { c0: 1 }, { [`c${count - 1}`]: 0 }, Object.fromEntries(columns.map((c) => [c, null]))]
    for (const row of rows) expect(columnSetReader(columns)(row)).toBe(columnSetLoop(columns)(row))
  }
})

test('bytes are 24 and 8 a column, and what strings, buffers and nested values hold', () => {
  const columns = ['a', 'b']
  for (const bytesOf of [bytesOfColumns(columns), bytesOfLoop(columns)]) {
    expect(bytesOf({ a: 1, b: null })).toBe(40)
    expect(bytesOf({ a: 'abc', b: Buffer.alloc(100) })).toBe(40 + 22 + 100)
    expect(bytesOf({ a: 1n, b: new Date() })).toBe(40 + 16 + 24)
    expect(bytesOf({ a: ['x'.repeat(1000)] })).toBeGreaterThan(2000)
    expect(bytesOf({ a: Array.from({ length: 10_000 }, () => 'abcdefgh') })).toBeGreaterThan(200_000)
  }
})

test('works where code generation is forbidden', () => {
  const index = import.meta.resolve('@batchflow/sql')
  const core = import.meta.resolve('@batchflow/core')
  const script = `
    import { tableOf } from ${JSON.stringify(index)}
    import { rowSemantics } from ${JSON.stringify(core)}
    const t = tableOf()('t', { columns: ['id', 'a'], conflict: { strategy: 'update', columns: ['id'], update: ['a'] } })
    const s = t[rowSemantics]
    const one = s.snapshot({ id: 1, a: 'x' })
    console.log(JSON.stringify([one, s.bytesOf(one), s.key(one), s.coalesce(one, s.snapshot({ id: 1 }))]))`
  const output = execFileSync(
    process.execPath,
    ['--disallow-code-generation-from-strings', '--input-type=module', '-e', script],
    { encoding: 'utf8' },
  )
  expect(JSON.parse(output)).toEqual([{ id: 1, a: 'x' }, 58, 1, { id: 1, a: 'x' }])
  expect(typeof rowSemantics).toBe('symbol')
})
