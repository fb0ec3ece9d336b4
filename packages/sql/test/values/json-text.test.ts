import { expect, test } from '@jest/globals'
import { runInNewContext } from 'node:vm'
import { jsonMisfit, jsonText } from '../../src/values/json-text.ts'

class Money {
  readonly #cents = 5
  cents(): number {
    return this.#cents
  }
}
class Price extends Money {
  toJSON(key: string): unknown {
    return { key, cents: this.cents(), at: new Date(0) }
  }
}
const nested = (levels: number): unknown => {
  let value: unknown = 1
  for (let level = 0; level < levels; level++) value = level % 2 === 0 ? [value] : { a: value }
  return value
}

test.each([
  [null, 'null'],
  [true, 'true'],
  [1.5, '1.5'],
  ['x"\0\ud800', String.raw`"x\"\u0000\ud800"`],
  [new Date(0), '"1970-01-01T00:00:00.000Z"'],
  [[], '[]'],
  [{}, '{}'],
  [
    { a: [1, null, { b: 'x' }], c: false, d: new Date(0) },
    '{"a":[1,null,{"b":"x"}],"c":false,"d":"1970-01-01T00:00:00.000Z"}',
  ],
  [Object.assign(Object.create(null) as object, { a: 1 }), '{"a":1}'],
  [runInNewContext('({ a: [1, {}] })'), '{"a":[1,{}]}'],
  [JSON.parse('{"__proto__":{"a":1},"toJSON":1}'), '{"__proto__":{"a":1},"toJSON":1}'],
  [new URL('http://a/'), '"http://a/"'],
  [new Price(), '{"key":"","cents":5,"at":"1970-01-01T00:00:00.000Z"}'],
  [
    { list: [1, new Price()], other: 'x' },
    '{"list":[1,{"key":"1","cents":5,"at":"1970-01-01T00:00:00.000Z"}],"other":"x"}',
  ],
])('%p is the JSON %s', (value, text) => {
  expect(jsonText(value)).toBe(text)
})

test.each<readonly [kind: string, value: unknown]>([
  ['NaN', Number.NaN],
  ['Infinity', -Infinity],
  ['undefined', undefined],
  ['a bigint', 1n],
  ['a function', () => 1],
  ['a symbol', Symbol('x')],
  ['a Promise', Promise.resolve(1)],
  ['an Error', new TypeError('x')],
  ['a RegExp', /x/],
  ['an ArrayBuffer', new ArrayBuffer(1)],
  ['an ArrayBuffer', new SharedArrayBuffer(1)],
  ['an ArrayBuffer view', new Float64Array(1)],
  ['an ArrayBuffer view', new DataView(new ArrayBuffer(1))],
  ['a Buffer', Buffer.from('x')],
  ['a Buffer', new Uint8Array(1)],
  ['a Map', new Map([[1, 2]])],
  ['a Set', new Set([1])],
  ['an instance of a class', new WeakMap()],
  ['an instance of a class', new Money()],
  ['an instance of a class', Object('x')],
  ['an invalid Date', new Date(Number.NaN)],
])('%s is refused at every depth, and named', (kind, value) => {
  expect(jsonText(value)).toBeUndefined()
  expect(jsonMisfit(value)).toBe(kind)
  for (const array of [[value], [[1, [value]]], [{ a: 'x', b: [value] }]]) {
    expect(jsonText(array)).toBeUndefined()
    expect(jsonMisfit(array)).toBe(`an array with ${kind} in it`)
  }
  for (const object of [{ a: [value] }, { a: { b: [value] } }, { toJSON: () => [value] }]) {
    expect(jsonText(object)).toBeUndefined()
    expect(jsonMisfit(object)).toBe(`an object with ${kind} in it`)
  }
})

test('a hole in an array is refused, which JSON would store as null', () => {
  const holes: unknown[] = []
  holes[1] = 1
  expect(jsonText(holes)).toBeUndefined()
  expect(jsonMisfit(holes)).toBe('an array with undefined in it')
})

test('a member that JSON would drop is refused, unless it is undefined', () => {
  expect(jsonText({ a: 1, b: () => 1 })).toBeUndefined()
  expect(jsonText({ a: 1, b: Symbol('x') })).toBeUndefined()
  expect(jsonText({ a: 1, b: undefined })).toBe('{"a":1}')
})

test('a cycle is refused, and so is what is nested too deep', () => {
  const cycle: unknown[] = [1]
  cycle.push({ again: cycle, twice: cycle })
  const endless = { toJSON: (): unknown => ({ endless }) }
  for (const value of [cycle, endless, nested(1_001), nested(100_000)]) {
    expect(jsonText(value)).toBeUndefined()
    expect(jsonMisfit(value)).toMatch(/ with a cycle or more than 1000 levels in it$/)
  }
  expect(jsonText(nested(1_000))).toHaveLength(1 + 500 * 2 + 500 * 6)
})

test('a toJSON or getter that throws refuses the value', () => {
  const fail = (): never => {
    throw new Error('secret')
  }
  for (const value of [{ toJSON: fail }, Object.defineProperty({}, 'a', { get: fail, enumerable: true })]) {
    expect(jsonText(value)).toBeUndefined()
    expect(jsonMisfit(value)).toBe('an object with a toJSON or getter that throws in it')
  }
})

test('the value itself is left as it was', () => {
  const value = Object.freeze({ list: Object.freeze([new Price(), 1]), a: 1 })
  expect(jsonText(value)).toContain('"cents":5')
  expect(value.list[0]).toBeInstanceOf(Price)
})
