import type { Labels, Metric } from '@batchflow/pipeline-metrics'
import type { FamilyReading, Readings } from '../cells/reading.ts'
import { seriesMetric } from '../store/own-metrics.ts'
import { createViews } from '../views/create-views.ts'
import type { View } from '../views/view.ts'
import { ExportedLabels } from './exported-labels.ts'
import { isOnPage, type Profile } from './profile.ts'
import { samplesIn, visitSamples, boundLabels } from './visit-samples.ts'
import { type PageFormat, writeFamily } from './write-family.ts'

/** Where the families of a page come from. */
export interface PageSource {
  /** The stored families, in order of first use. */
  readonly families: Iterable<FamilyReading>
  readonly reading: Readings
}

/** What is the same on every page. */
export interface PageOptions {
  readonly prefix: string
  /** Constant labels. */
  readonly labels: Labels
  /** Names, with prefix, that somebody else has on the page: his stay, ours are left out. */
  readonly yielded: ReadonlySet<string>
}

/** One sample as prom-client's registries take it. */
export interface Sample {
  readonly metricName: string
  readonly labels: Labels
  readonly value: number
}

/** Names that every Node process exports alike: a prefix would hide them from the dashboards that know them. */
const standardNames = /^(process|nodejs|go)_/

/** Decides what is on which page, and writes it: stored families and views, under their names and with their labels. */
export class Pages {
  readonly #source: PageSource
  readonly #options: PageOptions
  readonly #views = new Map(createViews().map((view): [string, View] => [view.metric.name, view]))
  readonly #labels = new Map<string, ExportedLabels>()

  constructor(source: PageSource, options: PageOptions) {
    this.#source = source
    this.#options = options
  }

  get options(): PageOptions {
    return this.#options
  }

  get views(): Iterable<View> {
    return this.#views.values()
  }

  /** The name that a family has on a page. */
  nameOf({ name }: Metric): string {
    return standardNames.test(name) ? name : this.#options.prefix + name
  }

  /** Whether somebody else has this family on the page. */
  yields(metric: Metric): boolean {
    return this.#options.yielded.has(this.nameOf(metric))
  }

  /** Our part of a page, as of the last pass. */
  write(profile: Profile, format: PageFormat): string {
    let page = ''
    for (const family of this.#familiesOf(profile)) {
      const { metric } = family
      const name = this.nameOf(metric)
      page += writeFamily(family, { name, labels: this.#labelsOf(metric, profile) }, format)
    }
    return page
  }

  /** The samples of one family, stored or computed, as of the last pass. */
  samplesOf(metric: Metric, profile: Profile): Sample[] {
    const family = this.#familyOf(metric, profile)
    if (family === undefined) return []
    const name = this.nameOf(metric)
    const labels = this.#labelsOf(metric, profile)
    const boundLabel = boundLabels[metric.type] ?? ''
    const samples: Sample[] = []
    for (const series of family.series) {
      const own = labels.of(series.labels)
      visitSamples(family, series, (suffix, value, bound) => {
        const bounded = bound === undefined ? { ...own } : { ...own, [boundLabel]: bound }
        samples.push({ metricName: name + suffix, labels: bounded, value })
      })
    }
    return samples
  }

  #familyOf(metric: Metric, profile: Profile): FamilyReading | undefined {
    if (metric.name !== seriesMetric.name) return this.#reading(metric.name)
    return this.#familiesOf(profile).at(-1)
  }

  readonly #reading: Readings = (name) =>
    this.#views.get(name)?.read(this.#source.reading) ?? this.#source.reading(name)

  /** The families of a page; the last one counts the series of all. */
  #familiesOf(profile: Profile): FamilyReading[] {
    const stored = [...this.#source.families].filter(({ metric }) => this.#isShown(metric, profile))
    const views = [...this.#views.values()]
      .filter(({ metric }) => isOnPage(metric, profile))
      .map((view) => view.read(this.#source.reading))
    const families = [...stored, ...views.filter((family) => family !== undefined)]
    return isOnPage(seriesMetric, profile) ? [...families, this.#series(families, profile)] : families
  }

  #isShown(metric: Metric, profile: Profile): boolean {
    return !isHidden(metric) && isOnPage(metric, profile) && !this.yields(metric)
  }

  #series(families: readonly FamilyReading[], profile: Profile): FamilyReading {
    const counts = families.map((family) => ({
      labels: { family: this.nameOf(family.metric) },
      value: samplesIn(family),
    }))
    if (profile === 'all') return { metric: seriesMetric, series: counts.filter(({ value }) => value > 0) }
    const total = counts.reduce((sum, { value }) => sum + value, 1)
    return { metric: seriesMetric, series: [{ labels: {}, value: total }] }
  }

  #labelsOf(metric: Metric, profile: Profile): ExportedLabels {
    const key = `${profile} ${metric.name}`
    let labels = this.#labels.get(key)
    if (labels === undefined) {
      labels = new ExportedLabels(metric, profile, this.#options.labels)
      this.#labels.set(key, labels)
    }
    return labels
  }
}

/** Whether a family is there for views only. */
export function isHidden({ name }: Metric): boolean {
  return name.startsWith('hidden:')
}
