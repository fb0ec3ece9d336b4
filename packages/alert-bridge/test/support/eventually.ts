/** Resolves when the condition holds. Looks every 10 ms; the test's own timeout is the end of its patience. */
export async function eventually(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10))
}
