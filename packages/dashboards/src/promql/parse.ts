import { parser } from '@prometheus-io/lezer-promql'
import type { SyntaxNode, Tree } from '@lezer/common'

/** An expression and its syntax tree. */
export interface Promql {
  /** The expression with Grafana's macros replaced. */
  readonly text: string
  readonly tree: Tree
}

/** Parses an expression, which may have Grafana's macros for windows in it.
 * @throws SyntaxError with the place */
export function parsePromql(expr: string): Promql {
  const text = withoutMacros(expr)
  const tree = parser.parse(text)
  tree.iterate({
    enter(node) {
      if (node.type.isError)
        throw new SyntaxError(
          `${expr} must be PromQL, got an error at ${node.from}: ${text.slice(node.from, node.from + 20)}`,
        )
    },
  })
  return { text, tree }
}

/** Numbers that stand for what Grafana puts in. */
export function withoutMacros(expr: string): string {
  return expr
    .replaceAll(/\$__rate_interval|\$\{__rate_interval\}/g, '1m')
    .replaceAll(/\$__range|\$\{__range\}/g, '1h')
    .replaceAll(/\$__interval|\$\{__interval\}/g, '15s')
}

/** The text of a node. */
export function textOf({ text }: Promql, node: { readonly from: number; readonly to: number }): string {
  return text.slice(node.from, node.to)
}

/** All nodes below and with a node that have a name, from left to right. */
export function nodesNamed(root: SyntaxNode, name: string): SyntaxNode[] {
  const found: SyntaxNode[] = []
  const visit = (node: SyntaxNode) => {
    if (node.name === name) found.push(node)
    for (let child = node.firstChild; child; child = child.nextSibling) visit(child)
  }
  visit(root)
  return found
}
