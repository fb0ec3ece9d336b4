/** An identifier in quotes. */
export function quotedName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``
}

/** The name of a table, with its database where it has one. */
export function quoted({ schema, name }: { readonly schema?: string; readonly name: string }): string {
  return schema === undefined ? quotedName(name) : `${quotedName(schema)}.${quotedName(name)}`
}
