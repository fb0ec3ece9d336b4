// Prints a page of two workers of a cluster, and one after they have ended.
import cluster from 'node:cluster'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { createMetricsHub, createPrometheusReporter } from '@batchflow/prometheus'

cluster.setupPrimary({ exec: fileURLToPath(new URL('./load-worker.mjs', import.meta.url)) })
const hub = createMetricsHub(createPrometheusReporter({ runtime: false }))
cluster.on('fork', (worker) => hub.add(worker))
const workers = [cluster.fork(), cluster.fork()]
await Promise.all(workers.map(async (worker) => await once(worker, 'message')))
const at = async (claim) => {
  for (;;) {
    const page = await hub.metrics()
    if (claim(page)) return page
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
const during = await at((page) => page.includes('own_total{by="worker"} 4'))
const ends = workers.map(async (worker) => await once(worker, 'exit'))
for (const worker of workers) worker.send('end')
await Promise.all(ends)
const after = await at((page) => !page.includes('batchflow_rows_pending{'))
console.log(JSON.stringify({ during, after }))
hub[Symbol.dispose]()
