import type { MonitoringConfig } from './config.ts'

/** A number of seconds as Prometheus writes it: `5m`, `1h30m`, `3d`. */
export function duration(length: number): string {
  let rest = Math.round(length)
  if (rest === 0) return '0s'
  let text = ''
  for (const [unit, size] of units) {
    const count = Math.floor(rest / size)
    rest -= count * size
    if (count > 0) text += `${count}${unit}`
  }
  return text
}

/** A number of seconds from how Prometheus writes it. */
export function seconds(text: string): number {
  let sum = 0
  for (const [, count, unit] of text.matchAll(/(\d+)([dhms])/g))
    sum += Number(count) * (units.find(([name]) => name === unit)?.[1] ?? 0)
  return sum
}

/** A window of a rule, shortened as the configuration says. */
export function window(text: string, { windowDivisor }: MonitoringConfig): string {
  return duration(seconds(text) / windowDivisor)
}

/** A `for` of an alert, no longer than the configuration allows. */
export function pendingFor(text: string, { maxForSeconds }: MonitoringConfig): string {
  return duration(Math.min(seconds(text), maxForSeconds))
}

const units: readonly (readonly [string, number])[] = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
]
