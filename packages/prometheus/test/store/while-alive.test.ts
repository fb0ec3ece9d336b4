import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from '@jest/globals'
import { whileAlive } from '../../src/store/while-alive.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

async function until(claim: () => boolean): Promise<void> {
  for (let tries = 0; tries < 1_000 && !claim(); tries++) await sleep(5)
}

test('it ticks until it is disposed', async () => {
  let ticks = 0
  const ticking = { tick: () => void ticks++ }
  const timer = whileAlive(ticking, 10)
  await until(() => ticks >= 2)
  expect(ticks).toBeGreaterThanOrEqual(2)
  timer[Symbol.dispose]()
  const then = ticks
  await sleep(50)
  expect(ticks).toBe(then)
})

test('what nobody else holds is let go, and ticks no more', async () => {
  let ticks = 0
  const gone: string[] = []
  const registry = new FinalizationRegistry((name: string) => gone.push(name))
  const start = () => {
    const ticking = { tick: () => void ticks++ }
    registry.register(ticking, 'it')
    whileAlive(ticking, 10)
  }
  start()
  for (let tries = 0; tries < 200 && gone.length === 0; tries++) {
    await sleep(10)
    collectGarbage()
  }
  expect(gone).toEqual(['it'])
  const then = ticks
  await sleep(50)
  expect(ticks).toBe(then)
})
