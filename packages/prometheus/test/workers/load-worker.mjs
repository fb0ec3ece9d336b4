// A worker of the tests, as a thread or as a process: a flow at work until it is told to end. Runs from dist.
import cluster from 'node:cluster'
import { parentPort } from 'node:worker_threads'
import { createBatchFlow } from '@batchflow/core'
import { catalogue, flowMetrics } from '@batchflow/pipeline-metrics'
import { createPrometheusReporter, publishMetrics } from '@batchflow/prometheus'
import { Gauge, Counter } from 'prom-client'

const metrics = createPrometheusReporter({ sampleIntervalMs: 20 })
const published = publishMetrics(metrics)
const registers = [metrics.registry]
new Counter({ name: 'own_total', help: 'Own.', labelNames: ['by'], registers }).inc({ by: 'worker' }, 2)
new Gauge({ name: 'own_limit', help: 'Own limit.', aggregator: 'max', registers }).set(7)

const response = metrics.histogram(catalogue.batchflow_response_time_seconds, {
  database: 'test',
  operation: 'set',
})
for (let ms = 1; ms <= 100; ms++) response.record(ms / 1000)

const flow = createBatchFlow({
  driver: {
    name: 'load',
    capabilities: {},
    write: async () => await new Promise((resolve) => setTimeout(resolve, 1)),
    classify: () => undefined,
  },
  flushSize: 50,
  bufferSize: 1_000,
  onDeadLetter: () => {},
  observers: [flowMetrics(metrics, { instanceId: 'load' })],
})

const ending = new AbortController()
const listener = (message) => {
  if (message === 'end') ending.abort()
}
if (parentPort === null) process.on('message', listener)
else parentPort.on('message', listener)

const tell = (message) => (parentPort === null ? process.send(message) : parentPort.postMessage(message))
let submitted = 0
tell('ready')
while (!ending.signal.aborted) {
  await flow.submit({ name: 'rows' }, { id: submitted++ })
  if (submitted % 100 === 0) await new Promise((resolve) => setImmediate(resolve))
}
await flow.close()
published[Symbol.dispose]()
metrics[Symbol.dispose]()
tell({ submitted })
if (parentPort !== null) parentPort.close()
else if (cluster.isWorker) cluster.worker.disconnect()
else process.disconnect()
