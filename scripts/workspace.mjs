/**
 * Installs, builds and runs the workspace with nothing but Node and npm: pnpm comes through npx in the version that
 * package.json pins. Everything here resolves with an exit code, so that steps chain with `||`.
 */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))
export const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))

/** Runs the pinned pnpm. A hash behind the version (`+sha512.…`) is corepack's, npx does not know it. */
export function pnpm(args, options) {
  return run('npx', ['--yes', '--loglevel=error', manifest.packageManager.split('+')[0], ...args], options)
}

/** Runs a script of the root package.json, so that a command is written down once. */
export function script(name, args = [], options) {
  return run('npm', ['run', '--silent', name, '--', ...args], options)
}

/** Installs what the lockfile says. Shows progress only where there is something to install. */
export function install() {
  const installed = existsSync(new URL('../node_modules/.modules.yaml', import.meta.url))
  return pnpm(['install', '--frozen-lockfile', `--loglevel=${installed ? 'warn' : 'info'}`])
}

/** Builds one package with all that it needs, or everything. Says nothing unless it fails. */
export function build(filter) {
  // Through pnpm, because turbo looks for the package manager on PATH.
  const args = ['exec', 'turbo', 'run', 'build', '--output-logs=errors-only']
  return pnpm(filter ? [...args, `--filter=${filter}`] : args, {
    quiet: true,
    env: { TURBO_TELEMETRY_DISABLED: '1', TURBO_NO_UPDATE_NOTIFIER: '1' },
  })
}

/**
 * Runs a command in the root folder and resolves with its exit code, or 128 + the signal's number.
 * Signals are passed on: Ctrl-C reaches the whole process group anyway, `kill` only reaches this process. Either way
 * the child is waited for. `quiet` holds the output back and shows it when the command fails.
 */
export function run(command, args, { env = {}, quiet = false, cwd = root } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit',
      // npm and npx are .cmd files on Windows, which only a shell can start.
      shell: process.platform === 'win32' && command !== process.execPath,
    })
    const output = []
    child.stdout?.on('data', (chunk) => output.push(chunk))
    child.stderr?.on('data', (chunk) => output.push(chunk))

    let received
    const passOn = (signal) => {
      received = signal
      child.kill(signal)
    }
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
    for (const signal of signals) process.on(signal, passOn)

    const finish = (code) => {
      for (const signal of signals) process.off(signal, passOn)
      if (code !== 0 && !received) process.stderr.write(Buffer.concat(output))
      resolve(code)
    }
    child.on('error', (error) => {
      process.stderr.write(`${command} cannot be started: ${error.message}\n`)
      finish(127)
    })
    child.on('close', (code, signal) => {
      // A child may answer a signal with an exit code of its own; zero would let the next step begin.
      const killedBy = signal ?? received
      finish(code || (killedBy ? 128 + constants.signals[killedBy] : 0))
    })
  })
}
