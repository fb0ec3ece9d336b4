import type { VariableInput } from './dashboard-json.ts'
import { labelValues, type TimeRange } from './prometheus.ts'

/** A variable with what it can be and what it is. */
export interface Variable {
  readonly name: string
  readonly label: string
  readonly values: readonly string[]
  /** Empty: all of them. */
  readonly chosen: readonly string[]
  /** What stands for all of them. */
  readonly allValue: string | undefined
}

/** Asks for the values of each variable in turn: each is narrowed by those before it. Data-source variables have one
 * value here, the Prometheus that the preview was started with, and are left out. */
export async function resolveVariables(
  inputs: readonly VariableInput[],
  chosen: URLSearchParams,
  range: TimeRange,
): Promise<Variable[]> {
  const variables: Variable[] = []
  for (const input of inputs) {
    const text = typeof input.query === 'string' ? input.query : (input.query?.query ?? '')
    const [, selector, label] = /^label_values\((?:(.+),\s*)?(\w+)\)$/.exec(text.trim()) ?? []
    if (input.type !== 'query' || label === undefined) continue
    const asked = selector === undefined ? undefined : interpolate(selector, variables, range)
    variables.push({
      name: input.name,
      label: input.label ?? input.name,
      values: await labelValues(asked, label, range),
      chosen: chosen.getAll(`var-${input.name}`),
      allValue: input.allValue ?? undefined,
    })
  }
  return variables
}

/** An expression with variables and macros filled in. */
export function interpolate(expr: string, variables: readonly Variable[], range: TimeRange): string {
  const { from, to, step, scrapeInterval } = range
  const macros: Readonly<Record<string, string>> = {
    __rate_interval: `${Math.max(step + scrapeInterval, 4 * scrapeInterval)}s`,
    __interval: `${step}s`,
    __range: `${Math.max(1, Math.round(to - from))}s`,
  }
  return expr.replaceAll(/\$\{?(\w+)(?::\w+)?\}?/g, (whole, name: string) => {
    const macro = macros[name]
    if (macro !== undefined) return macro
    const variable = variables.find((candidate) => candidate.name === name)
    return variable ? pattern(variable) : whole
  })
}

/** What a variable is in a regular expression. */
function pattern({ values, chosen, allValue }: Variable): string {
  if (chosen.length === 0 && allValue !== undefined) return allValue
  const names = chosen.length === 0 ? values : chosen
  // Twice: once for the regular expression, once for the string that it stands in.
  const escaped = names.map((name) => name.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\\\$&'))
  return escaped.length === 1 ? (escaped[0] ?? '') : `(${escaped.join('|')})`
}
