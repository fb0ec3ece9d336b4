import { expect, test } from '@jest/globals'
import { CommitLog } from '../../src/simulator/commit-log.ts'
import { modelLane } from '../../src/simulator/model-lane.ts'
import { untouched, type ModelRow } from '../../src/simulator/model-row.ts'

const row = (id: number, key: number | null, ids = [id]): ModelRow => ({
  id,
  key,
  bytes: 1,
  bad: false,
  ids,
  text: untouched,
})

function open() {
  const broken: string[] = []
  const log = new CommitLog((claim) => broken.push(claim))
  const commit = (rows: readonly ModelRow[], late = false, batch = 'b') =>
    log.add({ target: 't', rows, batch, attempt: 1, late })
  return { log, broken, commit }
}

test('a row that is committed again is noticed, unless an answer was lost', () => {
  const { log, broken, commit } = open()
  log.doubt([row(1, null)])
  commit([row(1, null)])
  commit([row(1, null)])
  expect(broken).toEqual([])
  commit([row(2, null)])
  commit([row(2, null)])
  expect(broken).toEqual(['a row is written once where no answer was lost'])
})

test('an older row of a key after a newer one is noticed, unless it comes late', () => {
  const { broken, commit } = open()
  commit([row(2, 7)])
  commit([row(1, 7)], true)
  commit([row(3, 8), row(4, 7)])
  expect(broken).toEqual([])
  commit([row(0, 7)])
  expect(broken).toEqual(['rows with one key are written in the order of submission'])
})

test('after a lost answer a batch may come again in parts, another batch may not come between', () => {
  const { log, broken, commit } = open()
  const rows = [row(1, 7), row(2, 7)]
  log.doubt(rows)
  commit(rows)
  commit([row(1, 7)], false, 'b.0')
  commit([row(2, 7)], false, 'b.1')
  commit([row(3, 7)], false, 'c')
  expect(broken).toEqual([])
  commit(rows)
  expect(broken).toEqual(['rows with one key are written in the order of submission'])
})

test('a batch that is repeated as it was is in order', () => {
  const { log, broken, commit } = open()
  const rows = [row(1, 7), row(2, 7)]
  log.doubt(rows)
  commit(rows)
  commit(rows)
  expect(broken).toEqual([])
})

test('a row is covered by itself, by a merged row, or by one that may stand for it', () => {
  const { log, commit } = open()
  commit([row(5, 7, [3, 5])])
  expect(log.covers(modelLane('t', 'merge'), row(3, 7))).toBe(true)
  expect(log.covers(modelLane('t', 'merge'), row(4, 7))).toBe(false)
  expect(log.covers(modelLane('t', 'last'), row(4, 7))).toBe(true)
  expect(log.covers(modelLane('t', 'last'), row(4, null))).toBe(false)
  expect(log.covers(modelLane('t', 'first'), row(6, 7))).toBe(true)
  expect(log.covers(modelLane('t', 'keyed'), row(4, 7))).toBe(false)
})
