import type { Statement } from './wire/session.ts'

/** An identifier in quotes. */
export function quotedName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** The name of a table, perhaps with its schema. */
export interface Qualified {
  readonly schema?: string
  readonly name: string
}

/** The name of a table, with its schema where it has one. */
export function quoted({ schema, name }: Qualified): string {
  return schema === undefined ? quotedName(name) : `${quotedName(schema)}.${quotedName(name)}`
}

/** A text as a literal, whatever `standard_conforming_strings` is. */
export function quotedText(text: string): string {
  return `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
}

/** A statement with its values in it, which are texts: around COPY there are no parameters. */
export function inlined({ text, values = [] }: Statement): string {
  if (values.length === 0) return text
  return text.replaceAll(/\$(\d)/g, (_, number: string) => quotedText(String(values[Number(number) - 1])))
}
