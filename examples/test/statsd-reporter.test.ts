import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { afterEach, expect, test } from '@jest/globals'
import { createBatchFlow } from '@batchflow/core'
import { flowMetrics } from '@batchflow/pipeline-metrics'
import { statsdReporter } from '../src/statsd-reporter.ts'

const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

/** A server that keeps the lines it was sent. */
async function server() {
  const socket = createSocket('udp4')
  const lines: string[] = []
  const datagrams: number[] = []
  socket.on('message', (message) => {
    datagrams.push(message.length)
    lines.push(...message.toString().split('\n').filter(Boolean))
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  ends.push(() => socket.close())
  const until = async (claim: () => boolean) => {
    while (!claim()) await once(socket, 'message')
  }
  return { port: socket.address().port, lines, datagrams, until }
}

const driver = { name: 'memory', capabilities: {}, write: async () => {}, classify: () => undefined }

test('a flow arrives as counters, histograms and gauges, with labels as tags', async () => {
  const { port, lines, datagrams, until } = await server()
  const statsd = statsdReporter({ port, intervalMs: 60_000 })
  const flow = createBatchFlow({ driver, onDeadLetter: () => {}, observers: [flowMetrics(statsd)] })
  for (let id = 0; id < 10; id++) await flow.submit({ name: 'a,b|c' }, { id })
  await flow.close()
  statsd[Symbol.dispose]()
  const tags = '#database:memory,instance_id:default'
  const has = (line: string) => lines.includes(line)
  await until(() => has(`batchflow_rows_submitted_total:10|c|${tags}`))
  await until(() => has(`batchflow_batches_total:1|c|${tags},table:a_b_c,status:success`))
  await until(() => has(`batchflow_batch_size:10|h|${tags},table:a_b_c`))
  await until(() => lines.some((line) => line.startsWith('batchflow_enqueue_latency_seconds:0|h|@0.1|#')))
  expect(Math.max(...datagrams)).toBeLessThanOrEqual(1_432)
})

test('it sends at intervals, of pulled counters what has come since the last time', async () => {
  const { port, lines, until } = await server()
  using statsd = statsdReporter({ port, intervalMs: 10 })
  let total = 5
  const counted = { name: 'c', type: 'counter', unit: 'x', help: 'x', labels: [] } as const
  const shown = { name: 'g', type: 'gauge', unit: 'x', help: 'x', labels: [] } as const
  statsd.gauge(counted, {}, () => total)
  statsd.gauge(shown, {}, () => 7)
  await until(() => lines.includes('c:5|c') && lines.includes('g:7|g'))
  total = 8
  await until(() => lines.includes('c:3|c'))
  expect(lines.filter((line) => line === 'c:5|c')).toHaveLength(1)
})
