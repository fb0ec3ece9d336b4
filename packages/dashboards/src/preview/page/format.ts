/** Values with their units, as Grafana writes them (`getValueFormat` of `@grafana/data`, without a number of decimals);
 * the units of `model/panel.ts` and those of the guides' dashboards. */
export function formatValue(value: number, unit = 'short'): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '∞' : '-∞'
  const format = formats[unit]
  return format ? format(value) : `${digits(value)} ${unit}`
}

type Format = (value: number) => string

/** Three digits that mean something. */
export function digits(value: number): string {
  if (value === 0) return '0'
  const magnitude = Math.floor(Math.log10(Math.abs(value)))
  const decimals = Math.min(20, Math.max(0, 2 - magnitude))
  // Rounded first: toFixed makes 16.6 of 16.65, whose nearest double lies below it.
  const text = (Math.round(value * 10 ** decimals) / 10 ** decimals).toFixed(decimals)
  return Number.isInteger(Number(text)) ? text.replace(/\.0+$/, '') : text
}

/** A number over the first limit that it is below. */
const stepped =
  (steps: readonly (readonly [below: number, divisor: number, suffix: string])[]): Format =>
  (value) => {
    const size = Math.abs(value)
    const [, divisor, suffix] = steps.find(([below]) => size < below) ?? [Infinity, 1, '']
    return `${digits(value / divisor)}${suffix}`
  }

const thousands = (suffixes: readonly string[], tail = ''): Format =>
  stepped(
    suffixes.map((suffix, i) => [
      i === suffixes.length - 1 ? Infinity : 1000 ** (i + 1),
      1000 ** i,
      `${suffix}${tail}`,
    ]),
  )

const binary = (suffixes: readonly string[]): Format =>
  stepped(
    suffixes.map((suffix, i) => [
      i === suffixes.length - 1 ? Infinity : 1024 ** (i + 1),
      1024 ** i,
      ` ${suffix}`,
    ]),
  )

const bytes = binary(['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'])
const counts = (tail: string) => thousands(['', 'K', 'M', 'B', 'T'], ` ${tail}`)

const year = 31_557_600
const seconds = stepped([
  [1e-6, 1e-9, ' ns'],
  [1e-3, 1e-6, ' µs'],
  [1, 1e-3, ' ms'],
  [60, 1, ' s'],
  [3_600, 60, ' mins'],
  [86_400, 3_600, ' hours'],
  [604_800, 86_400, ' days'],
  [year, 604_800, ' weeks'],
  [Infinity, year, ' years'],
])

const formats: Readonly<Record<string, Format>> = {
  none: digits,
  short: thousands(['', ' K', ' Mil', ' Bil', ' Tri']),
  s: (value) => (value === 0 ? '0 s' : seconds(value)),
  ms: stepped([
    [1_000, 1, ' ms'],
    [60_000, 1_000, ' s'],
    [3_600_000, 60_000, ' mins'],
    [86_400_000, 3_600_000, ' hours'],
    [Infinity, 86_400_000, ' days'],
  ]),
  bytes,
  mbytes: (value) => (value === 0 ? '0 MiB' : bytes(value * 1024 ** 2)),
  percent: (value) => `${digits(value)}%`,
  percentunit: (value) => `${digits(value * 100)}%`,
  ops: counts('ops/s'),
  cps: counts('c/s'),
  rowsps: counts('rows/s'),
  reqps: counts('req/s'),
}
