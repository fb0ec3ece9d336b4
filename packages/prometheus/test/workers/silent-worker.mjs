// A thread that publishes, and then does not answer for longer than anybody waits.
import { parentPort } from 'node:worker_threads'
import { catalogue } from '@batchflow/pipeline-metrics'
import { createPrometheusReporter, publishMetrics } from '@batchflow/prometheus'

const metrics = createPrometheusReporter({ runtime: false })
metrics.counter(catalogue.batchflow_bytes_written_total, { database: 'test', instance_id: 'silent' }).add(5)
publishMetrics(metrics)
parentPort.on('message', () => {
  const wait = new Int32Array(new SharedArrayBuffer(4))
  parentPort.postMessage('blocked')
  for (;;) Atomics.wait(wait, 0, 0, 1_000)
})
parentPort.postMessage('ready')
