import { expect, test } from '@jest/globals'
import { arrayLiteral, ByteWriter, encoderOf } from '../../src/types/index.ts'
import { encoder, typeOf } from './types.ts'

const unexpected = (): never => {
  throw new Error('refused')
}

test('values become elements, null and undefined become NULL', () => {
  expect(arrayLiteral(encoder('int4'), [1, null, 2n, undefined, '3'], unexpected)).toBe('{1,NULL,2,NULL,3}')
  expect(arrayLiteral(encoder('int4'), [], unexpected)).toBe('{}')
})

test('texts are quoted, so that NULL, commas and braces are themselves', () => {
  const literal = arrayLiteral(encoder('text'), ['NULL', '', 'a,b', '{', '"\\'], unexpected)
  expect(literal).toBe(String.raw`{"NULL","","a,b","{","\"\\"}`)
})

test('control characters are sent as they are, beside what is escaped', () => {
  expect(arrayLiteral(encoder('text'), ['a\n\t"\u0001\\'], unexpected)).toBe('{"a\n\t\\"\u0001\\\\"}')
})

test('a refused value is reported with its place, and NULL stands in it', () => {
  const refused: [number, string][] = []
  const literal = arrayLiteral(encoder('int4'), [1, 'x', 3, {}], (index, error) => {
    refused.push([index, (error as Error).message.replace(/.*, got /, '')])
  })
  expect(literal).toBe('{1,NULL,3,NULL}')
  expect(refused).toEqual([
    [1, 'a string'],
    [3, 'an object'],
  ])
})

test('boxes are separated by semicolons', () => {
  const literal = arrayLiteral(encoder('box'), ['(1,1),(0,0)', '(2,2),(1,1)'], unexpected)
  expect(literal).toBe('{"(1,1),(0,0)";"(2,2),(1,1)"}')
})

test('a column of arrays, or of rows, is sent as texts, for unnest would take them apart', () => {
  expect(encoder('int4[]')).toMatchObject({ arrayOf: 'text', castTo: 'int4[]', delimiter: ',' })
  expect(encoder('box[]')).toMatchObject({ arrayOf: 'text', castTo: 'box[]', delimiter: ',' })
  expect(encoder('pair')).toMatchObject({ arrayOf: 'text', castTo: 'pair' })
  expect(encoder('int4')).toMatchObject({ arrayOf: 'int4' })
  expect(encoder('int4')).not.toHaveProperty('castTo')
  expect(arrayLiteral(encoder('text[]'), [['a"', null]], unexpected)).toBe(String.raw`{"{\"a\\\"\",NULL}"}`)
})

test('an enum takes any label, for the server knows them: even ones that look like NULL', () => {
  const mood = encoderOf({ oid: 1, name: 'e', kind: 'e' })
  expect(arrayLiteral(mood, ['small', 'NULL', ''], unexpected)).toBe('{"small","NULL",""}')
})

test('an array of a domain has no binary form, for its bytes would have to name the domain', () => {
  const element = typeOf('int4')
  expect(encoderOf({ oid: 2, name: 'int4[]', kind: 'b', element }).binary).toBeDefined()
  expect(encoderOf({ oid: 2, name: 'positive[]', kind: 'b', element }).binary).toBeUndefined()
})

test('types of extensions are known by name, wherever they are installed', () => {
  const citext = encoderOf({ oid: 70_009, name: 'extensions.citext', kind: 'b' })
  expect(citext.binary).toBeDefined()
  expect(citext.compare('A', 'a')).toBe(0)
  expect(encoderOf({ oid: 70_009, name: 'not_citext', kind: 'b' }).binary).toBeUndefined()
})

test('a binary array says its dimension, whether it has a NULL, and the type of its elements', () => {
  const out = new ByteWriter()
  encoder('int2[]').binary?.([1, null], out)
  encoder('int2[]').binary?.([], out)
  const whole = [
    '0000001e',
    '00000001',
    '00000001',
    '00000015',
    '00000002',
    '00000001',
    '000000020001',
    'ffffffff',
  ]
  const empty = ['0000000c', '00000000', '00000000', '00000015']
  expect(out.written().toString('hex')).toBe([...whole, ...empty].join(''))
})
