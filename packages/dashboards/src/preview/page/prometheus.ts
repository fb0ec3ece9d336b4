/** One line of a result. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>
  /** Times in seconds, ascending. */
  readonly times: readonly number[]
  readonly values: readonly number[]
}

/** The time that is looked at, in seconds. */
export interface TimeRange {
  readonly from: number
  readonly to: number
  readonly step: number
  /** Time between two scrapes, for `$__rate_interval`. */
  readonly scrapeInterval: number
}

interface Answer<T> {
  readonly status: string
  readonly error?: string
  readonly data: T
}

interface Matrix {
  readonly resultType: string
  readonly result: readonly {
    readonly metric: Record<string, string>
    readonly values?: readonly (readonly [number, string])[]
    readonly value?: readonly [number, string]
  }[]
}

/** Runs a query over the range, or at its end. */
export async function query(expr: string, range: TimeRange, instant: boolean): Promise<Series[]> {
  const times = instant
    ? { time: String(range.to) }
    : { start: String(range.from), end: String(range.to), step: String(range.step) }
  const path = instant ? 'query' : 'query_range'
  const { result, resultType } = await ask<Matrix>(path, new URLSearchParams({ query: expr, ...times }))
  if (resultType === 'scalar' || resultType === 'string') return []
  return result.map(({ metric, values, value }) => {
    const samples = values ?? (value ? [value] : [])
    return {
      labels: metric,
      times: samples.map(([time]) => time),
      values: samples.map(([, text]) => sample(text)),
    }
  })
}

/** Values of a label among series of a selector, as `label_values(selector, label)` asks for them. */
export async function labelValues(
  selector: string | undefined,
  label: string,
  range: TimeRange,
): Promise<string[]> {
  const parameters = new URLSearchParams({ start: String(range.from), end: String(range.to) })
  if (selector !== undefined) parameters.set('match[]', selector)
  return ask<string[]>(`label/${label}/values`, parameters)
}

async function ask<T>(path: string, parameters: URLSearchParams): Promise<T> {
  const response = await fetch(`/api/v1/${path}?${parameters}`)
  const answer = (await response.json()) as Answer<T>
  if (answer.status !== 'success') throw new Error(answer.error ?? `HTTP ${response.status}`)
  return answer.data
}

function sample(text: string): number {
  if (text === '+Inf') return Infinity
  return text === '-Inf' ? -Infinity : Number(text)
}
