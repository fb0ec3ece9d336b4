import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** An expression of the guides, with what is known of it. */
export interface Expression {
  readonly id: string
  readonly verbatim: string
  readonly corrected: string
  readonly note: string | null
  readonly expect:
    'data' | 'harness' | 'data-after-faults' | 'empty' | 'empty-when-healthy' | 'later' | 'not-a-query'
}

const path = fileURLToPath(new URL('../../../../shared/metrics/promql.json', import.meta.url))

/** The guides' expressions; undefined where the specification is not beside this checkout. */
export function readExpressions(): readonly Expression[] | undefined {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Expression[]) : undefined
}

/** What Grafana puts in the place of its variables when everything is chosen. */
const variables: Readonly<Record<string, string>> = {
  $database: '.+',
  $table: '.+',
  $__rate_interval: '1m',
  $__range: '5m',
}

/** An expression as Grafana would send it. */
export function expanded(expression: string): string {
  return expression.replaceAll(/\$\w+/g, (name) => variables[name] ?? name)
}
