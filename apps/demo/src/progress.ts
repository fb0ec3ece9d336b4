import type { FlowStats } from '@batchflow/core'
import { clearLine, cursorTo } from 'node:readline'
import type { WriteStream } from 'node:tty'

/** What progress is made of. */
export interface ProgressSource {
  readonly goal: number
  readonly stats: () => FlowStats
  readonly p95: () => number
}

const number = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })
const barWidth = 20

/** Shows progress until disposed: one line that is redrawn on a terminal, a plain line a second elsewhere. */
export function showProgress(out: WriteStream, source: ProgressSource): Disposable {
  const began = performance.now()
  const draw = () => {
    const fields = progressFields(source, performance.now() - began)
    if (!out.isTTY) {
      out.write(`${fields.join('  ')}\n`)
      return
    }
    cursorTo(out, 0)
    out.write(fitted([bar(source), ...fields], out.columns || 80))
    clearLine(out, 1)
  }
  const timer = setInterval(draw, out.isTTY ? 100 : 1_000)
  return {
    [Symbol.dispose]() {
      clearInterval(timer)
      draw()
      if (out.isTTY) out.write('\n')
    },
  }
}

function bar({ goal, stats }: ProgressSource): string {
  const filled = Math.round((barWidth * stats().ledger.written) / goal)
  return `[${'#'.repeat(filled)}${'-'.repeat(barWidth - filled)}]`
}

function progressFields({ stats, p95 }: ProgressSource, elapsedMs: number): string[] {
  const { ledger, bufferedRows, inFlightBatches } = stats()
  return [
    `${number.format(ledger.written)} rows`,
    `${number.format(ledger.written / Math.max(0.001, elapsedMs / 1_000))} rows/s`,
    `queue ${number.format(bufferedRows)}`,
    `in flight ${inFlightBatches}`,
    `p95 ${p95().toFixed(1)} ms`,
    `dead letters ${number.format(ledger.deadLettered)}`,
  ]
}

/** The fields that fit on one line, which could not be redrawn if it wrapped. The bar goes first, then the last field:
 * a number is never cut. */
export function fitted(fields: readonly string[], columns: number): string {
  const whole = fields.join('  ')
  if (whole.length < columns) return whole
  for (let count = fields.length; count > 2; count--) {
    const line = fields.slice(1, count).join('  ')
    if (line.length < columns) return line
  }
  return (fields[1] ?? '').length < columns ? (fields[1] ?? '') : ''
}
