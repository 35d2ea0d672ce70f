import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** A host that listens. */
export interface HostProcess {
  readonly url: string
  /** Ends it with a signal, and waits until it has ended; the exit code, if it had one. */
  readonly end: (signal: 'SIGKILL' | 'SIGTERM') => Promise<number | null>
  /** True until it has ended, however that came. */
  readonly isAlive: () => boolean
}

/**
 * Starts the server of this repository in a folder that holds its configuration, on any free port; resolves when it
 * listens. `clockMs` is how far its clock is ahead. What it prints is added to `log`. Rejects when it ends before.
 */
export const startHost = async ({
  folder,
  store,
  clockMs,
  log,
}: {
  readonly folder: string
  readonly store: string
  readonly clockMs: number
  readonly log: string
}): Promise<HostProcess> => {
  const child = spawn(process.execPath, ['--conditions=source', '--import', CLOCK, MAIN, 'serve'], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'],
      PORT: '0',
      SIGNALBOX_STORE: store,
      TORTURE_CLOCK_MS: String(clockMs),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'close')
  // Without whoever started it, a host has nothing to do.
  const kill = (): void => void child.kill('SIGKILL')
  process.once('exit', kill)
  void ended.then(() => process.off('exit', kill))
  const file = createWriteStream(log, { flags: 'a' })
  let printed = ''
  let isListening = false
  const url = new Promise<string>((resolve, reject) => {
    child.once('error', reject)
    const hear = (text: string): void => {
      file.write(text)
      if (isListening) return
      printed += text
      const [, found] = /"event":"listening".*"url":"([^"]+)"/.exec(printed) ?? []
      if (found === undefined) return
      isListening = true
      resolve(found)
    }
    child.stdout.setEncoding('utf8').on('data', hear)
    child.stderr.setEncoding('utf8').on('data', hear)
    void ended.then(([code, signal]) => {
      file.end()
      reject(new Error(`a host ended (${code ?? signal}): ${printed.slice(-2000)}`))
    })
  })
  return {
    url: await url,
    isAlive: () => child.exitCode === null && child.signalCode === null,
    end: async (signal) => {
      child.kill(signal)
      const [code] = (await ended) as [number | null]
      return code
    },
  }
}

// -- internals

const MAIN = fileURLToPath(new URL('../../server/src/main.ts', import.meta.url))
const CLOCK = new URL('clock.preload.ts', import.meta.url).href
