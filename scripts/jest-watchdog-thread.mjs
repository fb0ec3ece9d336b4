import { writeSync } from 'node:fs'
import { Session } from 'node:inspector/promises'
import { relative } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'

const { limitMs } = workerData
const timers = new Map()

parentPort.on('message', ({ path, running }) => {
  if (running)
    timers.set(
      path,
      setTimeout(() => void end(path), limitMs),
    )
  else clearTimeout(timers.get(path))
})

async function end(path) {
  const name = relative(process.cwd(), path)
  // The thread that runs the tests may be beyond writing, and this one writes through it otherwise.
  writeSync(2, `\n${name} has not come to its end in ${limitMs / 1_000} s. `)
  writeSync(2, `${await Promise.race([doing(), sleep(10_000, 'It does not tell what it does.')])}\n`)
  process.kill(process.pid, 'SIGKILL')
}

/** Where the main thread is, if it does anything, and what it waits for. */
async function doing() {
  const main = new Session()
  main.connectToMainThread()
  const paused = new Promise((resolve) => main.once('Debugger.paused', resolve))
  await main.post('Debugger.enable')
  await main.post('Debugger.pause')
  const stop = await Promise.race([paused, sleep(2_000)])
  const expression = 'process.getActiveResourcesInfo().join()'
  const frames = stop?.params.callFrames ?? []
  const { result } =
    frames.length === 0
      ? await main.post('Runtime.evaluate', { expression })
      : await main.post('Debugger.evaluateOnCallFrame', { expression, callFrameId: frames[0].callFrameId })
  const places = frames.map(
    ({ functionName, url, location }) =>
      `\n  at ${functionName || 'anonymous'} (${url}:${location.lineNumber + 1})`,
  )
  return `It waits for: ${result.value}${places.join('')}`
}
