import type { PanelSpec } from '../model/panel.ts'
import type { GridPos } from './panel.ts'

const columns = 24

/** Panels side by side, and on a new line where the next one does not fit. A line is as high as its highest panel. */
export function flowLines(
  panels: readonly PanelSpec[],
  top: number,
): { readonly positions: readonly GridPos[]; readonly height: number } {
  const positions: GridPos[] = []
  let x = 0
  let y = top
  let lineHeight = 0
  for (const { width: w = 8, height: h = 8 } of panels) {
    if (x + w > columns) {
      x = 0
      y += lineHeight
      lineHeight = 0
    }
    positions.push({ x, y, w, h })
    x += w
    lineHeight = Math.max(lineHeight, h)
  }
  return { positions, height: y + lineHeight - top }
}
