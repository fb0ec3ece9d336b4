import { expect, test } from '@jest/globals'
import { RowLedger } from '../../src/engine/ledger.ts'

test('what is pending is what was submitted and not settled', () => {
  const ledger = new RowLedger()
  for (let row = 0; row < 10; row++) ledger.submit()
  ledger.settle({ written: 3, coalesced: 1, deadLettered: 1, dropped: 1, returned: 1 })
  expect(ledger.read()).toEqual({
    submitted: 10,
    written: 3,
    coalesced: 1,
    deadLettered: 1,
    dropped: 1,
    returned: 1,
    pending: 3,
  })
})

test('settling more rows than were submitted is caught', () => {
  const ledger = new RowLedger()
  ledger.submit()
  expect(() => ledger.settle({ written: 2 })).toThrow('1 more rows settled than submitted')
})
