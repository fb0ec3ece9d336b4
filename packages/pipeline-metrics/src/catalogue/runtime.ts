import type { CatalogueMetric } from '../metric.ts'

export const processStartTimeSeconds: CatalogueMetric = {
  name: 'process_start_time_seconds',
  layer: 'runtime',
  type: 'gauge',
  unit: 'seconds',
  help: 'Unix time the process started.',
  labels: [],
  combine: 'max',
  aggregator: 'max',
}

export const gcDurationSeconds: CatalogueMetric = {
  name: 'nodejs_gc_duration_seconds',
  layer: 'runtime',
  type: 'histogram',
  unit: 'seconds',
  help: 'GC pause by kind (every PerformanceObserver entry, not only the first).',
  labels: ['kind'],
  labelValues: { kind: ['major', 'minor', 'incremental', 'weakcb'] },
  buckets: [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
}

export const heapSizeUsedBytes: CatalogueMetric = {
  name: 'nodejs_heap_size_used_bytes',
  layer: 'runtime',
  type: 'gauge',
  unit: 'bytes',
  help: 'V8 heap used.',
  labels: [],
}

export const heapSizeTotalBytes: CatalogueMetric = {
  name: 'nodejs_heap_size_total_bytes',
  layer: 'runtime',
  type: 'gauge',
  unit: 'bytes',
  help: 'V8 heap committed.',
  labels: [],
}

export const externalMemoryBytes: CatalogueMetric = {
  name: 'nodejs_external_memory_bytes',
  layer: 'runtime',
  type: 'gauge',
  unit: 'bytes',
  help: 'External memory.',
  labels: [],
}

export const processResidentMemoryBytes: CatalogueMetric = {
  name: 'process_resident_memory_bytes',
  layer: 'runtime',
  type: 'gauge',
  unit: 'bytes',
  help: 'RSS.',
  labels: [],
}

export const processOpenFds: CatalogueMetric = {
  name: 'process_open_fds',
  layer: 'runtime',
  type: 'gauge',
  unit: 'fds',
  help: 'Open file descriptors.',
  labels: [],
}

export const processMaxFds: CatalogueMetric = {
  name: 'process_max_fds',
  layer: 'runtime',
  type: 'gauge',
  unit: 'fds',
  help: 'Descriptor limit.',
  labels: [],
  combine: 'max',
  aggregator: 'max',
}

export const activeResources: CatalogueMetric = {
  name: 'nodejs_active_resources',
  layer: 'runtime',
  type: 'gauge',
  unit: 'resources',
  help: 'Active libuv resources by type (prom-client name; its _total gauge twin is skipped because promtool lints it).',
  labels: ['type'],
}

export const processCpuSecondsTotal: CatalogueMetric = {
  name: 'process_cpu_seconds_total',
  layer: 'runtime',
  type: 'counter',
  unit: 'seconds',
  help: 'User + system CPU time.',
  labels: [],
}

export const versionInfo: CatalogueMetric = {
  name: 'nodejs_version_info',
  layer: 'runtime',
  type: 'gauge',
  unit: 'info',
  help: 'Node version.',
  labels: ['version', 'major', 'minor', 'patch'],
  combine: 'max',
  aggregator: 'max',
}

export const heapSizeLimitBytes: CatalogueMetric = {
  name: 'nodejs_heap_size_limit_bytes',
  layer: 'runtime',
  type: 'gauge',
  unit: 'bytes',
  help: 'V8 heap limit.',
  labels: [],
  combine: 'max',
  aggregator: 'max',
}

export const eventloopUtilizationRatio: CatalogueMetric = {
  name: 'nodejs_eventloop_utilization_ratio',
  layer: 'addition',
  type: 'gauge',
  unit: 'ratio',
  help: 'ELU since last sample.',
  labels: [],
  combine: 'max',
  aggregator: 'average',
}

export const eventloopDelaySeconds: CatalogueMetric = {
  name: 'nodejs_eventloop_delay_seconds',
  layer: 'addition',
  type: 'histogram',
  unit: 'seconds',
  help: 'Event-loop delay distribution fed from monitorEventLoopDelay on our own timer (replaces prom-client lag_p50/p90/p99 gauges, which reset on every scrape).',
  labels: [],
  buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
}
