import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { production } from './config/config.ts'
import { allFiles } from './output/files.ts'
import { removeOthers, writeFiles } from './output/write-files.ts'

const usage = `Usage: node packages/dashboards/dist/generate.js [--out <folder>] [--prefix <prefix>] [--job <job>]
       [--grafana-url <url>] [--runbook-url <url>] [--profiling-url <url>] [--bridge-url <url>]

Writes dashboards, rules and configuration. Without arguments: what is committed in dashboards/, which is this
command's alone: other files in there are removed.
`

const committed = fileURLToPath(new URL('../../../dashboards', import.meta.url))

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: committed },
    prefix: { type: 'string', default: production.prefix },
    job: { type: 'string', default: production.job },
    'grafana-url': { type: 'string', default: production.grafanaUrl },
    'runbook-url': { type: 'string', default: production.runbookUrl },
    'profiling-url': { type: 'string', default: production.profilingUrl },
    'bridge-url': { type: 'string', default: production.alertmanager.bridgeUrl },
    help: { type: 'boolean', short: 'h', default: false },
  },
})

if (values.help) process.stdout.write(usage)
else {
  const files = allFiles({
    ...production,
    prefix: values.prefix,
    job: values.job,
    grafanaUrl: values['grafana-url'],
    runbookUrl: values['runbook-url'],
    profilingUrl: values['profiling-url'],
    alertmanager: { ...production.alertmanager, bridgeUrl: values['bridge-url'] },
  })
  writeFiles(values.out, files)
  if (values.out === committed) removeOthers(committed, files)
  process.stdout.write(`${files.size} files in ${values.out}\n`)
}
