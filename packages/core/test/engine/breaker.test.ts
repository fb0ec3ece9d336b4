import { expect, test } from '@jest/globals'
import { Breaker, type Verdict } from '../../src/engine/breaker.ts'
import type { Lane } from '../../src/engine/lane.ts'

/** What a breaker knows of a lane. */
const laneOf = (): Lane => ({ failedIn: -1, slots: 0 }) as unknown as Lane

function openedBy(maxFailures: number) {
  let now = 0
  let timer: { at: number; run: () => void } | undefined
  const told: string[] = []
  const clock = {
    now: () => now,
    setTimeout: (run: () => void, ms: number) => {
      const mine = { at: now + ms, run }
      timer = mine
      return {
        cancel: () => {
          if (timer === mine) timer = undefined
        },
      }
    },
  }
  const breaker = new Breaker({
    policy: { maxFailures, openMs: 100, maxOpenMs: 300 },
    clock,
    random: () => 0,
    onChange: (state, { openMs }) => void told.push(openMs === undefined ? state : `${state} ${openMs}`),
    onAdmission: () => {},
  })
  const advance = (ms: number) => {
    now += ms
    if (timer !== undefined && timer.at <= now) {
      const { run } = timer
      timer = undefined
      run()
    }
  }
  const hear = (verdict: Verdict, lane: Lane, permit = 0) => breaker.heard(verdict, { lane, permit })
  return { breaker, told, advance, hear, timers: () => (timer === undefined ? 0 : 1) }
}

test('it opens after failures in a row, and a success in between begins the count anew', () => {
  const { breaker, hear } = openedBy(3)
  const lane = laneOf()
  for (const verdict of ['badly', 'badly', 'well', 'badly', 'badly'] as const) hear(verdict, lane)
  expect(breaker.state).toBe('closed')
  hear('neither', lane)
  hear('badly', lane)
  expect(breaker.state).toBe('open')
})

test('it stays open for at least half of a time that doubles up to a bound', () => {
  const { breaker, told, advance, hear } = openedBy(1)
  const lane = laneOf()
  hear('badly', lane)
  for (let probe = 0; probe < 4; probe++) {
    advance(150)
    hear('badly', lane, breaker.grant(lane))
  }
  expect(told.filter((state) => state.startsWith('open '))).toEqual([
    'open 50',
    'open 100',
    'open 150',
    'open 150',
    'open 150',
  ])
})

test('half-open, one batch has the permit; given back unused, another may have it', () => {
  const { breaker, advance, hear } = openedBy(1)
  const lane = laneOf()
  hear('badly', lane)
  expect(breaker.admits(lane)).toBe(false)
  advance(50)
  expect(breaker.admits(lane)).toBe(true)
  const permit = breaker.grant(lane)
  expect([breaker.admits(lane), breaker.stillAdmits(permit), breaker.stillAdmits(0)]).toEqual([
    false,
    true,
    false,
  ])
  breaker.giveBack(permit)
  expect(breaker.admits(lane)).toBe(true)
  expect(breaker.stillAdmits(permit)).toBe(false)
})

test('an answer to the probe closes it, whatever it says of the rows; a failure of another attempt says nothing', () => {
  const { breaker, advance, hear } = openedBy(1)
  const lane = laneOf()
  hear('badly', lane)
  advance(50)
  const permit = breaker.grant(lane)
  hear('badly', lane)
  hear('neither', lane)
  expect(breaker.state).toBe('halfOpen')
  hear('neither', lane, permit)
  expect(breaker.state).toBe('closed')
})

test('a success of an attempt that was already out closes it', () => {
  const { breaker, hear, timers } = openedBy(1)
  hear('badly', laneOf())
  hear('well', laneOf())
  expect([breaker.state, timers()]).toEqual(['closed', 0])
})

test('a lane that has not failed since something went well may try one batch', () => {
  const { breaker, hear } = openedBy(1)
  const [failing, other] = [laneOf(), laneOf()]
  hear('badly', failing)
  expect([breaker.admits(failing), breaker.admits(other)]).toEqual([false, true])
  expect(breaker.stillAdmits(breaker.grant(other))).toBe(true)
  other.slots = 1
  expect(breaker.admits(other)).toBe(false)
  other.slots = 0
  hear('badly', other)
  expect(breaker.admits(other)).toBe(false)
})

test('at rest it has no timer, and goes on when somebody asks', () => {
  const { breaker, hear, advance, timers } = openedBy(1)
  const lane = laneOf()
  hear('badly', lane)
  breaker.rest()
  expect(timers()).toBe(0)
  advance(20)
  expect([breaker.admits(lane), timers()]).toEqual([false, 1])
  breaker.rest()
  advance(40)
  expect([breaker.admits(lane), breaker.state]).toEqual([true, 'halfOpen'])
})
