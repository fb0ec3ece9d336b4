export { catalogue } from './catalogue.ts'
export { composeReporters } from './compose-reporters.ts'
export { createTestRecorder } from './create-test-recorder.ts'
export type { TestRecorder, TestResult, TestSample } from './create-test-recorder.ts'
export { flowMetrics } from './flow-metrics.ts'
export type { FlowMetricsOptions, SettledBatch } from './flow-options.ts'
export { measurePool } from './measure-pool.ts'
export type { MeasurePoolOptions } from './measure-pool.ts'
export type {
  CatalogueMetric,
  Labels,
  Metric,
  MetricAggregator,
  MetricCombination,
  MetricLayer,
} from './metric.ts'
export type { BoundCounter, BoundHistogram, MetricsReporter } from './metrics-reporter.ts'
export { pipelineMetrics } from './pipeline-metrics.ts'
export type { PipelineMetricsOptions } from './pipeline-metrics.ts'
export { streamMetrics } from './stream-metrics.ts'
export type { StreamMetricsSource, StreamReading } from './stream-metrics.ts'
