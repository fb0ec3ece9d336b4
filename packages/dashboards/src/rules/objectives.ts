import { admission, allowance, durability, freshness, type Slo } from '../slo/slo.ts'
import type { AlertSpec, Severity } from './alert.ts'
import { recordedRatio, recordedRows, type Window } from './recording.ts'

interface Burn {
  readonly factor: number
  readonly long: Window
  readonly short: Window
  readonly severity: Severity
}

/** The windows of the SRE workbook (https://sre.google/workbook/alerting-on-slos/): how fast 30 days are used up. */
const pages: readonly Burn[] = [
  { factor: 14.4, long: '1h', short: '5m', severity: 'critical' },
  { factor: 6, long: '6h', short: '30m', severity: 'critical' },
]
const tickets: readonly Burn[] = [
  { factor: 3, long: '1d', short: '2h', severity: 'warning' },
  { factor: 1, long: '3d', short: '6h', severity: 'warning' },
]

function burnAlert(
  slo: Slo,
  { factor, long, short, severity }: Burn,
  words: Pick<AlertSpec, 'name' | 'summary' | 'description'>,
): AlertSpec {
  const limit = Number((factor * allowance(slo)).toFixed(6))
  return {
    ...words,
    severity,
    component: 'flow',
    labels: { slo: slo.name, burn: String(factor), window: long },
    for: '1m',
    // The short window ends the alert soon after the cause is gone.
    expr: ({ thresholds }) =>
      `${recordedRatio(slo, long)} > ${limit} and ${recordedRatio(slo, short)} > ${limit} and ${recordedRows[slo.name]} > ${thresholds.minRows}`,
    dashboard: 'batchflow-slo',
    variables: ['job', 'database', 'instance_id'],
  }
}

const flowName = '{{ $labels.instance_id }} on {{ $labels.database }}'
const share = '{{ $value | humanizePercentage }}'

/** Alerts on the error budgets: what users notice, whatever the cause. */
export const objectiveAlerts: readonly AlertSpec[] = [
  ...[...pages, ...tickets].map((burn) =>
    burnAlert(durability, burn, {
      name: 'BatchFlowRowsLost',
      summary: `Rows of ${flowName} are not written`,
      description: `${share} of the rows of the last ${burn.long} were dead-lettered, dropped or returned, ${burn.factor} times what the objective allows. First look at "Dead-lettered and dropped" for the reason: the rows are in your dead-letter handler.`,
    }),
  ),
  ...[...pages, ...tickets].map((burn) =>
    burnAlert(freshness, burn, {
      name: 'BatchFlowCommitLatency',
      summary: `Rows of ${flowName} are committed late`,
      description: `${share} of the rows of the last ${burn.long} took longer than 0.512 s, ${burn.factor} times what the objective allows. First look at "Mean time per stage": it says whether rows wait for room, for a slot or for the database.`,
    }),
  ),
  ...tickets.map((burn) =>
    burnAlert(admission, burn, {
      name: 'BatchFlowSubmitsRefused',
      summary: `Submits of ${flowName} are refused`,
      description: `${share} of the submits of the last ${burn.long} were refused, ${burn.factor} times what the objective allows. First look at "Rejected submits" for the reason.`,
    }),
  ),
]
