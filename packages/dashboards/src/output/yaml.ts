import { stringify } from 'yaml'

/** A document with a comment above it. Long expressions stay on one line, so that they can be searched and copied. */
export function yaml(comment: string, document: unknown): string {
  const head = comment
    .split('\n')
    .map((line) => `# ${line}`.trimEnd())
    .join('\n')
  return `${head}\n${stringify(document, { lineWidth: 0, aliasDuplicateObjects: false })}`
}
