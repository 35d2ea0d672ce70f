// Runs on any Node from 20, before anything is installed: plain JavaScript and no dependencies.
// An argument names a folder with a lock of its own, from the root.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { delimiter, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = join(root, process.argv[2] ?? '')
const modules = join(folder, 'node_modules')

/** Says whether what npm last installed is what the lock asks for, whoever ran npm. */
const isInstalled = () => {
  const installed = packagesOf(join(modules, '.package-lock.json'))
  const wanted = packagesOf(join(folder, 'package-lock.json')) ?? {}
  if (installed === undefined || (ownNode in wanted && !hasOwnNode())) return false
  return Object.entries(wanted).every(
    ([path, lock]) =>
      !path.includes('node_modules/') ||
      isSame(lock, installed[path]) ||
      isSkippable(lock, installed[path]),
  )
}

const install = () => {
  console.error(`Installing dependencies${process.argv[2] ? ` of ${process.argv[2]}` : ''}…`)
  const { command, args, env } = npm()
  const options = { cwd: folder, env, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }
  const { status, error, stdout, stderr } = spawnSync(
    command,
    [...args, 'ci', '--no-audit', '--no-fund', '--loglevel=error'],
    { ...options, shell: command === 'npm' && process.platform === 'win32' },
  )
  if (status === 0) return
  process.stderr.write(`${stdout ?? ''}${stderr ?? ''}`)
  console.error(error?.message ?? 'npm ci failed: see above.')
  process.exit(status || 1)
}

// -- internals

const ownNode = 'node_modules/node'

const hasOwnNode = () =>
  existsSync(join(modules, 'node', 'package.json')) &&
  ['node', 'node.exe'].some((name) => existsSync(join(modules, 'node', 'bin', name)))

const packagesOf = (file) => {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages
  } catch {
    return undefined
  }
}

const isSame = (wanted, installed) =>
  installed !== undefined &&
  ['version', 'resolved', 'integrity', 'link'].every((key) => wanted[key] === installed[key])

const isSkippable = (wanted, installed) =>
  installed === undefined && Boolean(wanted.optional || wanted.devOptional)

// The install replaces the project's own Node, so npm must not run on it.
const npm = () => {
  const rootModules = join(root, 'node_modules')
  const isOwn = (path) => path === rootModules || path.startsWith(rootModules + sep)
  const key = Object.keys(process.env).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH'
  const path = (process.env[key] ?? '').split(delimiter).filter((entry) => !isOwn(entry))
  const { npm_execpath: script = '', npm_node_execpath: node = '', ...rest } = process.env
  const env = { ...rest, [key]: path.join(delimiter) }
  return script.endsWith('npm-cli.js') && node !== '' && !isOwn(node)
    ? { command: node, args: [script], env }
    : { command: 'npm', args: [], env }
}

if (!isInstalled()) install()
