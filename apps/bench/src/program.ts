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

/** Starts a TypeScript module on a free port, and asks for a path over and over until the answer is 200. */
export const startProgram = async (
  module: URL,
  {
    args,
    probe,
    execArgv = [],
    cwd,
  }: {
    readonly args: (port: number) => ReadonlyArray<string>
    /** A whole request, without its body. */
    readonly probe: Uint8Array
    readonly execArgv?: ReadonlyArray<string>
    readonly cwd?: string
  },
): Promise<Program> => {
  const port = await freePort()
  const begun = performance.now()
  const child = spawn(
    process.execPath,
    ['--conditions=source', ...execArgv, fileURLToPath(module), ...args(port)],
    // What it logs costs it a write, as it would in use. Nothing of this process's environment configures it.
    { stdio: ['ignore', 'ignore', 'inherit'], env: { PATH: process.env['PATH'] }, cwd },
  )
  const ended = once(child, 'exit')
  let gone = false
  void ended.then(() => {
    gone = true
  })
  for (let status: number | undefined = 0; status !== 200;) {
    if (gone) throw new Error(`${module.pathname.split('/').at(-1)} ended before it served`)
    status = await exchange(port, probe).then(statusOf, () => 0)
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

// -- internals

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  // A server that listens on a port has an address of this kind.
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

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
