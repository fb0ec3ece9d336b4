import { rowSemantics } from '@batchflow/core'
import { recommendedOptions, redis, type RedisCommand } from '@batchflow/redis'
import { expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import { commandsOf as fromSource } from '../src/commands.ts'
import { bytesOfCopy, commandsOfCopy, copyRow } from '../src/row-commands.ts'

const toCommands = (row: object): RedisCommand[] => [['SET', 'key', JSON.stringify(row)]]
const copy = <Row>(row: Row): Row => copyRow('rows', row, toCommands as (row: Row) => RedisCommand[])

class Visit {
  readonly page: string

  constructor(page: string) {
    this.page = page
  }

  get title(): string {
    return this.page.toUpperCase()
  }
}

test('a copy is what the row was, to whoever looks at it', () => {
  for (const row of [{ a: 1, b: { c: 2 } }, {}, Object.freeze({ a: 1 }), [1, 2, 3]]) {
    expect(copy(row)).not.toBe(row)
    expect(copy(row)).toStrictEqual(row)
    expect(JSON.stringify(copy(row))).toBe(JSON.stringify(row))
    expect(Reflect.ownKeys(copy(row))).toEqual(Reflect.ownKeys(row))
  }
})

test('a row that is changed later does not change its copy or its commands', () => {
  const row = { name: 'Ada' }
  const copied = copy(row)
  row.name = 'Grace'
  expect(copied).toEqual({ name: 'Ada' })
  expect(commandsOfCopy(copied)).toEqual([['SET', 'key', '{"name":"Ada"}']])
})

test('one row can be submitted many times, and a copy again', () => {
  const row = { turn: 1 }
  const first = copy(row)
  row.turn = 2
  const second = copy(row)
  const third = copy(second)
  expect([first, second, third].map((one) => commandsOfCopy(one)?.[0]?.[2])).toEqual([
    '{"turn":1}',
    '{"turn":2}',
    '{"turn":2}',
  ])
})

test('an instance stays one, and a property named __proto__ is a property', () => {
  const visit = copy(new Visit('home'))
  expect(visit).toBeInstanceOf(Visit)
  expect(visit.title).toBe('HOME')
  const parsed = JSON.parse('{"__proto__":{"admin":true},"a":1}') as { a: number; admin?: boolean }
  const copied = copy(parsed)
  expect(copied.admin).toBeUndefined()
  expect(Object.getPrototypeOf(copied)).toBe(Object.prototype)
  expect(Object.keys(copied)).toEqual(['__proto__', 'a'])
})

test.each<readonly [row: unknown, kind: string]>([
  ['text', 'a string'],
  [7, 'a number'],
  [null, 'null'],
  [undefined, 'undefined'],
  [() => 1, 'a function'],
  [new Map(), 'a Map'],
  [new Set(), 'a Set'],
  [new Date(), 'a Date'],
  [Buffer.from('x'), 'an ArrayBuffer view'],
])('%p is no row', (row, kind) => {
  expect(() => copy(row)).toThrow(
    expect.objectContaining({
      code: 'BATCHFLOW_INVALID_ROW',
      message: `rows: a row must be a plain object, an array or an instance of a class, got ${kind}`,
    }),
  )
})

test('what nobody copied carries nothing', () => {
  for (const value of [{}, [], null, undefined, 'text', 7]) expect(commandsOfCopy(value)).toBeUndefined()
})

test('the estimate covers texts, buffers and what carries them', () => {
  const copied = copyRow('rows', { id: 1, name: 'x'.repeat(100) }, ({ name }) => [
    ['SET', 'k', name, Buffer.alloc(500)],
    ['INCR', 'n'],
  ])
  const bytes = bytesOfCopy(copied)
  expect(bytes).toBeGreaterThan(2 * 100 + 500)
  expect(bytes).toBeLessThan(2_000)
  // When it was just copied the commands were measured already; later, and after another row, it is the same.
  copyRow('rows', { id: 2 }, () => [['SET', 'k', 'x'.repeat(5_000)]])
  expect(bytesOfCopy(copied)).toBe(bytes)
  expect(bytesOfCopy(copied)).toBe(bytes)
})

test('a target of another copy of this package is understood', () => {
  // The one is compiled, the other is the source.
  const target = fromSource<{ id: number }>()('rows', ({ id }) => [['SET', 'key', id]])
  const driver = redis({ client: new Redis({ ...recommendedOptions(), lazyConnect: true }) })
  const submitted = target[rowSemantics]?.snapshot({ id: 7 }) as { id: number }
  expect(driver.preview(target, [submitted], { values: true }).statements).toEqual([
    { text: 'SET ? ?', values: ['key', 7] },
  ])
})
