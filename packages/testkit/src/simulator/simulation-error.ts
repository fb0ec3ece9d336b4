/** A flow broke a claim. The message begins with the claim, shows the last steps, and ends with the command that plays
 * them again. */
export class SimulationError extends Error {
  readonly seed: number
  readonly claim: string

  constructor(
    claim: string,
    {
      seed,
      detail,
      steps,
      replay,
    }: { seed: number; detail: string; steps: readonly string[]; replay: string },
  ) {
    const lines = steps.map((step) => `  ${step}`).join('\n')
    super(`${claim}: ${detail}\n\nThe last steps of seed ${seed}:\n${lines}\n\nTo see it again:\n${replay}`)
    this.name = 'SimulationError'
    this.seed = seed
    this.claim = claim
  }
}
