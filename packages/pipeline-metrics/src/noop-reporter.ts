import type { MetricsReporter } from './metrics-reporter.ts'

const counter = { add() {} }
const histogram = { record() {} }
const registration = { [Symbol.dispose]() {} }

/** Takes everything and keeps nothing; never reads a gauge. */
export const noopReporter: MetricsReporter = Object.freeze({
  counter: () => counter,
  histogram: () => histogram,
  gauge: () => registration,
})
