import { existsSync, readFileSync } from 'node:fs'
import { text as textOf } from 'node:stream/consumers'
import { Command, CommanderError } from 'commander'
import * as E from 'fp-ts/lib/Either.js'
import { DEFAULT_FILE, readConfiguration } from './config.ts'
import type { Configuration, Overrides } from './config.ts'
import { demoConfiguration } from './demo.ts'
import { exitCodeOf, lineOf, misconfigured } from './failure.ts'
import type { Failure } from './failure.ts'
import { PLUGINS } from './plugins.ts'
import { hashSecret } from './secret.ts'
import { serve } from './serve.ts'

/** Runs the `signalbox` command and answers its exit code: 0, 1 when the machine is in the way, 2 when the caller is. */
export const run = async (args: ReadonlyArray<string>): Promise<number> => {
  // A log whose reader has gone must not take the server with it.
  process.stdout.on('error', () => {})
  try {
    let outcome: E.Either<Failure, void> = E.right(undefined)
    const program = commandOf(async (action) => {
      outcome = await action
    })
    await program.parseAsync([...args], { from: 'user' })
    if (E.isRight(outcome)) return 0
    process.stderr.write(`${lineOf(outcome.left)}\n`)
    return exitCodeOf(outcome.left)
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2
    throw thrown
  }
}

// -- internals

type Action = Promise<E.Either<Failure, void>>

interface ServeOptions {
  readonly config?: string
  readonly host?: string
  readonly port?: string
  readonly store?: string
}

const commandOf = (perform: (action: Action) => Promise<void>): Command => {
  const program = new Command('signalbox')
    .description('One host for the lifecycles of services on other people’s platforms.')
    .version(VERSION, '--version', 'print the version')
    .helpOption('--help', 'print this help')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ outputError: (line, write) => write(onOneLine(line)) })
  program.action(() => program.outputHelp())
  program
    .command('serve')
    .description('run the server; without a configuration, as a demo on this machine only')
    .option('--config <path>', `the configuration file (SIGNALBOX_CONFIG, ${DEFAULT_FILE})`)
    .option('--host <host>', 'the address to listen on (HOST)')
    .option('--port <port>', 'the port to listen on, 0 for any free one (PORT)')
    .option('--store <store>', 'memory:, sqlite:path or postgres://… (SIGNALBOX_STORE)')
    .action((options: ServeOptions) => perform(serveWith(options)))
  program
    .command('hash-secret')
    .description('read a secret from standard input and print its hash for { "scrypt" }')
    .action(() => perform(printHash()))
  return program
}

const serveWith = async ({ config, ...options }: ServeOptions): Action => {
  const overrides: Overrides = { environment: process.env, options }
  const named = config ?? emptyIsNone(process.env['SIGNALBOX_CONFIG'])
  const source = named ?? DEFAULT_FILE
  const demo = named === undefined && !existsSync(source)
  const configuration = demo ? demoConfiguration(overrides) : readFile(source, overrides)
  if (E.isLeft(configuration)) return configuration
  const print = (text: string): void => void process.stdout.write(text)
  return serve(configuration.right, { source, demo, plugins: PLUGINS, print })
}

const readFile = (source: string, overrides: Overrides): E.Either<Failure, Configuration> => {
  try {
    return readConfiguration(source, readFileSync(source, 'utf8'), overrides, PLUGINS)
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
    const problem = code === 'ENOENT' ? 'no such file' : `cannot read it: ${String(code ?? thrown)}`
    return E.left(misconfigured(source, '', problem))
  }
}

const printHash = async (): Action => {
  if (process.stdin.isTTY) process.stderr.write('Secret, then Enter and Ctrl-D: ')
  const secret = (await textOf(process.stdin)).replace(/\r?\n$/, '')
  if (secret === '') return E.left(misconfigured('standard input', '', 'expected a secret'))
  process.stdout.write(`${await hashSecret(secret)}\n`)
  return E.right(undefined)
}

const emptyIsNone = (text: string | undefined): string | undefined =>
  text === '' ? undefined : text

const onOneLine = (line: string): string =>
  `${line
    .replace(/^error: /, 'signalbox: ')
    .trim()
    .replaceAll(/\s*\n\s*/g, ' ')}\n`

const { version: VERSION } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
) as { readonly version: string }
