/** A family as a page shows it. */
export interface PageFamily {
  readonly name: string
  readonly help: string
  type: string
  /** Of its samples, without `le` and `quantile`, in the order of the page. */
  labels: string[]
  /** Values of `le` or `quantile`. */
  bounds: string[]
  samples: number
}

/** The families of a page. Written apart from the code under test: it reads what Prometheus would. */
export function parsePage(page: string): Map<string, PageFamily> {
  const families = new Map<string, PageFamily>()
  let current: PageFamily | undefined
  for (const line of page.split('\n')) {
    if (line.startsWith('# HELP ')) {
      const [name = '', ...help] = line.slice('# HELP '.length).split(' ')
      if (families.has(name)) throw new Error(`${name} is there twice`)
      current = { name, help: help.join(' '), type: '', labels: [], bounds: [], samples: 0 }
      families.set(name, current)
    } else if (line.startsWith('# TYPE ')) {
      if (current !== undefined) current.type = line.split(' ')[3] ?? ''
    } else if (line !== '' && !line.startsWith('#') && current !== undefined) {
      addSample(current, line)
    }
  }
  return families
}

function addSample(family: PageFamily, line: string): void {
  const name = /^[a-zA-Z_:][a-zA-Z0-9_:]*/.exec(line)?.[0] ?? ''
  if (!name.startsWith(family.name)) throw new Error(`${name} stands under ${family.name}`)
  family.samples++
  for (const [, label = '', value = ''] of line.matchAll(/([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/g)) {
    if (label === 'le' || label === 'quantile') {
      if (!family.bounds.includes(value)) family.bounds.push(value)
    } else if (!family.labels.includes(label)) family.labels.push(label)
  }
}
