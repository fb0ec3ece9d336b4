import type { Labels } from '@batchflow/pipeline-metrics'
import type { FamilyReading } from '../cells/reading.ts'

/** The gauge that each open flow has, and no closed one. */
export const openFlows = 'batchflow_rows_pending'

/** The labels of the open flows, from the reading of that gauge. */
export function openFlowsIn(flows: FamilyReading): Labels[] {
  return flows.series.filter(({ value }) => value !== undefined).map(({ labels }) => labels)
}
