import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { openWorkload, type Workload } from './core-soak-workload.ts'

/** Readings in all; the first quarter warms up. */
const readings = 24
const warmUp = readings / 4
/** Looks at the memory for one reading. */
const looks = 10
/** What may be gained in an hour: measuring noise is a little below it when the soak takes one. */
const maxGrowthBytesPerHour = 2 ** 20

interface Reading {
  readonly minute: number
  readonly rss: number
  readonly heap: number
  /** Timers, sockets and the like that keep the process alive. */
  readonly handles: number
  readonly rowsPerSecond: number
  readonly delayP99Ms: number
  readonly failures: number
}

const minutes = Number(process.argv[2])
process.exitCode = await run(minutes)

async function run(duration: number): Promise<number> {
  const delay = monitorEventLoopDelay({ resolution: 10 })
  delay.enable()
  const began = performance.now()
  const workload = openWorkload()
  const all: Reading[] = []
  print(['minute', 'RSS MiB', 'heap MiB', 'handles', 'rows/s', 'failures', 'delay p99 ms'])
  for (let count = 1; count <= readings; count++) {
    const rowsBefore = workload.rows
    const since = performance.now()
    await sleep(Math.max(0, began + (duration * 60_000 * count) / readings - since))
    const reading = await read(workload, {
      minute: (performance.now() - began) / 60_000,
      rowsPerSecond: (1_000 * (workload.rows - rowsBefore)) / (performance.now() - since),
      delayP99Ms: delay.percentile(99) / 1e6,
    })
    delay.reset()
    all.push(reading)
    print(wordsOf(reading))
  }
  const unaccounted = await workload.close()
  return judge(all, duration, unaccounted)
}

/** Between two loads: what is held then is held on to. */
async function read(
  workload: Workload,
  rest: Pick<Reading, 'minute' | 'rowsPerSecond' | 'delayP99Ms'>,
): Promise<Reading> {
  await workload.pause()
  let rss = Number.POSITIVE_INFINITY
  let heap = Number.POSITIVE_INFINITY
  let handles = Number.POSITIVE_INFINITY
  // The least of several: the collector gives pages back when it sees fit, and a row may still be on its way.
  for (let look = 0; look < looks; look++) {
    globalThis.gc?.()
    await sleep(50)
    const memory = process.memoryUsage()
    rss = Math.min(rss, memory.rss)
    heap = Math.min(heap, memory.heapUsed)
    handles = Math.min(handles, process.getActiveResourcesInfo().length)
  }
  const { failures } = workload
  workload.resume()
  return { ...rest, rss, heap, handles, failures }
}

function judge(all: readonly Reading[], duration: number, unaccounted: number): number {
  const settled = all.slice(warmUp)
  const rss = growthPerHour(settled, (reading) => reading.rss)
  const heap = growthPerHour(settled, (reading) => reading.heap)
  const handles = new Set(settled.map((reading) => reading.handles))
  const mib = (bytes: number) => (bytes / 2 ** 20).toFixed(2)
  process.stdout.write(
    `\nafter warm-up: RSS ${mib(rss)} MiB/h, heap ${mib(heap)} MiB/h, ` +
      `handles ${[...handles].join(' or ')}, ${unaccounted} rows not accounted for\n`,
  )
  // The slope of less says nothing of an hour: the code is still warming up.
  const grows = duration >= 60 && Math.max(rss, heap) > maxGrowthBytesPerHour
  return grows || handles.size > 1 || unaccounted !== 0 ? 1 : 0
}

/** The slope of the line that fits best. */
function growthPerHour(all: readonly Reading[], of: (reading: Reading) => number): number {
  const mean = (value: (reading: Reading) => number) => all.reduce((sum, r) => sum + value(r), 0) / all.length
  const [meanMinute, meanValue] = [mean((r) => r.minute), mean(of)]
  const above = all.reduce((sum, r) => sum + (r.minute - meanMinute) * (of(r) - meanValue), 0)
  const below = all.reduce((sum, r) => sum + (r.minute - meanMinute) ** 2, 0)
  return (60 * above) / below
}

function wordsOf(reading: Reading): readonly string[] {
  const { minute, rss, heap, handles, rowsPerSecond, failures, delayP99Ms } = reading
  return [
    minute.toFixed(1),
    (rss / 2 ** 20).toFixed(1),
    (heap / 2 ** 20).toFixed(2),
    String(handles),
    rowsPerSecond.toFixed(0),
    String(failures),
    delayP99Ms.toFixed(1),
  ]
}

function print(cells: readonly string[]): void {
  process.stdout.write(`${cells.map((cell) => cell.padStart(12)).join(' ')}\n`)
}
