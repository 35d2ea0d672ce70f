// Runs on any Node from 20, before anything is installed: plain JavaScript and no dependencies.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { delimiter, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const modules = join(root, 'node_modules')

/** Says whether what npm last installed is what the lock asks for, whoever ran npm. */
const isInstalled = () => {
  const installed = packagesOf(join(modules, '.package-lock.json'))
  if (installed === undefined || !existsSync(join(modules, 'node', 'package.json'))) return false
  if (!['node', 'node.exe'].some((name) => existsSync(join(modules, 'node', 'bin', name))))
    return false
  return Object.entries(packagesOf(join(root, 'package-lock.json')) ?? {}).every(
    ([path, wanted]) =>
      !path.includes('node_modules/') ||
      isSame(wanted, installed[path]) ||
      isSkippable(wanted, installed[path]),
  )
}

const install = () => {
  console.error('Installing dependencies…')
  const { command, args, env } = npm()
  const options = { cwd: root, env, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }
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
  const isOwn = (path) => path === modules || path.startsWith(modules + sep)
  const key = Object.keys(process.env).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH'
  const path = (process.env[key] ?? '').split(delimiter).filter((entry) => !isOwn(entry))
  const { npm_execpath: script = '', npm_node_execpath: node = '', ...rest } = process.env
  const env = { ...rest, [key]: path.join(delimiter) }
  return script.endsWith('npm-cli.js') && node !== '' && !isOwn(node)
    ? { command: node, args: [script], env }
    : { command: 'npm', args: [], env }
}

if (!isInstalled()) install()
