import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository. */
export const root = fileURLToPath(new URL('../../../..', import.meta.url))

/** The committed files. */
export const committed = join(root, 'dashboards')

/** The specification beside the repository, which not everybody has. */
export const specification = join(root, '..', 'shared', 'metrics')

/** Programs by variable: the folder that they are unpacked into, and their names. */
const programs = {
  PROMTOOL: ['prometheus', 'promtool'],
  PROMETHEUS: ['prometheus', 'prometheus'],
  AMTOOL: ['prometheus-alertmanager', 'amtool'],
  ALERTMANAGER: ['prometheus-alertmanager', 'prometheus-alertmanager'],
  CHROMIUM: ['chromium', 'chromium'],
} as const

/** The path of a tool, or undefined: `npm test` looks for them, and says loudly what is missing. */
export function tool(variable: keyof typeof programs): string | undefined {
  const [folder, name] = programs[variable]
  const unpacked = join(root, '.tools', folder, 'usr', 'bin', name)
  return [process.env[variable], unpacked, name]
    .flatMap((path) => (path === undefined || path === '' ? [] : absolute(path)))
    .find(runs)
}

/** A name without a folder is looked for on PATH: not everybody who starts programs does that. */
function absolute(path: string): string {
  if (path.includes('/')) return path
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  return folders.map((folder) => join(folder, path)).find((candidate) => existsSync(candidate)) ?? path
}

const runs = (path: string) => spawnSync(path, ['--version'], { stdio: 'ignore' }).status === 0

/** Runs a tool to its end and answers with everything that it said. */
export function runTool(path: string, args: readonly string[], cwd?: string) {
  const { status, stdout, stderr } = spawnSync(path, args, { encoding: 'utf8', cwd, timeout: 60_000 })
  return { status, stdout, output: `${stdout}${stderr}` }
}

/** A folder that is gone with the `using` block. */
export function temporaryFolder(): Disposable & {
  readonly path: string
  write(name: string, text: string): string
} {
  const path = mkdtempSync(join(tmpdir(), 'batchflow-dashboards-'))
  return {
    path,
    write(name, content) {
      const file = join(path, name)
      writeFileSync(file, content)
      return file
    },
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  }
}

export const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'))
