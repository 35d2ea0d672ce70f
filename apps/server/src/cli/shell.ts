import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What a shell has printed, and how the line has ended. */
interface Shown {
  readonly output: string
  readonly code: number | null
}

/** A shell in a folder, in which `signalbox` is the command of these sources. For tests. */
export interface Shell {
  /** Runs a line with both outputs in one, as a person would see them. */
  readonly run: (line: string) => Promise<Shown>
  /** Runs a line on a terminal of so many columns. */
  readonly runOnTerminal: (line: string, columns: number) => Promise<Shown>
}

/** Makes a shell whose environment holds the given variables, and nothing of that of the tests. */
export const openShell = (cwd: string, env: Readonly<Record<string, string>>): Shell => {
  const bin = join(cwd, '.bin')
  mkdirSync(bin, { recursive: true })
  const shim = join(bin, 'signalbox')
  writeFileSync(shim, `#!/bin/sh\nexec '${process.execPath}' --conditions=source '${MAIN}' "$@"\n`)
  chmodSync(shim, 0o755)
  const environment = {
    PATH: `${bin}:${process.env['PATH'] ?? ''}`,
    TERM: 'xterm-256color',
    ...env,
  }
  const run = (program: string, args: ReadonlyArray<string>): Promise<Shown> =>
    new Promise((resolve, reject) => {
      const child = spawn(program, args, {
        cwd,
        env: environment,
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      let output = ''
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (chunk: Buffer) => {
          output += chunk.toString()
        })
      child.on('error', reject)
      child.on('close', (code) => resolve({ output, code }))
    })
  return {
    run: (line) => run('sh', ['-c', line]),
    runOnTerminal: (line, columns) =>
      run(TERMINAL, ['-qefc', `stty cols ${columns} rows 40; ${line}`, '/dev/null']),
  }
}

/** Tells whether there is a program that gives a terminal: that of util-linux, which every Linux has. */
export const hasTerminal = (): boolean =>
  spawnSync(TERMINAL, ['--version']).stdout?.toString().includes('util-linux') ?? false

/** Resolves when no work is open any more on a demo that has just started. */
export const atRest = async (url: string, token: string): Promise<void> => {
  const headers = { authorization: `Bearer ${token}` }
  const pages = ['pending', 'leased'].map(async (work) => {
    const reply = await fetch(`${url}/_signalbox/v1/effects?work=${work}`, { headers })
    return ((await reply.json()) as { readonly items: ReadonlyArray<unknown> }).items.length
  })
  const open = await Promise.all(pages)
  if (open.some((count) => count > 0)) await atRest(url, token)
}

/** Puts one text in the place of what differs with every run: instants, ports and new ids. */
export const steady = (text: string): string =>
  text
    .replaceAll('\r\n', '\n')
    .replaceAll(/\d{4}-[\dT:.-]*…/g, (cut) => `${INSTANT.slice(0, cut.length - 1)}…`)
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, INSTANT)
    .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:8080')
    .replaceAll(
      /\b01[0-9a-f]{6}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g,
      '01234567-89ab-7cde-8f01-23456789abcd',
    )

// -- internals

const TERMINAL = 'script'

const INSTANT = '2026-01-31T12:00:00.000Z'

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url))
