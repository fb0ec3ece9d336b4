import { expect, test } from '@jest/globals'
import { flowLines } from '../../src/grafana/grid.ts'
import { stat, timeseries, type PanelSpec } from '../../src/model/panel.ts'
import { t } from '../../src/model/text.ts'

const panel = (width: number, height: number): PanelSpec =>
  timeseries({ title: t('a', 'a'), description: t('a', 'a'), unit: 's', queries: [], width, height })

test('panels stand side by side until one does not fit; the next line begins below the highest', () => {
  expect(flowLines([panel(12, 4), panel(12, 8), panel(8, 6)], 3)).toEqual({
    positions: [
      { x: 0, y: 3, w: 12, h: 4 },
      { x: 12, y: 3, w: 12, h: 8 },
      { x: 0, y: 11, w: 8, h: 6 },
    ],
    height: 14,
  })
})

test('a stat is small unless told otherwise', () => {
  const small = stat({ title: t('a', 'a'), description: t('a', 'a'), unit: 's', queries: [] })
  expect(flowLines([small], 0).positions).toEqual([{ x: 0, y: 0, w: 4, h: 4 }])
})
