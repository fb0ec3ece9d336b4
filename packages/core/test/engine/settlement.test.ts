import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Segment } from '../../src/engine/segment.ts'
import { Settlement } from '../../src/engine/settlement.ts'

function segmentOf(rows: number, bytes = rows * 10): Segment {
  const segment = new Segment()
  for (let row = 0; row < rows; row++) {
    if (row % 64 === 0) segment.stamps.push(row)
    segment.rows.push({ row })
  }
  segment.bytes = bytes
  return segment
}

const alone = ({ rows }: Segment) => ({ rows, placeOf: undefined, representatives: undefined })

test('parts give back all the room of a batch, whatever their order and sizes', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 200 }),
      fc.nat(1e6),
      fc.array(fc.nat(20), { minLength: 200, maxLength: 200 }),
      (rows, bytes, sizes) => {
        const segment = segmentOf(rows, bytes)
        const settlement = new Settlement(segment, alone(segment), () => 10)
        let released = 0
        for (let from = 0; from < rows;) {
          const size = 1 + (sizes[from] ?? 0)
          const places = [...Array(rows).keys()].slice(from, from + size)
          released += (
            from % 2 === 0 ? settlement.write(places, 0, undefined) : settlement.fail(places, undefined)
          ).bytes
          from += places.length
        }
        expect(released).toBe(bytes)
        expect(settlement.done).toBe(true)
        expect(settlement.written + settlement.failed).toBe(rows)
      },
    ),
  )
})

test('a row is settled once', () => {
  const segment = segmentOf(3)
  const settlement = new Settlement(segment, alone(segment), () => 10)
  settlement.write([0], 0, undefined)
  expect(() => settlement.fail([0], undefined)).toThrow('settled twice')
  expect(() => settlement.write(undefined, 0, undefined)).toThrow('settled twice')
})

test('commit latency is counted for each written row, by the chunk it was accepted in', () => {
  const segment = segmentOf(130)
  const settlement = new Settlement(segment, alone(segment), () => 10)
  settlement.write([0, 1, 64, 129], 1_000, undefined)
  const { values, counts } = settlement.latencies
  expect(values).toEqual(Float64Array.of(1_000, 936, 872))
  expect(counts).toEqual(Float64Array.of(2, 1, 1))
})

test('rows that stand for others settle them too', () => {
  const segment = segmentOf(4)
  const settlement = new Settlement(
    segment,
    {
      rows: [segment.rows[3], segment.rows[1]],
      placeOf: Uint32Array.of(0, 1, 0, 0),
      representatives: Uint32Array.of(3, 1),
    },
    () => 10,
  )
  expect(settlement.write([0], 0, undefined)).toMatchObject({ written: 1, coalesced: 2 })
  expect(settlement.inputsAt([1])).toEqual([{ row: 1 }])
  expect(settlement.unsettled(() => true).rows).toEqual([{ row: { row: 1 }, ambiguous: true }])
})
