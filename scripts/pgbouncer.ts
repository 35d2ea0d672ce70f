import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants } from 'node:fs'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { freePort, unprivileged } from './postgres-server.ts'

/** A pooler in front of a server, or why there is none. */
export type Pgbouncer =
  | { readonly url: string; readonly stop: () => Promise<void> }
  | { readonly missing: string }

/** Starts the PgBouncer of this machine, in transaction mode, in front of a server; `SIGNALBOX_TEST_PGBOUNCER` names another. */
export const startPgbouncer = async (postgres: string): Promise<Pgbouncer> => {
  const program = process.env['SIGNALBOX_TEST_PGBOUNCER'] ?? found()
  if (program === undefined)
    return { missing: 'no pgbouncer on the PATH, and none in SIGNALBOX_TEST_PGBOUNCER' }
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-pgbouncer-'))
  try {
    await chmod(folder, 0o755)
    const port = await freePort()
    const settings = join(folder, 'pgbouncer.ini')
    await writeFile(settings, settingsOf(new URL(postgres), port))
    const child = spawn(program, [settings], {
      ...unprivileged(),
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    // Outlives this process, however that ends, until what it has begun is cleared away.
    const heir = spawn(process.execPath, ['-e', HEIR, String(child.pid), folder], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    await ready(child)
    return {
      url: `postgres://signalbox@127.0.0.1:${port}/postgres`,
      stop: async () => {
        heir.stdin.end()
        await once(heir, 'exit')
      },
    }
  } catch (thrown) {
    await rm(folder, { recursive: true, force: true })
    throw thrown
  }
}

// -- internals

const HEIR = `
  const [pid, folder] = process.argv.slice(1)
  process.stdin.resume().on('end', () => {
    try { process.kill(Number(pid), 'SIGTERM') } catch {}
    require('node:fs').rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  })`

// Where systems keep what is run by root, which is not on the path of others.
const SYSTEM = ['/usr/sbin', '/usr/local/sbin']

const found = (): string | undefined =>
  [...(process.env['PATH'] ?? '').split(delimiter), ...SYSTEM]
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, 'pgbouncer'))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK)
        return true
      } catch {
        return false
      }
    })

// Few connections for many clients, so that one that relies on having the same again is found out.
const settingsOf = ({ hostname, port, username, password }: URL, listen: number): string => {
  const as = [
    `host=${hostname}`,
    `port=${port === '' ? '5432' : port}`,
    `user=${decodeURIComponent(username)}`,
    ...(password === '' ? [] : [`password=${decodeURIComponent(password)}`]),
  ].join(' ')
  return `[databases]
* = ${as}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${listen}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 3
max_client_conn = 500
`
}

const ready = async (child: ChildProcess): Promise<void> => {
  let log = ''
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', () => reject(new Error(`pgbouncer ended at once: ${log}`)))
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      log = `${log}${text}`.slice(-10_000)
      if (log.includes('process up')) resolve()
    })
  })
}
