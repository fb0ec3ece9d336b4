/** Everything that an installation may want to differ in. Dashboards, rules and the configuration of Prometheus and
 * Alertmanager are functions of it. Times are seconds. */
export interface MonitoringConfig {
  /** Before every family name, as the exporter's option `prefix`. @defaultValue '' */
  readonly prefix: string
  /** Job of the pages of a flow. */
  readonly job: string
  /** Job of the `batchsql` profile of the same pages. */
  readonly batchsqlJob: string
  /** Job of the chat service. */
  readonly chatJob: string
  readonly scrapeIntervalSeconds: number
  readonly evaluationIntervalSeconds: number
  /** Windows of rules are divided by this. Only a test that has a minute instead of an hour wants another than 1. */
  readonly windowDivisor: number
  /** The longest `for` of an alert. */
  readonly maxForSeconds: number
  readonly thresholds: Thresholds
  /** Where runbooks are read: the alert's name and `.md` are added. */
  readonly runbookUrl: string
  /** Where Grafana is. */
  readonly grafanaUrl: string
  /** The flame graphs of `@batchflow/profiling`. */
  readonly profilingUrl: string
  readonly alertmanager: AlertmanagerConfig
}

/** Limits of alerts. */
export interface Thresholds {
  /** Time in seconds without a committed row while rows wait, until writes count as stalled. */
  readonly noSuccessSeconds: number
  /** Age in seconds of the oldest row. */
  readonly oldestRowSeconds: number
  /** Pending rows over capacity, 0 to 1. */
  readonly queueFill: number
  /** Retries per batch. */
  readonly retryRatio: number
  /** Batches per second from which retries per batch say something. */
  readonly retryMinBatches: number
  /** 99th percentile of the event loop's delay in seconds. */
  readonly eventLoopSeconds: number
  /** Heap in use over the heap's limit, 0 to 1. */
  readonly heapFill: number
  /** Restarts per hour. */
  readonly restarts: number
  /** Rows per hour from which a burn rate says something. */
  readonly minRows: number
}

/** How alerts are gathered and who gets them. */
export interface AlertmanagerConfig {
  readonly groupWaitSeconds: number
  readonly groupIntervalSeconds: number
  readonly repeatIntervalSeconds: number
  /** Where `@batchflow/alert-bridge` listens. */
  readonly bridgeUrl: string
  /** File with the token that the bridge wants. */
  readonly bridgeTokenFile: string
  readonly smtpHost: string
  readonly mailFrom: string
  readonly mailTo: string
  /** Where the watchdog writes: somebody who raises the alarm when mail stops. */
  readonly watchdogMailTo: string
  readonly smtpUser: string
  readonly smtpPasswordFile: string
  /** A webhook for the watchdog instead of mail, such as a dead man's switch. @defaultValue undefined */
  readonly watchdogUrl?: string
  /** When tickets wait, as Alertmanager's `time_intervals` have it. Pages never wait. */
  readonly quietTimes: readonly object[]
  /** The WeCom application, for those who want it beside the bridge. Alertmanager 0.25 reads its secret from the
   * configuration only, so it is left out unless asked for. @defaultValue undefined */
  readonly wecomApplication?: WecomApplication
}

/** A WeCom application that messages are sent with. */
export interface WecomApplication {
  readonly corpId: string
  readonly agentId: string
  readonly apiSecret: string
  readonly toParty: string
}

/** Nights and weekends. */
function outsideOfficeHours(location: string): object[] {
  const times = [
    { start_time: '00:00', end_time: '09:00' },
    { start_time: '18:00', end_time: '24:00' },
  ]
  return [
    { weekdays: ['monday:friday'], times, location },
    { weekdays: ['saturday', 'sunday'], location },
  ]
}

/** What is committed in `dashboards/`. */
export const production: MonitoringConfig = {
  prefix: '',
  job: 'batchflow',
  batchsqlJob: 'batchsql',
  chatJob: 'chatim',
  scrapeIntervalSeconds: 15,
  evaluationIntervalSeconds: 15,
  windowDivisor: 1,
  maxForSeconds: Infinity,
  thresholds: {
    noSuccessSeconds: 120,
    oldestRowSeconds: 60,
    queueFill: 0.9,
    retryRatio: 0.2,
    retryMinBatches: 1,
    eventLoopSeconds: 0.25,
    heapFill: 0.9,
    restarts: 3,
    minRows: 100,
  },
  runbookUrl: 'https://github.com/batchflow/batchflow/blob/main/dashboards/runbooks/',
  grafanaUrl: 'http://localhost:3000',
  profilingUrl: 'http://127.0.0.1:6060/debug/pprof/',
  alertmanager: {
    groupWaitSeconds: 30,
    groupIntervalSeconds: 300,
    repeatIntervalSeconds: 4 * 3600,
    bridgeUrl: 'http://127.0.0.1:9095',
    bridgeTokenFile: '/etc/alertmanager/secrets/bridge-token',
    smtpHost: 'smtp.example.com:587',
    mailFrom: 'alertmanager@example.com',
    mailTo: 'oncall@example.com',
    watchdogMailTo: 'dead-mans-switch@example.com',
    smtpUser: 'alertmanager@example.com',
    smtpPasswordFile: '/etc/alertmanager/secrets/smtp-password',
    quietTimes: outsideOfficeHours('Asia/Shanghai'),
  },
}

/** The same rules, shortened so that alerts fire within a test's minute. */
export const live: MonitoringConfig = {
  ...production,
  scrapeIntervalSeconds: 1,
  evaluationIntervalSeconds: 1,
  windowDivisor: 30,
  maxForSeconds: 5,
  thresholds: { ...production.thresholds, noSuccessSeconds: 20 },
  alertmanager: {
    ...production.alertmanager,
    groupWaitSeconds: 0,
    groupIntervalSeconds: 1,
    repeatIntervalSeconds: 60,
    // A test runs at any hour.
    quietTimes: [{ years: ['1970'] }],
  },
}
