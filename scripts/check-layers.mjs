/**
 * Checks that imports go one way only: between packages, between the folders of core, and without cycles between
 * the files of a package. The rules are data in layers/rules.mjs. A cycle of type-only imports is allowed: it leaves
 * no trace at run time, and two types that name each other are one idea in two files.
 */
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cyclesIn } from './layers/cycles.mjs'
import { importsOf } from './layers/imports.mjs'
import * as rules from './layers/rules.mjs'
import { filesOf, workspacesIn } from './layers/workspaces.mjs'

/** One line per violation, in the order of the files. */
export function violationsIn(root) {
  const workspaces = workspacesIn(root)
  const byName = new Map(workspaces.map((workspace) => [workspace.manifest.name, workspace]))
  const rootTools = Object.keys(readManifest(root).devDependencies ?? {})
  return workspaces.flatMap((workspace) => {
    const rule = workspace.isPackage ? rules.packages[workspace.name] : rules.application
    if (!rule) return [`${workspace.path} has no place in scripts/layers/rules.mjs`]
    const context = { root, workspace, rule, byName, rootTools }
    return [
      ...manifestViolations(context),
      ...sourceViolations({ ...context, section: 'src' }),
      ...sourceViolations({ ...context, section: 'test' }),
    ]
  })
}

function manifestViolations({ workspace, rule, byName }) {
  const { dependencies = {}, peerDependencies = {}, devDependencies = {} } = workspace.manifest
  const shipped = Object.keys({ ...dependencies, ...peerDependencies })
  const file = `${workspace.path}/package.json`
  const forbidden = (section, names) =>
    names
      .map((name) => [name, arrowViolation(workspace, rule, byName, name, section)])
      .filter(([, why]) => why)
  return [
    ...forbidden('src', shipped),
    ...forbidden('test', Object.keys(devDependencies)),
    ...(rule.external === false
      ? shipped.filter((name) => !byName.has(name)).map((name) => [name, rule.because])
      : []),
  ].map(([name, why]) => `${file} depends on ${name}: ${why}`)
}

function sourceViolations({ root, workspace, rule, byName, rootTools, section }) {
  const violations = []
  const graph = new Map(filesOf(root, `${workspace.path}/${section}`).map((file) => [file, []]))
  // An import may name the file that the compiler writes instead of the one it reads.
  const written = (target) => (graph.has(target) ? target : target.replace(/js$/, 'ts'))
  for (const file of graph.keys()) {
    const report = (from, why) => violations.push(`${file} imports ${from}: ${why}`)
    for (const { from, typeOnly } of importsOf(join(root, file))) {
      if (from.startsWith('.')) {
        const target = posix.join(posix.dirname(file), from)
        const why = relativeViolation(workspace, section, file, target)
        if (why) report(from, why)
        else if (!typeOnly) graph.get(file).push(written(target))
      } else if (!isBuiltin(from)) {
        const why =
          arrowViolation(workspace, rule, byName, packageName(from), section) ??
          externalViolation({ workspace, rule, byName, rootTools, section, from })
        if (why) report(from, why)
      }
    }
  }
  for (const cycle of cyclesIn(graph)) {
    violations.push(`${cycle[0]} imports itself: ${cycle.slice(1).join(' -> ')}`)
  }
  return violations
}

/** Why one of our packages must not be imported here, if so. Says nothing about packages of others. */
function arrowViolation(workspace, rule, byName, name, section) {
  const target = byName.get(name)
  if (!target) return undefined
  if (target === workspace) return section === 'test' ? undefined : 'a package does not import itself by name'
  const isTestkit = target.isPackage && target.name === rules.testkit.name
  if (isTestkit && section === 'test' && !rules.testkit.closedTo.includes(workspace.name)) return undefined
  if (rule.imports === 'published') return target.manifest.private ? `${name} is not published` : undefined
  if (target.isPackage && rule.imports.includes(target.name)) return undefined
  if (section === 'test' && target.isPackage && rule.tests?.includes(target.name)) return undefined
  return isTestkit && section === 'src' ? 'the testkit is for tests' : rule.because
}

function externalViolation({ workspace, rule, byName, rootTools, section, from }) {
  const { dependencies, peerDependencies, devDependencies } = workspace.manifest
  const name = packageName(from)
  const ours = byName.get(name)
  if (section === 'src' && rule.external === false && !ours) return rule.because
  const declared = Object.keys({ ...dependencies, ...peerDependencies })
  if (section === 'test')
    declared.push(...Object.keys(devDependencies ?? {}), ...rootTools, workspace.manifest.name)
  if (!declared.includes(name)) {
    return `${name} is not in the ${section === 'src' ? 'dependencies or peerDependencies' : 'dependencies'} of ${workspace.path}/package.json`
  }
  if (ours && !Object.hasOwn(ours.manifest.exports ?? {}, `.${from.slice(name.length)}`)) {
    return `${name} does not export it`
  }
  return undefined
}

function relativeViolation(workspace, section, file, target) {
  if (!target.startsWith(`${workspace.path}/`)) return 'it is outside of the package'
  if (section === 'src' && !target.startsWith(`${workspace.path}/src/`)) return 'it is outside of src'
  const folderOf = (path) => path.slice(`${workspace.path}/src/`.length).split('/')[0]
  return rules.folders.find(
    (folder) =>
      section === 'src' &&
      folder.package === workspace.name &&
      folder.folder === folderOf(file) &&
      folder.never.includes(folderOf(target)),
  )?.because
}

/** `@scope/name/sub` -> `@scope/name`, `name/sub` -> `name`. */
const packageName = (from) => from.split('/', from.startsWith('@') ? 2 : 1).join('/')

function readManifest(root) {
  const path = join(root, 'package.json')
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {}
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const violations = violationsIn(fileURLToPath(new URL('..', import.meta.url)))
  for (const violation of violations) console.error(violation)
  if (violations.length > 0) process.exit(1)
}
