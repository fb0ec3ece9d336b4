import { watchForInterruption } from './interruption.ts'
import { parseOptions, usage, UsageError, type DemoOptions } from './options.ts'

process.exitCode = await main(process.argv.slice(2))

/** Whoever reads the output may stop reading (`| head`): that is a wish to end, not a fault. */
function endWhenNobodyReads(): void {
  let asked = false
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
      if (!asked) process.kill(process.pid, 'SIGTERM')
      asked = true
    })
}

async function main(args: readonly string[]): Promise<number> {
  // Before anything else, so that Ctrl-C means the same at any moment.
  using interruption = watchForInterruption()
  endWhenNobodyReads()
  let options: DemoOptions
  try {
    options = parseOptions(args)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    process.stderr.write(`${error.message}\n\n${usage}\n`)
    return 2
  }
  if (options.help) {
    process.stdout.write(`${usage}\n`)
    return 0
  }
  try {
    // The dataset takes a moment to unpack; a wrong flag should not wait for it.
    const { run } = await import('./run.ts')
    return await run(options, interruption)
  } catch (error) {
    // What can go wrong here is somebody's to mend (a path, a port): the sentence helps, the stack does not.
    process.stderr.write(`${(error as Error).message}\n`)
    return 1
  }
}
