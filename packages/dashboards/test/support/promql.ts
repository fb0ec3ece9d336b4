import type { SyntaxNode } from '@lezer/common'
import { labelsOf } from '../../src/promql/family.ts'
import { nodesNamed, textOf, type Promql } from '../../src/promql/parse.ts'

/** A series selector of an expression. */
export interface Selector {
  readonly name: string
  readonly matchers: readonly { readonly label: string; readonly value: string }[]
  /** Names of the functions around it, the innermost first. */
  readonly inside: readonly string[]
  /** Its range (`5m`), or undefined. */
  readonly range: string | undefined
}

export function selectorsOf(promql: Promql): Selector[] {
  return nodesNamed(promql.tree.topNode, 'VectorSelector').map((node) => {
    const name = node.getChild('Identifier')
    const matrix = node.parent?.name === 'MatrixSelector' ? node.parent : undefined
    return {
      name: name ? textOf(promql, name) : '',
      matchers: nodesNamed(node, 'UnquotedLabelMatcher').map((matcher) => ({
        label: text(promql, matcher.getChild('LabelName')),
        value: text(promql, matcher.getChild('StringLiteral')).slice(1, -1),
      })),
      inside: functionsAround(promql, node),
      range: matrix && /\[([^\]]+)\]/.exec(textOf(promql, matrix))?.[1],
    }
  })
}

/** Labels of the result of an expression; those of an aggregation without `by` are none. */
export function outputLabels(promql: Promql, node: SyntaxNode = promql.tree.topNode): Set<string> {
  switch (node.name) {
    case 'VectorSelector': {
      const name = node.getChild('Identifier')
      return new Set(name ? recordedLabels(textOf(promql, name)) : [])
    }
    case 'AggregateExpr':
      return aggregateLabels(promql, node)
    case 'FunctionCall': {
      const labels = childLabels(promql, node)
      if (text(promql, node.getChild('FunctionIdentifier')) === 'histogram_quantile') labels.delete('le')
      if (text(promql, node.getChild('FunctionIdentifier')) === 'label_replace')
        labels.add(text(promql, nodesNamed(node, 'StringLiteral')[0]).slice(1, -1))
      return labels
    }
    case 'BinaryExpr': {
      const [left, right] = operands(node)
      const labels = left ? outputLabels(promql, left) : new Set<string>()
      // A number has no labels; of two vectors the left one's count, and both of "or".
      if ((node.getChild('Or') || labels.size === 0) && right)
        for (const label of outputLabels(promql, right)) labels.add(label)
      return labels
    }
    default:
      return childLabels(promql, node)
  }
}

/** Labels that aggregations group by, with the labels that are there to group by. */
export function groupings(promql: Promql): { readonly by: string; readonly available: Set<string> }[] {
  return nodesNamed(promql.tree.topNode, 'AggregateExpr').flatMap((node) => {
    const available = childLabels(promql, node.getChild('FunctionCallBody') ?? node)
    return byLabels(promql, node).map((by) => ({ by, available }))
  })
}

function aggregateLabels(promql: Promql, node: SyntaxNode): Set<string> {
  const operator = text(promql, node.getChild('AggregateOp'))
  // topk and bottomk choose among series, which keep their labels.
  if (operator === 'topk' || operator === 'bottomk')
    return childLabels(promql, node.getChild('FunctionCallBody') ?? node)
  return new Set(byLabels(promql, node))
}

function byLabels(promql: Promql, node: SyntaxNode): string[] {
  const modifier = node.getChild('AggregateModifier')
  return modifier?.getChild('By')
    ? nodesNamed(modifier, 'LabelName').map((label) => textOf(promql, label))
    : []
}

/** A recorded series has the labels in front of its first colon, as far as they are known here. */
export function recordedLabels(name: string): ReadonlySet<string> {
  return name.startsWith('flow:') ? new Set(['job', 'database', 'instance_id']) : labelsOf(name)
}

function childLabels(promql: Promql, node: SyntaxNode): Set<string> {
  const labels = new Set<string>()
  for (let child = node.firstChild; child; child = child.nextSibling)
    for (const label of outputLabels(promql, child)) labels.add(label)
  return labels
}

function operands(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = []
  for (let child = node.firstChild; child; child = child.nextSibling) children.push(child)
  const found = children.filter(({ name }) => name.endsWith('Expr') || expressions.has(name))
  return found.length > 2 ? [found[0] as SyntaxNode, found.at(-1) as SyntaxNode] : found
}

const expressions = new Set(['VectorSelector', 'FunctionCall', 'NumberDurationLiteral'])

function functionsAround(promql: Promql, node: SyntaxNode): string[] {
  const names: string[] = []
  for (let parent = node.parent; parent; parent = parent.parent) {
    if (parent.name === 'FunctionCall') names.push(text(promql, parent.getChild('FunctionIdentifier')))
    if (parent.name === 'AggregateExpr') names.push(text(promql, parent.getChild('AggregateOp')))
  }
  return names
}

const text = (promql: Promql, node: SyntaxNode | null | undefined) => (node ? textOf(promql, node) : '')
