import { readdir, readFile } from 'node:fs/promises'
import { getHeapStatistics } from 'node:v8'

/** One sample of the process's memory serves everything that is read from it in one pass. */
export interface MemoryReading {
  readonly rss: number
  readonly heapUsed: number
  readonly heapTotal: number
  readonly external: number
  /** Bytes that were ever allocated; undefined where V8 does not count them, as in Node 20. */
  readonly totalAllocated: number | undefined
}

/** Memory now. */
export function readMemory(): MemoryReading {
  const { rss, heapUsed, heapTotal, external } = process.memoryUsage()
  const statistics: object = getHeapStatistics()
  const total: unknown = Reflect.get(statistics, 'total_allocated_bytes')
  return { rss, heapUsed, heapTotal, external, totalAllocated: typeof total === 'number' ? total : undefined }
}

/** Unix time in seconds at which the process started. */
export function startTimeSeconds(): number {
  return Date.now() / 1000 - process.uptime()
}

/** Seconds of processor time, user and system. */
export function cpuSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

/** Open file descriptors, where the system shows them (Linux). Not read during a scrape: a service with many thousand
 * sockets would stand still for it. */
export async function countOpenFiles(): Promise<number | undefined> {
  try {
    return (await readdir('/proc/self/fd')).length
  } catch {
    // No /proc: the series is left out.
    return undefined
  }
}

/** The limit on open file descriptors, where the system shows it (Linux) and there is one. */
export async function readMaxFiles(): Promise<number | undefined> {
  try {
    const limits = await readFile('/proc/self/limits', 'utf8')
    const limit = /^Max open files +(\d+)/m.exec(limits)?.[1]
    return limit === undefined ? undefined : Number(limit)
  } catch {
    return undefined
  }
}
