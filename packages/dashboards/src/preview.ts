import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { servePreview } from './preview/serve-preview.ts'

const usage = `Usage: pnpm dashboards:preview [--prometheus <url>] [--port <port>] [--folder <name>=<path>]...

Draws dashboards in a browser with data of a Prometheus, for people without Grafana. Not Grafana: the queries are the same,
the drawing is not. --folder adds dashboards of your own.
`

const grafana = fileURLToPath(new URL('../../../dashboards/grafana', import.meta.url))

const { values } = parseArgs({
  options: {
    prometheus: { type: 'string', default: 'http://127.0.0.1:9090' },
    port: { type: 'string', default: '3001' },
    folder: { type: 'string', multiple: true, default: [] },
    help: { type: 'boolean', short: 'h', default: false },
  },
})

if (values.help) process.stdout.write(usage)
else {
  const more = values.folder.map((text): [string, string] => {
    const at = text.indexOf('=')
    return [text.slice(0, at), text.slice(at + 1)]
  })
  await using preview = await servePreview({
    folders: { en: `${grafana}/en`, 'zh-CN': `${grafana}/zh-CN`, ...Object.fromEntries(more) },
    prometheus: new URL(values.prometheus),
    port: Number(values.port),
  })
  process.stdout.write(`${preview.url} (${preview.dashboards.length} dashboards, Ctrl-C ends)\n`)
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
}
