import type { MonitoringConfig } from '../config/config.ts'
import { duration } from '../config/duration.ts'

/** Where things are, for one installation of Prometheus. */
export interface PrometheusPlaces {
  readonly ruleFiles: readonly string[]
  /** Addresses (`host:port`) of Alertmanager. */
  readonly alertmanagers: readonly string[]
  /** Where the pages of each job are: a file with targets, or addresses. */
  readonly targets: Readonly<Record<'flow' | 'chat', TargetSource>>
  /** Jobs with other things to watch, such as Prometheus itself. */
  readonly others: Readonly<Record<string, readonly string[]>>
}

/** A file that Prometheus watches, or addresses. */
export type TargetSource = { readonly file: string } | { readonly addresses: readonly string[] }

/** The document of prometheus.yml. How long data is kept is a flag of Prometheus and cannot be said here. */
export function prometheusConfig(config: MonitoringConfig, places: PrometheusPlaces): object {
  const { job, batchsqlJob, chatJob } = config
  return {
    global: {
      scrape_interval: duration(config.scrapeIntervalSeconds),
      scrape_timeout: duration(Math.min(10, config.scrapeIntervalSeconds)),
      evaluation_interval: duration(config.evaluationIntervalSeconds),
    },
    rule_files: places.ruleFiles,
    alerting: { alertmanagers: [{ static_configs: [{ targets: places.alertmanagers }] }] },
    scrape_configs: [
      // One page may name itself "job" or "instance" only by mistake: what Prometheus says holds.
      { job_name: job, honor_labels: false, ...discovery(places.targets.flow) },
      { job_name: batchsqlJob, params: { profile: ['batchsql'] }, ...discovery(places.targets.flow) },
      { job_name: chatJob, ...discovery(places.targets.chat) },
      ...Object.entries(places.others).map(([name, targets]) => ({
        job_name: name,
        static_configs: [{ targets }],
      })),
    ],
  }
}

function discovery(source: TargetSource): object {
  return 'file' in source
    ? { file_sd_configs: [{ files: [source.file] }] }
    : { static_configs: [{ targets: source.addresses }] }
}
