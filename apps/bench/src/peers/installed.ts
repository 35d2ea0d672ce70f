import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Installs the peers in their own folder, unless they are there; answers what went wrong, if anything. */
export const installPeers = (): string | undefined => {
  const { status, stderr, error } = spawnSync(process.execPath, [BOOTSTRAP, 'apps/bench/peers'], {
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  if (status === 0) return undefined
  return error?.message ?? (stderr.trim().split('\n').at(-1) || 'npm ci failed')
}

/** The path of a file of the peers' folder. */
export const peerFile = (path: string): string =>
  fileURLToPath(new URL(`../../peers/${path}`, import.meta.url))

/** The path of a file of an installed package, or undefined when it is not there. */
export const installedFile = (path: string): string | undefined => {
  const file = peerFile(`node_modules/${path}`)
  return existsSync(file) ? file : undefined
}

/** The version of an installed package. */
export const versionOf = (name: string): string => {
  const { version }: { version: string } = JSON.parse(
    readFileSync(peerFile(`node_modules/${name}/package.json`), 'utf8'),
  )
  return version
}

// -- internals

const BOOTSTRAP = fileURLToPath(new URL('../../../../scripts/bootstrap.mjs', import.meta.url))
