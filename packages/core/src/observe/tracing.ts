import { channel, tracingChannel, type Channel, type TracingChannel } from 'node:diagnostics_channel'

/** What the tracing channel `batchflow:attempt` tells: one call of the driver. */
export interface AttemptTrace {
  readonly driver: string
  readonly target: string
  readonly batchId: string
  readonly rows: number
  /** 1 is the first. */
  readonly attempt: number
  /** With `error`: what the driver threw. It may quote row values. */
  error?: unknown
}

/** What the tracing channel `batchflow:flush` tells: one batch, from its cut until each of its rows is settled. */
export interface FlushTrace {
  readonly driver: string
  readonly target: string
  readonly batchId: string
  readonly rows: number
  readonly bytes: number
  /** Rows that are in the database, from `asyncStart` on. */
  written?: number
  /** Rows that were given up, from `asyncStart` on. */
  failed?: number
}

/** What the channel `batchflow:submit` tells: a row was accepted. One in 64 is told of, the first of each 64 in a batch, in
 * the turn of its caller. */
export interface SubmitTrace {
  readonly target: string
  /** Estimated bytes of this row. */
  readonly bytes: number
  /** How many rows this one stands for. */
  readonly sampledRows: number
}

/** Names of the channels of `node:diagnostics_channel`: `attempt` and `flush` are tracing channels, `submit` is a plain
 * one. They cost nothing while nobody has subscribed. Inside an attempt the context of its flush holds, and what a driver's
 * client traces itself is within the attempt.
 *
 * @example
 * ```ts
 * import { tracingChannel } from 'node:diagnostics_channel'
 * import { traceChannels, type AttemptTrace } from '@batchflow/core'
 *
 * tracingChannel(traceChannels.attempt).subscribe({
 *   start: (trace) => begin((trace as AttemptTrace).batchId),
 *   asyncEnd: (trace) => end((trace as AttemptTrace).batchId),
 *   …
 * })
 * ``` */
export const traceChannels = {
  submit: 'batchflow:submit',
  flush: 'batchflow:flush',
  attempt: 'batchflow:attempt',
} as const

/** Node keeps named channels for the whole process, so that whoever subscribes need not know who publishes. */
export const attemptChannel: TracingChannel<unknown, AttemptTrace> = tracingChannel(traceChannels.attempt)
export const flushChannel: TracingChannel<unknown, FlushTrace> = tracingChannel(traceChannels.flush)
export const submitChannel: Channel = channel(traceChannels.submit)
