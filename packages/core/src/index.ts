export { describeValue } from './describe-value.ts'
export * from './errors.ts'
export type {
  Batch,
  ClaimedPosition,
  Driver,
  DriverCapabilities,
  PoolStats,
  Position,
  Preview,
  WriteContext,
} from './driver/driver.ts'
export { onceAborted } from './driver/once-aborted.ts'
export { reasons } from './driver/failure.ts'
export type { Failure, FailureKind, Reason, RowOutcome } from './driver/failure.ts'
export { rowSemantics } from './driver/target.ts'
export type { RowKey, RowOf, RowSemantics, Target } from './driver/target.ts'
export type { BreakerState } from './engine/breaker.ts'
export type { Clock, Environment } from './engine/clock.ts'
export type { FlowLimits, FlowStats, Ledger } from './engine/ledger.ts'
export type { PressureLevel } from './engine/pressure.ts'
export type {
  BatchFlowOptions,
  BreakerOptions,
  DeadLetter,
  DeadLetterSink,
  RetryOptions,
  RetuneOptions,
  TargetOptions,
} from './flow/options.ts'
export type { BatchFlow, FlushOptions, Settled, SettledRow, SubmitOptions } from './flow/batch-flow.ts'
export type { FlowObserver, FlushTrigger, RejectReason, WeightedValues } from './observe/observer.ts'
export { failures } from './observe/failures.ts'
export type { Failures, FailuresOptions, FlowFailure } from './observe/failures.ts'
export { logObserver } from './observe/log-observer.ts'
export type { FlowLogger, LogLevel, LogOptions } from './observe/log-observer.ts'
export { traceChannels } from './observe/tracing.ts'
export type { AttemptTrace, FlushTrace, SubmitTrace } from './observe/tracing.ts'
export { createBatchFlow } from './flow/create-batch-flow.ts'
export { createPipeline } from './pipeline/create-pipeline.ts'
export type { FlushContext, ItemLetter, PipelineOptions, PipelineRetuneOptions } from './pipeline/options.ts'
export type { Pipeline, SettledItem } from './pipeline/pipeline.ts'
export { submitAll } from './stream/submit-all.ts'
export { toWritable } from './stream/to-writable.ts'
