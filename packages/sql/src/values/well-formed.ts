/** True for a string that UTF-8 can hold: every surrogate has its other half. */
export function isWellFormed(value: string): boolean {
  // In Node since 20; TypeScript has it in its ES2024 library.
  return (value as string & { isWellFormed(): boolean }).isWellFormed()
}
