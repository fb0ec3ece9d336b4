import type { DashboardSpec } from '../model/dashboard.ts'
import { floors, stat, thresholds, timeseries, type PanelSpec, type RowSpec } from '../model/panel.ts'
import { t } from '../model/text.ts'
import { flow, instant, q } from '../promql/fragments.ts'
import { budgetLeft, badRatio, burnRate, slos, type Slo } from '../slo/slo.ts'
import { flowAnnotations, flowVariables } from './common.ts'

const by = ' by (database, instance_id) '
const names = '{{database}} {{instance_id}}'

/** Three panels for each objective: what is left, how fast it goes, and what goes wrong right now. */
function row(slo: Slo): RowSpec {
  return { title: slo.title, panels: [left(slo), burn(slo), wrong(slo)] }
}

function left(slo: Slo): PanelSpec {
  const percent = `${Number((slo.objective * 100).toFixed(3))} %`
  return stat({
    title: t('Error budget left', '剩余错误预算'),
    description: t(
      `Of what may go wrong within 30 days at an objective of ${percent}. Below 0 it is overdrawn.`,
      `目标 ${percent} 下 30 天允许的错误中剩余的比例，低于 0 表示超支。`,
    ),
    unit: 'percentunit',
    width: 6,
    height: 8,
    thresholds: floors([0, 'yellow'], [0.25, 'green']),
    queries: [instant(budgetLeft(slo, flow, by), names)],
  })
}

function burn(slo: Slo): PanelSpec {
  return timeseries({
    title: t('Burn rate', '消耗速率'),
    description: t(
      'How many times faster than allowed the budget is used up. 14.4 over an hour pages: at that rate 30 days last two.',
      '预算消耗速度是允许值的多少倍。一小时内达到 14.4 会触发呼叫：30 天预算两天用完。',
    ),
    unit: 'short',
    width: 9,
    thresholds: thresholds([1, 'yellow'], [14.4, 'red']),
    queries: ['5m', '1h', '6h'].map((window) => q(burnRate(slo, window, flow, by), `${window} ${names}`)),
  })
}

function wrong(slo: Slo): PanelSpec {
  return timeseries({
    title: t('Share that goes wrong', '出错比例'),
    description: t(
      'Right now, without the 30 days. Flat at zero is right.',
      '当前比例，与 30 天无关。保持为零是正常的。',
    ),
    unit: 'percentunit',
    width: 9,
    min: 0,
    queries: [q(badRatio(slo, '$__rate_interval', flow, by), names)],
  })
}

/** Durability, freshness and admission against their objectives. */
export const slo: DashboardSpec = {
  uid: 'batchflow-slo',
  title: t('BatchFlow objectives', 'BatchFlow 服务目标 (SLO)'),
  description: t(
    'Rows are in the database, soon, and are taken: three objectives over 30 days.',
    '行已写入、及时写入、被接受：三个 30 天目标。',
  ),
  tags: ['batchflow', 'slo'],
  profile: 'modern',
  variables: flowVariables,
  annotations: flowAnnotations,
  from: 'now-24h',
  rows: slos.map(row),
}
