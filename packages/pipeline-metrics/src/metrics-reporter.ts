import type { Labels, Metric } from './metric.ts'

/** A counter bound to its labels. */
export interface BoundCounter {
  /** Adds `n`, in the metric's unit; from 0. */
  add(n: number): void
}

/** A histogram bound to its labels. */
export interface BoundHistogram {
  /** Records `value`, in the metric's unit, `count` times (default 1): one call for the rows of a chunk. A reporter
   * may keep the exemplar or ignore it. */
  record(value: number, count?: number, exemplar?: Labels): void
}

/** Where metrics go. Instruments are bound once to their labels and cheap ever after.
 *
 * Binding makes the series: it is exported from then on, a counter and a histogram at zero. Binding the same metric
 * and labels again gives the same series. Labels are passed without aliases (see {@link Metric}), and a label whose value
 * is empty stands for no label. A reporter may keep nothing of metrics that are `optIn`.
 *
 * @example
 * ```ts
 * const lines: MetricsReporter = {
 *   counter: (metric) => ({ add: (n) => console.log(metric.name, '+', n) }),
 *   histogram: (metric) => ({ record: (value, count = 1) => console.log(metric.name, value, 'x', count) }),
 *   gauge: () => ({ [Symbol.dispose]() {} }),
 * }
 * ``` */
export interface MetricsReporter {
  /** Binds a counter of these labels. */
  counter(metric: Metric, labels: Labels): BoundCounter
  /** Binds a histogram of these labels, with the buckets of `metric` unless the reporter has others for it; or, for a
   * metric of type `summary`, its quantiles. */
  histogram(metric: Metric, labels: Labels): BoundHistogram
  /** Registers a value that is read when metrics are collected, and not before. Readings of several registrations
   * with equal labels combine as the metric's `combine` says.
   *
   * - A gauge vanishes with its last registration.
   * - A metric of type `counter` may be registered here too, when something else counts already: `read` then returns
   *   a total that never goes down. Disposal reads it once more, and what it read stays: counters never vanish.
   *
   * All registrations are to be read in one synchronous pass per collection, so that values of one source fit
   * together. A `read` that throws must not fail the collection. */
  gauge(metric: Metric, labels: Labels, read: () => number): Disposable
}
