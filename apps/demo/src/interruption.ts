/** Ctrl-C and SIGTERM as an abort signal. The first asks for an orderly end; the second ends the process at once. */
export interface Interruption extends Disposable {
  readonly signal: AbortSignal
  /** 128 + the number of the signal, as shells count; undefined while nobody has interrupted. */
  readonly exitCode: number | undefined
}

const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const

export function watchForInterruption(): Interruption {
  const controller = new AbortController()
  let exitCode: number | undefined
  const handlers = Object.entries(exitCodes).map(([name, code]) => {
    const handler = () => {
      if (exitCode !== undefined) {
        process.stderr.write('\nstopped at once: rows that were not written yet are lost\n')
        process.exit(code)
      }
      exitCode = code
      controller.abort(new Error(`interrupted by ${name}`))
    }
    process.on(name, handler)
    return () => process.off(name, handler)
  })
  return {
    signal: controller.signal,
    get exitCode() {
      return exitCode
    },
    [Symbol.dispose]() {
      for (const remove of handlers) remove()
    },
  }
}
