import type { Page } from 'playwright-core'

/** What a browser shows of a panel. */
export interface DrawnPanel {
  readonly title: string
  readonly type: string
  readonly state: string
  readonly text: string
  /** Points of the canvas that have a colour: neither background nor grid nor the words of an axis. */
  readonly inked: number
}

/** As much of the browser's types as is used here; tests are compiled without them. */
interface Section {
  readonly dataset: Readonly<Record<string, string | undefined>>
  readonly textContent: string | null
  querySelector(selector: 'canvas'): Canvas | null
}
interface Canvas {
  readonly width: number
  readonly height: number
  getContext(kind: '2d'): { getImageData(x: number, y: number, width: number, height: number): Pixels } | null
}
interface Pixels {
  readonly data: Uint8ClampedArray
}

/** All panels of a page of the preview. */
export async function panelsOf(page: Page): Promise<DrawnPanel[]> {
  return await page.$$eval('section', (elements) =>
    (elements as unknown as Section[]).map((section) => {
      const canvas = section.querySelector('canvas')
      const data = canvas?.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? []
      let inked = 0
      for (let i = 0; i < data.length; i += 4) {
        const [r = 0, g = 0, b = 0, a = 0] = [data[i], data[i + 1], data[i + 2], data[i + 3]]
        if (a > 40 && Math.max(r, g, b) - Math.min(r, g, b) > 40) inked++
      }
      return {
        title: section.dataset['panel'] ?? '',
        type: section.dataset['type'] ?? '',
        state: section.dataset['state'] ?? '',
        text: section.textContent ?? '',
        inked,
      }
    }),
  )
}
