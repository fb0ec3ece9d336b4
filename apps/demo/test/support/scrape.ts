/** Sums of the samples of each family on a page, and the samples themselves by their labels. */
export function samplesOf(
  page: string,
): { readonly name: string; readonly labels: string; readonly value: number }[] {
  return page
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name = '', labels = '', value = ''] = line.match(/^(\w+)(?:\{(.*)\})? (\S+)$/) ?? []
      return { name, labels, value: Number(value) }
    })
}

export function sumOf(page: string, name: string): number {
  return samplesOf(page)
    .filter((sample) => sample.name === name)
    .reduce((sum, sample) => sum + sample.value, 0)
}
