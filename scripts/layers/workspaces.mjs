import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Every workspace under a root folder: its folder's name, its path from the root, and its package.json. */
export function workspacesIn(root) {
  const inside = (parent) =>
    existsSync(join(root, parent)) ? readdirSync(join(root, parent)).map((name) => `${parent}/${name}`) : []
  return [...inside('packages'), ...inside('apps'), 'benchmarks', 'examples']
    .filter((path) => existsSync(join(root, path, 'package.json')))
    .map((path) => ({
      name: path.slice(path.lastIndexOf('/') + 1),
      path,
      isPackage: path.startsWith('packages/'),
      manifest: JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8')),
    }))
}

/** The TypeScript and JavaScript files of one folder of a workspace, as paths from the root. */
export function filesOf(root, folder) {
  if (!existsSync(join(root, folder))) return []
  return readdirSync(join(root, folder), { recursive: true })
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    .filter((name) => /\.[cm]?[jt]s$/.test(name) && !name.includes('/node_modules/'))
}
