import * as batches from './catalogue/batches.ts'
import * as batchsqlHarness from './catalogue/batchsql-harness.ts'
import * as batchsqlViews from './catalogue/batchsql-views.ts'
import { bridge } from './catalogue/bridge.ts'
import { chatMessages } from './catalogue/chat-messages.ts'
import { chatService } from './catalogue/chat-service.ts'
import * as details from './catalogue/details.ts'
import * as executor from './catalogue/executor.ts'
import * as exporter from './catalogue/exporter.ts'
import { extension } from './catalogue/extension.ts'
import * as flushes from './catalogue/flushes.ts'
import * as goPipeline from './catalogue/go-pipeline.ts'
import * as guideViews from './catalogue/guide-views.ts'
import * as harness from './catalogue/harness.ts'
import * as pool from './catalogue/pool.ts'
import { prometheus } from './catalogue/prometheus.ts'
import * as queue from './catalogue/queue.ts'
import { rejected } from './catalogue/rejected.ts'
import * as rows from './catalogue/rows.ts'
import { runtimeViews } from './catalogue/runtime-views.ts'
import * as runtime from './catalogue/runtime.ts'
import * as streams from './catalogue/streams.ts'
import * as submits from './catalogue/submits.ts'
import type { CatalogueMetric } from './metric.ts'

const measured = [rows, submits, queue, flushes, batches, executor, pool, details, exporter, streams, runtime]
const renamed = [guideViews, batchsqlViews, goPipeline, harness, batchsqlHarness]
const lists = [runtimeViews, chatService, chatMessages, bridge, extension, prometheus, rejected]

const families: readonly CatalogueMetric[] = [
  ...[...measured, ...renamed].flatMap((group) => Object.values(group)),
  ...lists.flat(),
]

/** Every metric family that BatchFlow and the services around it can export, by name, and those that its dashboards and
 * rules may name: what a reporter registers and what documentation, dashboards and rules are checked against.
 *
 * @example
 * ```ts
 * for (const { name, unit, help } of Object.values(catalogue)) console.log(`${name} (${unit}): ${help}`)
 * ``` */
export const catalogue: { readonly [name: string]: CatalogueMetric } = Object.freeze(
  Object.fromEntries(families.map((metric): [string, CatalogueMetric] => [metric.name, metric])),
)
