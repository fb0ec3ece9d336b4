import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { splitLines } from '../../src/render/split-lines.ts'

const sizeOf = (line: string) => line.length

describe('lines in parts', () => {
  test('keep blocks together where they fit', () => {
    const blocks = [['aaa'], ['bbb', 'bbb'], ['c']]
    expect(splitLines(blocks, { room: 7, sizeOf })).toEqual([['aaa'], ['bbb', 'bbb', 'c']])
  })

  test('tear a block that fits nowhere, between lines', () => {
    expect(splitLines([['a'], ['bbb', 'ccc', 'ddd']], { room: 7, sizeOf })).toEqual([
      ['a', 'bbb', 'ccc'],
      ['ddd'],
    ])
  })

  test('are all there, in order, and within the room', () => {
    const line = fc.string({ minLength: 1, maxLength: 20, size: 'max' })
    fc.assert(
      fc.property(fc.array(fc.array(line)), fc.integer({ min: 20, max: 100 }), (blocks, room) => {
        const parts = splitLines(blocks, { room, sizeOf })
        expect(parts.flat()).toEqual(blocks.flat())
        for (const part of parts) expect(part.join('').length).toBeLessThanOrEqual(room)
      }),
    )
  })
})
