const style = `
:root { color-scheme: dark; font: 13px/1.4 system-ui, 'Noto Sans CJK SC', sans-serif; background: #111217; color: #ccccdc }
body { margin: 0 }
.notice { background: #4c3b00; color: #ffe08a; padding: 4px 12px }
main { padding: 8px 12px }
h1 { font-size: 18px; margin: 4px 0 } header p { margin: 0 0 6px; color: #9fa7b3 }
form { display: flex; gap: 12px; flex-wrap: wrap; align-items: center } .range { margin-left: auto }
.grid { display: grid; grid-template-columns: repeat(24, 1fr); grid-auto-rows: 30px; gap: 6px; margin-top: 8px }
section { background: #181b1f; border: 1px solid #2c3235; border-radius: 3px; padding: 4px 8px; overflow: hidden; position: relative }
h2 { font-size: 14px; margin: 0; align-self: center } h3 { font-size: 12px; margin: 0 0 2px }
.empty { color: #9fa7b3; text-align: center; margin-top: 24px }
.stats { display: flex; flex-wrap: wrap; gap: 12px; justify-content: center; align-items: center; height: calc(100% - 22px) }
.stat { display: flex; flex-direction: column; align-items: center } .stat strong { font-size: 22px }
.legend { list-style: none; margin: 2px 0 0; padding: 0; display: flex; flex-wrap: wrap; gap: 0 12px; font-size: 11px }
.legend li::before { content: '━ '; color: var(--color) }
table { width: 100%; border-collapse: collapse } td, th { text-align: left; padding: 2px 8px; border-bottom: 1px solid #2c3235 }
a { color: #6e9fff }
`

const notice =
  'Preview, not Grafana: it draws the same queries with other components. 预览，并非 Grafana：查询相同，绘制组件不同。'

/** The page that draws one dashboard. */
export function dashboardPage(chartStyle: string): string {
  return page(`<style>${chartStyle}</style><main></main><script type="module" src="/page.js"></script>`)
}

/** A page with all dashboards: names of files, which are ours. */
export function indexPage(paths: readonly string[]): string {
  const items = paths.map((path) => `<li><a href="/d/${path}">${path}</a></li>`).join('')
  return page(`<main><h1>Dashboards</h1><ul>${items}</ul></main>`)
}

function page(body: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Dashboards (preview)</title><style>${style}</style><body><p class="notice" style="margin:0">${notice}</p>${body}</body></html>`
}
