import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

// Beside src and beside dist alike.
const folder = fileURLToPath(new URL('../../static', import.meta.url))

/** Files that are written by hand and copied as they are, by path. */
export function readStaticFiles(): [string, string][] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry): [string, string] => {
      const path = `${entry.parentPath}/${entry.name}`
      return [path.slice(folder.length + 1), readFileSync(path, 'utf8')]
    })
    .sort(([a], [b]) => (a < b ? -1 : 1))
}
