import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { atExit } from './at-exit.ts'
import { CONFIGURATION } from './configuration.ts'

/** A host that was started for one suite, with an empty store. */
export interface FreshHost {
  /** Where it listens, without a slash at the end. */
  readonly url: string
  /** Ends it, removes what it stored, and rejects if it did not end well. */
  readonly stop: () => Promise<void>
}

/** Starts the server as `npm start` does, on a free port, with SQLite in a folder of its own. */
export const startHost = async (): Promise<FreshHost> => {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-compat-'))
  await writeFile(join(folder, 'signalbox.config.json'), JSON.stringify(CONFIGURATION))
  // Nothing of the environment of the tests may configure what they start.
  const child = spawn(process.execPath, ['--conditions=source', MAIN, 'serve'], {
    cwd: folder,
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const remove = (): void => rmSync(folder, { recursive: true, force: true })
  const kill = (): void => void child.kill('SIGKILL')
  const callOff = atExit(() => {
    kill()
    remove()
  })
  let printed = ''
  const url = new Promise<string>((resolve) => {
    const hear = (chunk: Buffer): void => {
      printed += chunk.toString()
      const listening = LISTENING.exec(printed)?.[1]
      if (listening !== undefined) resolve(listening)
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
  })
  const ended = once(child, 'close').then(() => {
    callOff()
    remove()
    return child.exitCode
  })
  const within = (ms: number): NodeJS.Timeout => setTimeout(kill, ms)

  const late = within(START_MS)
  const started = await Promise.race([url, ended])
  clearTimeout(late)
  if (typeof started !== 'string') throw new Error(`the host does not listen:\n${printed}`)
  return {
    url: started,
    stop: async () => {
      child.kill('SIGTERM')
      const stuck = within(STOP_MS)
      const code = await ended
      clearTimeout(stuck)
      if (code !== 0) throw new Error(`the host ended with ${code}:\n${printed}`)
    },
  }
}

// -- internals

const MAIN = fileURLToPath(new URL('../apps/server/src/main.ts', import.meta.url))

const LISTENING = /"event":"listening".*"url":"([^"]+)".*\}/

const START_MS = 30_000
const STOP_MS = 15_000
