/** How long a finished run may take to end, in milliseconds. */
const graceMs = 5_000

/** Ends a run with one plain line of counts, which a person or a script can read without knowing jest. */
export default class ClosingLine {
  onRunComplete(_contexts, results) {
    const skipped = results.numPendingTests + results.numTodoTests
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites
    // At the very end: jest's own summary repeats every failure after the reporters.
    process.once('exit', () => {
      process.stdout.write(
        `\n${results.numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`,
      )
    })
    // A test that leaves something open would keep jest alive for good; this timer does not.
    setTimeout(() => {
      process.stdout.write('\nA test left a timer, a worker or a socket open: jest would not end.\n')
      process.exit(1)
    }, graceMs).unref()
  }
}
