import { catalogue } from '@batchflow/pipeline-metrics'
import { parser } from '@prometheus-io/lezer-promql'
import { familyOf } from './family.ts'
import { nodesNamed } from './parse.ts'

/** The expression for an exporter with a prefix. What Prometheus makes itself (`up`, `ALERTS`) has none. */
export function withPrefix(expr: string, prefix: string): string {
  if (prefix === '') return expr
  // The tree is only asked where names are: macros are left as they are, the parser finds its way around them.
  const names = nodesNamed(parser.parse(expr).topNode, 'Identifier').filter(({ from, to }) => {
    const family = familyOf(expr.slice(from, to))
    return family !== undefined && catalogue[family.name]?.layer !== 'prometheus'
  })
  let result = expr
  for (const { from } of names.reverse()) result = result.slice(0, from) + prefix + result.slice(from)
  return result
}
