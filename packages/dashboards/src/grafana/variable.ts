import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard'
import type { LabelVariable } from '../model/dashboard.ts'
import { inLanguage, t, type Language } from '../model/text.ts'

/** The variable that everything else asks. */
export function datasourceVariable(language: Language): dashboard.VariableModel {
  return new dashboard.DatasourceVariableBuilder('datasource')
    .label(inLanguage(t('Data source', '数据源'), language))
    .type('prometheus')
    .build()
}

/** Each variable is narrowed by those before it. */
export function labelVariables(
  variables: readonly LabelVariable[],
  language: Language,
  datasourceUid: string,
): dashboard.VariableModel[] {
  return variables.map(({ name, label, metric }, i) => {
    const matchers = variables.slice(0, i).map(({ name: earlier }) => `${earlier}=~"$${earlier}"`)
    const selector = matchers.length === 0 ? metric : `${metric}{${matchers.join(',')}}`
    const query = `label_values(${selector}, ${name})`
    return new dashboard.QueryVariableBuilder(name)
      .label(inLanguage(label, language))
      .datasource({ type: 'prometheus', uid: datasourceUid })
      .definition(query)
      .query({ qryType: 1, query, refId: 'PrometheusVariableQueryEditor-VariableQuery' })
      .refresh(dashboard.VariableRefresh.OnTimeRangeChanged)
      .sort(dashboard.VariableSort.AlphabeticalAsc)
      .multi(true)
      .includeAll(true)
      .allValue('.+') // `.*` would also match series that lack the label
      .current({ selected: true, text: ['All'], value: ['$__all'] })
      .build()
  })
}
