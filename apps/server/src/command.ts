import { readFileSync } from 'node:fs'
import { text as textOf } from 'node:stream/consumers'
import { Command, CommanderError } from 'commander'
import * as E from 'fp-ts/lib/Either.js'
import type { Trouble } from './cli/failure.ts'
import { exitCodeOf, lineOf, misconfigured } from './failure.ts'
import type { Failure } from './failure.ts'

/** Runs the `signalbox` command and answers its exit code; docs/cli.md tells what each means. */
export const run = async (args: ReadonlyArray<string>): Promise<number> => {
  // A log whose reader has gone must not take the server with it.
  process.stdout.on('error', () => {})
  try {
    let outcome: E.Either<Failure | Trouble, number> = E.right(0)
    const perform = async (action: Promise<typeof outcome>): Promise<void> => {
      outcome = await action
    }
    const program = commandOf(perform)
    // A server need not wait for what only the others need.
    if (args[0] !== 'serve') (await import('./cli/program.ts')).addControlCommands(program, perform)
    await program.parseAsync([...args], { from: 'user' })
    if (E.isRight(outcome)) return outcome.right
    const { left } = outcome
    const inTrouble = left._tag === 'Trouble'
    process.stderr.write(`${inTrouble ? `signalbox: ${left.message}` : lineOf(left)}\n`)
    return inTrouble ? left.exit : exitCodeOf(left)
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2
    throw thrown
  }
}

// -- internals

/** Its right is an exit code. */
type Action = Promise<E.Either<Failure, number>>

interface StoreOptions {
  readonly config?: string
  readonly store?: string
}

interface DoctorOptions extends StoreOptions {
  readonly json?: boolean
}

interface ServeOptions extends StoreOptions {
  readonly host?: string
  readonly port?: string
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
    .option('--config <path>', CONFIG)
    .option('--host <host>', 'the address to listen on (HOST)')
    .option('--port <port>', 'the port to listen on, 0 for any free one (PORT)')
    .option('--store <store>', STORE)
    .action((options: ServeOptions) => perform(serveWith(options)))
  program
    .command('migrate')
    .description('bring the schema of the store to this release')
    .option('--config <path>', CONFIG)
    .option('--store <store>', STORE)
    .action((options: StoreOptions) => perform(migrateWith(options)))
  program
    .command('doctor')
    .description('look at the store, its schema, its clock and the work that waits in it')
    .option('--config <path>', CONFIG)
    .option('--store <store>', STORE)
    .option('--json', 'print one JSON object')
    .action((options: DoctorOptions) => perform(doctorWith(options)))
  program
    .command('hash-secret')
    .description('read a secret from standard input and print its hash for { "scrypt" }')
    .action(() => perform(printHash()))
  return program
}

const CONFIG = 'the configuration file (SIGNALBOX_CONFIG, signalbox.config.json)'
const STORE = 'memory:, sqlite:path or postgres://… (SIGNALBOX_STORE)'

// What the server does not need is loaded by the command that does, so that a start does not wait for it.
const serveWith = async (options: ServeOptions): Action => {
  const [{ configure }, { serve }, { PLUGINS }] = await Promise.all([
    import('./cli/configure.ts'),
    import('./serve.ts'),
    import('./plugins.ts'),
  ])
  const configured = configure(options)
  if (E.isLeft(configured)) return configured
  const { configuration, source, demo } = configured.right
  return exitsWith(0, await serve(configuration, { source, demo, plugins: PLUGINS, print }))
}

const migrateWith = async (options: StoreOptions): Action => {
  const { configure } = await import('./cli/configure.ts')
  const configured = configure(options)
  if (E.isLeft(configured)) return configured
  const { migrate } = await import('./migrate.ts')
  return exitsWith(0, await migrate(configured.right.configuration.store, print))
}

const doctorWith = async ({ json = false, ...options }: DoctorOptions): Action => {
  const { configure } = await import('./cli/configure.ts')
  const configured = configure(options)
  if (E.isLeft(configured)) return configured
  const { examine, linesOf } = await import('./doctor.ts')
  const { store, leaseMs, storeTimeoutMs } = configured.right.configuration
  const report = await examine(store, {
    ...(leaseMs === undefined ? {} : { leaseMs }),
    ...(storeTimeoutMs === undefined ? {} : { timeoutMs: storeTimeoutMs }),
  })
  print(json ? `${JSON.stringify(report)}\n` : linesOf(report))
  return E.right(report.healthy ? 0 : 1)
}

const exitsWith = (code: number, outcome: E.Either<Failure, void>): E.Either<Failure, number> =>
  E.map(() => code)(outcome)

const print = (text: string): void => void process.stdout.write(text)

const printHash = async (): Action => {
  if (process.stdin.isTTY) process.stderr.write('Secret, then Enter and Ctrl-D: ')
  const secret = (await textOf(process.stdin)).replace(/\r?\n$/, '')
  if (secret === '') return E.left(misconfigured('standard input', '', 'expected a secret'))
  const { hashSecret } = await import('./secret.ts')
  process.stdout.write(`${await hashSecret(secret)}\n`)
  return E.right(0)
}

const onOneLine = (line: string): string =>
  `${line
    .replace(/^error: /, 'signalbox: ')
    .trim()
    .replaceAll(/\s*\n\s*/g, ' ')}\n`

const { version: VERSION } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
) as { readonly version: string }
