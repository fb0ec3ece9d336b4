/** One claim about an implementation. Runs under any test runner: `test(check.name, check.run)`. */
export interface Check {
  /** The claim, as a sentence. */
  readonly name: string
  /** Rejects with an assertion error when the claim does not hold. */
  readonly run: () => Promise<void>
}
