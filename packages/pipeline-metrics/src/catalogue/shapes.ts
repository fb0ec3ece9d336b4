import { reasons } from '@batchflow/core'

export const flowLabels: readonly string[] = ['database', 'instance_id', 'test_name']

export const flowAliases: Readonly<Record<string, string>> = { test_name: 'instance_id' }

export const latencyBuckets: readonly number[] = [
  0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.024, 2.048, 4.096, 8.192,
  16.384, 32.768, 65.536,
]

export const fineLatencyBuckets: readonly number[] = [0.00001, 0.00005, 0.0001, 0.00025, ...latencyBuckets]

export const rowBuckets: readonly number[] = [
  1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384,
]

export const argumentBuckets: readonly number[] = [...rowBuckets, 32768, 65536, 131072]

/** {@link latencyBuckets} in milliseconds. */
export const millisecondBuckets: readonly number[] = [
  0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536,
]

/** Those of BatchSQL and go-pipeline: all of them are among {@link latencyBuckets}. */
export const coarseLatencyBuckets: readonly number[] = [
  0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.024, 2.048, 4.096, 8.192, 16.384,
]

/** A retried attempt and a batch given up, for each reason. */
export const errorTypes: readonly string[] = [
  ...reasons.map((reason) => `retry:${reason}`),
  ...reasons.map((reason) => `final:${reason}`),
]
