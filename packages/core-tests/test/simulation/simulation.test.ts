import { fork } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'

const fates = ['written', 'coalesced', 'deadLettered', 'dropped', 'returned'] as const

/** What `run-seeds.mjs` sends. */
interface Shard {
  readonly cpuMs: number
  readonly errors: readonly { readonly seed: number; readonly claim: string; readonly message: string }[]
  readonly answers: readonly string[]
  readonly fates: Readonly<Record<(typeof fates)[number], number>>
  readonly shapes: Readonly<Record<'flow' | 'pipeline', number>>
  readonly breakerOpenings: number
}

/** One seed to look at, or all of them. */
const { SEED } = process.env
const first = SEED === undefined ? 1 : Number(SEED)
const last = SEED === undefined ? 10_000 : first
const limitMs = 60_000

test(
  'simulation: ten thousand schedules break no promise',
  async () => {
    const began = performance.now()
    const shards = await Promise.all(rangesOf(first, last).map(run))
    const elapsedMs = performance.now() - began
    // What else the machine does is not the simulator's: a shard has its processor to itself, or should.
    const busyMs = Math.max(...shards.map(({ cpuMs }) => cpuMs))
    const seconds = (ms: number) => (ms / 1_000).toFixed(1)
    process.stdout.write(
      `simulation: ${last - first + 1} seeds in ${seconds(elapsedMs)} s, ${seconds(busyMs)} s of them busy\n`,
    )
    const errors = shards.flatMap((shard) => shard.errors)
    if (errors.length > 0) throw new Error(summaryOf(errors))
    expect(busyMs).toBeLessThan(limitMs)
    if (SEED === undefined) expectVariety(shards)
  },
  10 * limitMs,
)

/** One range of seeds per processor. */
function rangesOf(from: number, to: number): readonly (readonly [number, number])[] {
  const size = Math.ceil((to - from + 1) / availableParallelism())
  const ranges: [number, number][] = []
  for (let at = from; at <= to; at += size) ranges.push([at, Math.min(at + size - 1, to)])
  return ranges
}

async function run([from, to]: readonly [number, number]): Promise<Shard> {
  const script = fileURLToPath(new URL('run-seeds.mjs', import.meta.url))
  const child = fork(script, [String(from), String(to)], { execArgv: ['--unhandled-rejections=strict'] })
  const sent: Shard[] = []
  child.on('message', (message) => void sent.push(message as Shard))
  const [code] = (await once(child, 'close')) as [number | null]
  const [shard] = sent
  if (code !== 0 || shard === undefined)
    throw new Error(`seeds ${from} to ${to} ended with exit code ${code}`)
  return shard
}

/** The first violation in full, with the seeds of all. */
function summaryOf(errors: Shard['errors']): string {
  const seeds = new Map<string, number[]>()
  for (const { claim, seed } of errors) seeds.set(claim, [...(seeds.get(claim) ?? []), seed])
  const lines = [...seeds].map(
    ([claim, of]) =>
      `  ${of.length} seeds: ${claim}: ${of.slice(0, 10).join(', ')}${of.length > 10 ? ', …' : ''}`,
  )
  return `${errors.length} seeds break a claim\n${lines.join('\n')}\n\n${errors[0]?.message ?? ''}`
}

/** A simulation in which nothing goes wrong shows nothing. */
function expectVariety(shards: readonly Shard[]): void {
  const answers = new Set(shards.flatMap((shard) => shard.answers))
  expect([...answers].sort()).toEqual([
    'afterwards',
    'commit',
    'kept',
    'late',
    'lost',
    'misconfigured',
    'never',
    'outcomes',
    'overload',
    'poison',
    'split',
    'transient',
    'unknown',
  ])
  for (const fate of fates)
    expect(shards.reduce((rows, shard) => rows + shard.fates[fate], 0)).toBeGreaterThan(1_000)
  const sum = (read: (shard: Shard) => number) => shards.reduce((total, shard) => total + read(shard), 0)
  expect(sum(({ shapes }) => shapes.pipeline)).toBeGreaterThan(1_000)
  expect(sum(({ breakerOpenings }) => breakerOpenings)).toBeGreaterThan(1_000)
}
