import { tableOf } from '@batchflow/sql'
import { expect, test } from '@jest/globals'
import { classify } from '../src/classify.ts'
import { encodeRows } from '../src/encode-rows.ts'
import { ValueUnpacker } from '../src/packed-values.ts'
import type { TableDescription } from '../src/protocol.ts'
import { planTable } from '../src/table-plan.ts'

interface Note {
  readonly id: number
  readonly note: string
}

const description: TableDescription = {
  kind: 'table',
  strict: false,
  columns: [
    { name: 'id', type: 'INTEGER', generated: false },
    { name: 'note', type: 'TEXT', generated: false },
  ],
  keys: [['id']],
}
const plan = planTable(tableOf<Note>()('notes', { columns: ['id', 'note'] }), description)

const rows = ['abc', 'def', 'ghi'].map((note, id) => ({ id, note }))

function errorOf(call: () => unknown): unknown {
  try {
    return call()
  } catch (error) {
    return error
  }
}

test('texts that fill one string to the last character are one batch', () => {
  const { rows: encoded, refused } = encodeRows(plan, rows, { maxTextLength: 9 })
  expect(new ValueUnpacker(encoded.values).take(encoded.values.count)).toEqual([0, 'abc', 1, 'def', 2, 'ghi'])
  expect(refused.size).toBe(0)
})

test('texts with more characters than one string can have make a batch that is to be split', () => {
  const error = errorOf(() => encodeRows(plan, rows, { maxTextLength: 8 }))
  expect(classify(error)).toEqual({ kind: 'split', reason: 'too_large' })
  expect(error).toMatchObject({
    message: 'notes: the texts of a batch must fit into one string, got more characters than that',
  })
  expect(() => encodeRows(plan, rows.slice(0, 2), { maxTextLength: 8 })).not.toThrow()
})

test('the texts of a row that is refused take up no room', () => {
  const noteFirst = planTable(tableOf<Note>()('notes', { columns: ['note', 'id'] }), description)
  const bad = { id: 1.5, note: 'refused' }
  const { rows: encoded, refused } = encodeRows(noteFirst, [bad, ...rows], { maxTextLength: 9 })
  expect(new ValueUnpacker(encoded.values).take(encoded.values.count)).toEqual(['abc', 0, 'def', 1, 'ghi', 2])
  expect([...refused.keys()]).toEqual([0])
})
