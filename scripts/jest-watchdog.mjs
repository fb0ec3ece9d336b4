import { Worker } from 'node:worker_threads'

/** Ends a run in which a test file does not come to its end within `limitMs`, and says which one and what it was doing.
 *
 * Jest's own limits are timers of the thread that runs the tests: a test that never lets go of it, or a file that never
 * gets to its first test, would stay for good. So the clock is in a thread of its own. */
export default class Watchdog {
  #limitMs
  #thread

  constructor(_config, { limitMs }) {
    this.#limitMs = limitMs
  }

  onRunStart() {
    const workerData = { limitMs: this.#limitMs }
    this.#thread = new Worker(new URL('./jest-watchdog-thread.mjs', import.meta.url), { workerData })
    this.#thread.unref()
  }

  onTestFileStart({ path }) {
    this.#thread.postMessage({ path, running: true })
  }

  onTestFileResult({ path }) {
    this.#thread.postMessage({ path, running: false })
  }

  async onRunComplete() {
    await this.#thread.terminate()
  }
}
