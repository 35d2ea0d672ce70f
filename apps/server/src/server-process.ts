import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** How a `signalbox` process ended, and all that it printed. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** A `signalbox` process that listens. */
export interface ServerProcess {
  readonly url: string
  readonly port: number
  readonly pid: number
  readonly kill: (signal: NodeJS.Signals) => void
  /** What it has printed so far. */
  readonly stdout: () => string
  /** Resolves when a line of the log tells of the event. */
  readonly logged: (event: string) => Promise<Readonly<Record<string, unknown>>>
  readonly ended: Promise<Ended>
}

interface Surroundings {
  /** The working directory; a configuration is looked for there. */
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
}

/** Runs the command to its end. For tests. */
export const runCommand = (
  args: ReadonlyArray<string>,
  surroundings: Surroundings,
): Promise<Ended> => endOf(launch(args, surroundings))

/** Runs `signalbox serve` until it listens; rejects with what it printed when it ends before. For tests. */
export const startServer = async (
  args: ReadonlyArray<string>,
  surroundings: Surroundings,
): Promise<ServerProcess> => {
  const child = launch(['serve', ...args], surroundings)
  const ended = endOf(child)
  let printed = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    printed += chunk.toString()
  })
  const logged = (event: string): Promise<Readonly<Record<string, unknown>>> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const line = printed.split('\n').find((text) => text.includes(`"event":"${event}"`))
        if (line === undefined || !line.endsWith('}')) return
        child.stdout?.off('data', look)
        resolve(JSON.parse(line) as Readonly<Record<string, unknown>>)
      }
      child.stdout?.on('data', look)
      look()
      void ended.then((end) => reject(new Error(`no ${event}: ${end.stdout}${end.stderr}`)))
    })
  const { port, url } = await logged('listening')
  return {
    port: Number(port),
    url: String(url),
    pid: child.pid ?? 0,
    kill: (signal) => void child.kill(signal),
    stdout: () => printed,
    logged,
    ended,
  }
}

// -- internals

const MAIN = fileURLToPath(new URL('../start.mjs', import.meta.url))

const launch = (
  args: ReadonlyArray<string>,
  { cwd, env = {}, input = '' }: Surroundings,
): ChildProcess => {
  // Nothing of the environment of the tests may configure what they start.
  const child = spawn(process.execPath, ['--conditions=source', MAIN, ...args], {
    cwd,
    env: { PATH: process.env['PATH'], ...env },
  })
  child.stdin.end(input)
  return child
}

const endOf = (child: ChildProcess): Promise<Ended> =>
  new Promise((resolve) => {
    let stdout = ''
    let stderr = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      stdout += chunk.toString()
    })
    child.stderr?.on('data', (chunk: Buffer) => {
      stderr += chunk.toString()
    })
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }))
  })
