import { describeValue } from '@batchflow/core'
import { catalogue, type Labels, type MetricLayer } from '@batchflow/pipeline-metrics'
import { labelValue } from '../store/label-value.ts'
import { isRecord } from './checked-options.ts'
import { invalidOption } from './invalid-option.ts'

/** Set by the scraper, or with a meaning of their own in the text format. */
const reservedLabels = ['job', 'instance', 'le', 'quantile']

/** Labels of families that a flow or this package feeds. Those of the services around are looked at when they come. */
function takenLabels(): ReadonlySet<string> {
  const others: readonly MetricLayer[] = ['app', 'bridge', 'prometheus', 'rejected']
  const families = Object.values(catalogue).filter(({ layer }) => !others.includes(layer))
  return new Set(families.flatMap(({ labels }) => labels))
}

function checkLabelName(option: string, name: unknown): void {
  if (typeof name !== 'string' || !/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)) {
    const rule = 'named with letters, digits and underscores, not beginning with a digit'
    throw invalidOption(option, rule, describeValue(name))
  }
  if (reservedLabels.includes(name) || name.startsWith('__'))
    throw invalidOption(option, `named unlike ${reservedLabels.join(', ')} and __…`, JSON.stringify(name))
  if (takenLabels().has(name))
    throw invalidOption(option, 'named unlike the labels of the families', JSON.stringify(name))
}

/** Constant labels.
 * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` */
export function checkedLabels(labels: unknown): Labels {
  if (!isRecord(labels)) throw invalidOption('labels', 'an object of strings', describeValue(labels))
  const entries = Object.entries(labels).map(([name, value]): [string, string] => {
    checkLabelName('labels', name)
    if (typeof value !== 'string') throw invalidOption(`labels.${name}`, 'a string', describeValue(value))
    return [name, labelValue(value)]
  })
  return Object.freeze(Object.fromEntries(entries))
}

/** Names of labels that come with instruments.
 * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` */
export function checkedExtraLabels(extraLabels: unknown, labels: Labels): readonly string[] {
  if (!Array.isArray(extraLabels))
    throw invalidOption('extraLabels', 'an array of label names', describeValue(extraLabels))
  for (const name of extraLabels) {
    checkLabelName('extraLabels', name)
    if (Object.hasOwn(labels, String(name)))
      throw invalidOption('extraLabels', 'named unlike the constant labels', JSON.stringify(name))
  }
  return Object.freeze([...new Set(extraLabels as string[])])
}
