import { expect, test } from '@jest/globals'
import { Exchange } from '../src/exchange.ts'

function exchangeOf(commands: number): Exchange {
  return new Exchange({ commands, chunks: [] }, () => {})
}

test('an EXEC that answers null was given up, and is not taken for carried out', async () => {
  const exchange = exchangeOf(4)
  exchange.answerAll(0, 3, 'QUEUED')
  exchange.answer(3, null)
  expect(await exchange.done).toBe(exchange)
  expect(exchange.isClean).toBe(false)
})

test('answers that are no errors are clean, in whatever pieces they come', () => {
  const exchange = exchangeOf(4)
  exchange.answer(0, 'OK')
  exchange.answerAll(1, 3, 'OK')
  expect([exchange.over, exchange.isClean]).toEqual([false, false])
  exchange.answer(3, [1, 'two'])
  expect([exchange.over, exchange.isClean]).toEqual([true, true])
})
