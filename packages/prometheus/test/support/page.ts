/** Samples of a page by series, as written: `name{a="1"}` to its value. */
export function samplesOf(page: string): Map<string, number> {
  const lines = page.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map((line) => [
      line.slice(0, line.lastIndexOf(' ')),
      Number(line.slice(line.lastIndexOf(' ') + 1)),
    ]),
  )
}

/** Sum over the series of one name. */
export function sumOf(page: string, name: string): number {
  let sum = 0
  for (const [series, value] of samplesOf(page)) if (series.split('{', 1)[0] === name) sum += value
  return sum
}

/** Series of one name. */
export function seriesOf(page: string, name: string): string[] {
  return [...samplesOf(page).keys()].filter((series) => series.split('{', 1)[0] === name)
}
