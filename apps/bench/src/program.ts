import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { exchange, statusOf } from './connection.ts'

/** A server that runs as a program of its own, as a user would start it. */
export interface Program {
  readonly port: number
  /** From the start of the process until its first 200, in ms. */
  readonly startMs: number
  /** How long its threads have kept a processor busy, in ms; NaN where the system does not tell. */
  readonly cpuMs: () => number
  /** Asks it to end, and waits until it has. */
  readonly end: () => Promise<void>
  /** Ends it in the middle of whatever it does. */
  readonly kill: () => void
}

/** How a program is started. */
export interface Launch {
  readonly command: string
  readonly args: (port: number) => ReadonlyArray<string>
  /** A request without a body that is answered with 200 as soon as it serves. */
  readonly probe: string
  readonly cwd?: string
  readonly env?: (port: number) => Readonly<Record<string, string>>
}

/** The launch of a TypeScript module, as this repository's own are run. */
export const moduleLaunch = (
  module: URL,
  {
    args,
    execArgv = [],
    ...rest
  }: Omit<Launch, 'command'> & { readonly execArgv?: ReadonlyArray<string> },
): Launch => ({
  ...rest,
  command: process.execPath,
  args: (port) => ['--conditions=source', ...execArgv, fileURLToPath(module), ...args(port)],
})

/** Starts a program on a free port, and asks over and over until the answer is 200. Rejects when it ends before that, or in a minute. */
export const startProgram = async ({
  command,
  args,
  probe,
  cwd,
  env = () => ({}),
}: Launch): Promise<Program> => {
  const port = await freePort()
  const begun = performance.now()
  const child = spawn(command, args(port), {
    cwd,
    // What it logs costs it a write, as it would in use.
    stdio: ['ignore', 'ignore', 'pipe'],
    // Nothing of this process's environment configures it.
    env: { PATH: process.env['PATH'], ...env(port) },
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = `${said}${text}`.slice(-MOST_SAID)
  })
  let gone: string | undefined
  const ended = once(child, 'exit').then(
    () => {
      gone = said
    },
    (error: Error) => {
      gone = error.message
    },
  )
  const request = Buffer.from(probe)
  for (let status: number | undefined = 0; status !== 200;) {
    if (gone !== undefined) throw new Error(`${command} ended before it served: ${gone}`)
    if (performance.now() - begun > PATIENCE_MS) {
      child.kill('SIGKILL')
      throw new Error(`${command} does not serve; it answered ${status}, and said: ${said}`)
    }
    status = await exchange(port, request).then(statusOf, () => 0)
    if (status !== 200) await new Promise((resolve) => setTimeout(resolve, 1))
  }
  const startMs = performance.now() - begun
  return {
    port,
    startMs,
    cpuMs: () => cpuMsOf(child.pid ?? 0),
    end: async () => {
      child.kill('SIGTERM')
      await ended
    },
    kill: () => void child.kill('SIGKILL'),
  }
}

/** A port of the loopback that nobody listens on. */
export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  // A server that listens on a port has an address of this kind.
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

// -- internals

const MOST_SAID = 2000
const PATIENCE_MS = 60_000
const TICK_MS = 10

// Linux tells of every process in ticks of a hundredth of a second; fields 14 and 15, counted behind the name in brackets.
const cpuMsOf = (pid: number): number => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS
  } catch {
    return Number.NaN
  }
}
