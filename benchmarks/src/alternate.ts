import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Measurement } from './measure.ts'

const run = promisify(execFile)
const runCase = fileURLToPath(new URL('./run-case.js', import.meta.url))

/** A case of a bench: what runs, and against what. */
export interface BenchCase {
  readonly name: string
  readonly subject: string
  /** Left out: nothing to compare with, or the subject compares itself. */
  readonly baseline?: string
  /** What a subject compares itself with. */
  readonly versus?: string
  readonly rows: number
  readonly flushSize: number
}

/** One line of a bench's result. */
export interface BenchResult extends Omit<Measurement, 'ratio'> {
  readonly bench: string
  readonly case: string
  readonly baseline: string | null
  /** Median of ours / baseline, pair by pair. */
  readonly ratio: number | null
}

/** Runs subject and baseline in turn, each in a process of its own, so that a machine that gets slower or faster does so
 * for both; answers medians. Each is the first of every other pair, so that the order favours neither. The first pair warms the
 * machine up and does not count. */
export async function alternate(bench: string, benchCase: BenchCase, pairs: number): Promise<BenchResult> {
  const { name, subject, baseline, versus, rows, flushSize } = benchCase
  const ours: Measurement[] = []
  const ratios: number[] = []
  for (let pair = 0; pair <= pairs; pair++) {
    const runBaseline = async () =>
      baseline === undefined ? undefined : await once([bench, baseline, rows, flushSize])
    const before = pair % 2 === 0 ? undefined : await runBaseline()
    const our = await once([bench, subject, rows, flushSize])
    const their = before ?? (await runBaseline())
    if (pair === 0) continue
    ours.push(our)
    const ratio = our.ratio ?? (their && our.rowsPerSecond / their.rowsPerSecond)
    if (ratio !== undefined) ratios.push(ratio)
  }
  const middle = (read: (measurement: Measurement) => number) => median(ours.map(read))
  return {
    bench,
    case: name,
    rows,
    rowsPerSecond: Math.round(middle((m) => m.rowsPerSecond)),
    ratio: ratios.length === 0 ? null : Number(median(ratios).toFixed(3)),
    baseline: baseline ?? versus ?? null,
    cpuSeconds: Number(middle((m) => m.cpuSeconds).toFixed(3)),
    peakRssBytes: middle((m) => m.peakRssBytes),
    eventLoopDelayP99Ms: Number(middle((m) => m.eventLoopDelayP99Ms).toFixed(2)),
  }
}

async function once(args: readonly (string | number)[]): Promise<Measurement> {
  const { stdout } = await run(process.execPath, [runCase, ...args.map(String)])
  return JSON.parse(stdout) as Measurement
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
}
