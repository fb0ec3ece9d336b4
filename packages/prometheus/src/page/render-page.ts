import type { Exporter } from '../store/exporter.ts'
import type { ForeignMetric, MetricRegistry } from '../store/metric-registry.ts'
import { readForeign, writeForeign } from './foreign-family.ts'
import { hasForeignMetrics, type Profile } from './profile.ts'
import type { PageFormat } from './write-family.ts'

/** A page: our families, then whatever else is in the registry.
 *
 * The registry's own metrics are waited for first, since a user's `collect` may take its time; ours are then read and
 * written in one go. A metric that fails is left out and counted, on this very page. */
export async function renderPage(
  registry: MetricRegistry,
  exporter: Exporter,
  profile: Profile,
  format: PageFormat,
): Promise<string> {
  await exporter.ready
  const others = hasForeignMetrics(profile)
    ? registry.getMetricsAsArray().filter((metric) => !exporter.registered.owns(metric))
    : []
  const isOpen = format === 'openmetrics'
  const texts = await Promise.all(
    others.map(async (metric) => {
      try {
        return isOpen ? await openText(metric) : await registry.getSingleMetricAsString(metric.name)
      } catch {
        // One broken collector must not blind the operator to everything else.
        exporter.store.collectFailed()
        return undefined
      }
    }),
  )
  exporter.collect()
  let page = exporter.pages.write(profile, format)
  for (const text of texts) if (text !== undefined && text !== '') page += `${text}\n`
  return isOpen ? `${page}# EOF\n` : page
}

async function openText(metric: ForeignMetric): Promise<string> {
  const family = await readForeign(metric)
  return family === undefined ? '' : writeForeign(family, 'openmetrics').join('\n')
}
