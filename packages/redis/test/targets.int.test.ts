import { counterOf, hashOf, keyValueOf, listOf, redis, sortedSetOf, streamOf } from '@batchflow/redis'
import { expect, test } from '@jest/globals'
import { flowOver } from './flow.ts'
import { openClient } from './server.ts'

interface Visit {
  readonly user: string
  readonly page: string
  readonly points: number
}

test.each([{}, { transport: 'socket' }, { atomic: true }, { ledger: true }] as const)(
  'with %j rows become values, hashes, lists, sorted sets, streams and counters',
  async (options) => {
    await using server = await openClient()
    const { prefix, outside, client } = server
    const driver = redis({ ...options, client, ledgerPrefix: `${prefix}ledger:` })
    const define = {
      last: keyValueOf<Visit>()('last', {
        key: ({ user }) => `${prefix}last:${user}`,
        value: ({ page }) => page,
        ttlMs: 60_000,
      }),
      user: hashOf<Visit>()('user', {
        key: ({ user }) => `${prefix}user:${user}`,
        fields: ({ page, points }) => ({ page, points }),
      }),
      recent: listOf<Visit>()('recent', {
        key: `${prefix}recent`,
        value: ({ page }) => page,
        end: 'left',
        maxLength: 3,
      }),
      best: sortedSetOf<Visit>()('best', {
        key: `${prefix}best`,
        member: ({ user }) => user,
        score: ({ points }) => points,
        rule: 'max',
      }),
      events: streamOf<Visit>()('events', {
        key: `${prefix}events`,
        fields: ({ user, page }) => ({ user, page }),
      }),
      visits: counterOf<Visit>()('visits', { key: `${prefix}visits`, field: ({ page }) => page }),
      points: counterOf<Visit>()('points', {
        key: ({ user }) => `${prefix}points:${user}`,
        by: ({ points }) => points,
      }),
    }
    const visits = Array.from({ length: 50 }, (_, visit) => ({
      user: visit % 2 === 0 ? 'ada' : 'grace',
      page: `page ${visit % 5}`,
      points: (visit * 7) % 50,
    }))
    const { flow, letters, failures } = flowOver(driver, { flushSize: 8 })
    for (const visit of visits) for (const target of Object.values(define)) await flow.submit(target, visit)
    await flow.close()
    expect([letters, failures]).toEqual([[], []])

    expect(await outside.mget(`${prefix}last:ada`, `${prefix}last:grace`)).toEqual(['page 3', 'page 4'])
    expect(await outside.pttl(`${prefix}last:ada`)).toBeGreaterThan(0)
    expect(await outside.hgetall(`${prefix}user:ada`)).toEqual({ page: 'page 3', points: `${(48 * 7) % 50}` })
    expect(await outside.lrange(`${prefix}recent`, 0, -1)).toEqual(['page 4', 'page 3', 'page 2'])
    const bestOf = (user: string) =>
      Math.max(...visits.filter((visit) => visit.user === user).map(({ points }) => points))
    expect(await outside.zscore(`${prefix}best`, 'ada')).toBe(`${bestOf('ada')}`)
    expect(await outside.zscore(`${prefix}best`, 'grace')).toBe(`${bestOf('grace')}`)
    const entries = await outside.xrange(`${prefix}events`, '-', '+')
    expect(entries.map(([, fields]) => fields)).toEqual(
      visits.map(({ user, page }) => ['user', user, 'page', page]),
    )
    expect(await outside.hgetall(`${prefix}visits`)).toEqual(
      Object.fromEntries([0, 1, 2, 3, 4].map((page) => [`page ${page}`, '10'])),
    )
    const sum = visits.filter(({ user }) => user === 'ada').reduce((all, { points }) => all + points, 0)
    expect(await outside.get(`${prefix}points:ada`)).toBe(`${sum}`)
  },
)
