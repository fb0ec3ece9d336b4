import { createSocket } from 'node:dgram'
import type { Labels, Metric, MetricsReporter } from '@batchflow/pipeline-metrics'

/** Options of {@link statsdReporter}. */
export interface StatsdReporterOptions {
  /** Where the StatsD server listens. @defaultValue '127.0.0.1' */
  readonly host?: string
  /** Its UDP port. @defaultValue 8125 */
  readonly port?: number
  /** Time between sending what has gathered, in milliseconds. @defaultValue 1000 */
  readonly intervalMs?: number
}

/** A datagram that needs no fragments on an ordinary network. */
const maxDatagramBytes = 1_432

/** A metrics reporter that speaks StatsD, with labels as the tags of DogStatsD. Counts are gathered and sent at intervals,
 * so a batch costs additions and no system call.
 *
 * @example
 * ```ts
 * using statsd = statsdReporter({ host: 'statsd.internal' })
 * const reporter = composeReporters(prometheus, statsd)
 * ``` */
export function statsdReporter(options: StatsdReporterOptions = {}): MetricsReporter & Disposable {
  const { host = '127.0.0.1', port = 8125, intervalMs = 1_000 } = options
  const socket = createSocket('udp4')
  // Nobody may be listening: StatsD is sent into the blue.
  socket.on('error', () => {})
  socket.unref()
  const counts = new Map<string, number>()
  const lines: string[] = []
  const gauges = new Set<() => string>()
  const count = (name: string, n: number) => counts.set(name, (counts.get(name) ?? 0) + n)

  const send = () => {
    for (const [name, n] of counts) if (n > 0) lines.push(name.replace('|c', `:${n}|c`))
    counts.clear()
    for (const read of gauges) lines.push(read())
    for (const datagram of datagramsOf(lines.splice(0))) socket.send(datagram, port, host, () => {})
  }
  const timer = setInterval(send, intervalMs)
  timer.unref()

  return {
    counter(metric, labels) {
      const name = `${metric.name}|c${tagsOf(labels)}`
      return { add: (n) => void count(name, n) }
    },
    histogram(metric, labels) {
      const tags = tagsOf(labels)
      // A sample that stands for many is sent once, with the share of it that was taken.
      return {
        record: (value, times = 1) =>
          void lines.push(`${metric.name}:${value}|h${times === 1 ? '' : `|@${1 / times}`}${tags}`),
      }
    },
    gauge: (metric, labels, read) => {
      const line = readingOf(metric, labels, read)
      gauges.add(line)
      return {
        [Symbol.dispose]() {
          if (metric.type === 'counter') lines.push(line())
          gauges.delete(line)
        },
      }
    },
    [Symbol.dispose]() {
      clearInterval(timer)
      send()
      // After what was sent before it.
      socket.send('', port, host, () => socket.close())
    },
  }
}

/** A gauge as it is; of a counter that somebody else keeps, what has come since the last time. */
function readingOf({ name, type }: Metric, labels: Labels, read: () => number): () => string {
  const tags = tagsOf(labels)
  if (type === 'gauge') return () => `${name}:${read()}|g${tags}`
  let last = 0
  return () => {
    const now = read()
    const line = `${name}:${now - last}|c${tags}`
    last = now
    return line
  }
}

function tagsOf(labels: Labels): string {
  const tags = Object.entries(labels).filter(([, value]) => value !== '')
  // Commas and pipes separate; a colon in a value is its own.
  return tags.length === 0
    ? ''
    : `|#${tags.map(([name, value]) => `${name}:${value.replaceAll(/[,|\n]/g, '_')}`).join(',')}`
}

function datagramsOf(lines: readonly string[]): string[] {
  const datagrams: string[] = []
  for (const line of lines) {
    const last = datagrams.at(-1)
    if (last !== undefined && Buffer.byteLength(last) + Buffer.byteLength(line) < maxDatagramBytes)
      datagrams[datagrams.length - 1] = `${last}\n${line}`
    else datagrams.push(line)
  }
  return datagrams
}
