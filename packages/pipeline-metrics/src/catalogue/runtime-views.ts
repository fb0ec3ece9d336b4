import type { CatalogueMetric } from '../metric.ts'

/** What the chat service of the guides calls the state of its runtime. */
export const runtimeViews: readonly CatalogueMetric[] = [
  {
    name: 'chatim_go_goroutines',
    layer: 'runtime-view',
    type: 'gauge',
    unit: 'tasks',
    help: 'Node equivalent: active libuv resources (process.getActiveResourcesInfo().length).',
    labels: [],
  },
  {
    name: 'chatim_go_memory_alloc_bytes',
    layer: 'runtime-view',
    type: 'gauge',
    unit: 'bytes',
    help: 'Node: heapUsed + external.',
    labels: [],
  },
  {
    name: 'chatim_go_memory_heap_bytes',
    layer: 'runtime-view',
    type: 'gauge',
    unit: 'bytes',
    help: 'Node: heapUsed.',
    labels: [],
  },
  {
    name: 'chatim_go_gc_pause_duration_seconds',
    layer: 'runtime-view',
    type: 'histogram',
    unit: 'seconds',
    help: 'Node: PerformanceObserver gc entry duration.',
    labels: [],
    buckets: [0.00001, 0.00005, 0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1],
  },
  {
    name: 'go_gc_duration_seconds',
    layer: 'runtime-view',
    type: 'summary',
    unit: 'seconds',
    help: 'Go client default; Node: summary view over gc entries.',
    labels: [],
    quantiles: [0, 0.25, 0.5, 0.75, 1],
    aggregator: 'omit',
  },
]
