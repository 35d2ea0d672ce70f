import { spawn } from 'node:child_process'
import { symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A receiver of webhooks that a page shows, in a process of its own. */
export interface ReceiverProcess {
  /** What it has printed so far. */
  readonly printed: () => string
  readonly stop: () => Promise<void>
}

/** Runs it in a folder, until it says that it receives; rejects with what it says on standard error. For tests. */
export const startReceiver = async (
  program: string,
  { cwd, env }: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Promise<ReceiverProcess> => {
  symlinkSync(join(ROOT, 'node_modules'), join(cwd, 'node_modules'))
  const file = join(cwd, 'receiver.mjs')
  writeFileSync(file, program)
  const child = spawn(process.execPath, [file], { env })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  let printed = ''
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString()
      if (printed.includes('receiving')) resolve()
    })
    child.stderr.on('data', (chunk: Buffer) => reject(new Error(chunk.toString())))
  })
  return {
    printed: () => printed,
    stop: () => {
      child.kill('SIGKILL')
      return ended
    },
  }
}

/** A port on which nobody listens now. For tests. */
export const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      server.close(() => resolve(port))
    })
  })

// -- internals

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
