import { parseArgs } from 'node:util'
import * as E from 'fp-ts/lib/Either.js'

/** What the closing table has, in the order in which it is measured: what is taken unless the caller says otherwise. */
export const FIGURES = ['http', 'sqlite', 'postgres', 'decide', 'scale', 'start', 'peers'] as const

/** What else can be measured, when it is asked for. */
export const MORE_FIGURES = ['batch', 'load'] as const

/** What can be measured. */
export type FigureName = (typeof FIGURES | typeof MORE_FIGURES)[number]

/** What the caller asked for. */
export interface Options {
  readonly figures: ReadonlyArray<FigureName>
  /** How long one measurement of the load takes; the others take a fraction of it. */
  readonly seconds: number
  readonly rounds: number
  /** How many services the load changes. */
  readonly services: number
  /** How many services the greater store of the scale has. */
  readonly most: number
  /** Added to every durable commit of both servers. */
  readonly syncMs: number
  /** Where the report goes as JSON. */
  readonly json: string
  /** Where a CPU profile of the host under load goes. */
  readonly profile?: string
}

/** Where the report goes unless the caller says otherwise; git ignores the folder. */
export const REPORT = 'data/bench.json'

/** The text of `--help`. */
export const HELP = `Usage: npm run bench -- [options]

Measures Signalbox and what it is compared with side by side, in rounds that take turns, and prints medians. Absolute
numbers are those of this machine at this hour; the ratios are what to compare.

Figures:
  http     status calls to the server by 64 clients, beside a bare Hono route
  sqlite   commits through the Store port, 64 at once, beside node:sqlite by hand
  postgres commits through the Store port, 64 at once, beside a pg transaction each on 64 connections
  decide   whole decisions, beside the statechart library's public transition function
  scale    a status change in a store of many services, beside one of 1,000, on SQLite and PostgreSQL
  start    from the start of the process to the first 200, beside a bare Hono server
  peers    status calls by 32 clients, beside the nearest thing in other programs, which are installed for it

More, if they are named:
  batch    commits to SQLite (synchronous = full) in batches of 16, 64 and 256, relative to one at a time
  load     status calls over loopback by 64 clients and by one, relative to a bare server that inserts one row a request

Options:
  --figures <names>   which, separated by commas (default: ${FIGURES.join(',')})
  --seconds <n>       how long one measurement of the load takes (default: 10)
  --rounds <n>        how often each is measured (default: 3)
  --services <n>      how many services the load changes (default: 1000)
  --most <n>          how many services the greater store of the scale has (default: 1000000)
  --sync-ms <n>       pretend that a durable commit takes so much longer, in both servers (default: 0)
  --json <file>       write the report, every round included (default: ${REPORT})
  --profile <folder>  write a CPU profile of the host under load
  --help              print this help

Exit codes: 0; 1 when something broke; 2 when an option is wrong. No speed is a failure.
`

/** Reads the command line, or says what is wrong with it. */
export const readOptions = (args: ReadonlyArray<string>): E.Either<string, Options | 'help'> => {
  const parsed = E.tryCatch(
    () => parseArgs({ args: [...args], options: OPTIONS }).values,
    (thrown) => String(thrown instanceof Error ? thrown.message : thrown).replace(/\n[^]*/, ''),
  )
  if (E.isLeft(parsed)) return parsed
  const { help, figures, json, profile, ...numbers } = parsed.right
  if (help === true) return E.right('help')
  const named: ReadonlyArray<string> =
    figures === undefined ? FIGURES : figures.split(',').map((name) => name.trim())
  const unknown = named.filter((name) => !isFigure(name))
  if (unknown.length > 0) return E.left(`no such figure: ${unknown.join(', ')}`)
  const seconds = numberOf('--seconds', numbers.seconds, { otherwise: 10, above: 0 })
  if (E.isLeft(seconds)) return seconds
  const rounds = wholeOf('--rounds', numbers.rounds, 3)
  if (E.isLeft(rounds)) return rounds
  const services = wholeOf('--services', numbers.services, 1000)
  if (E.isLeft(services)) return services
  const most = wholeOf('--most', numbers.most, 1_000_000)
  if (E.isLeft(most)) return most
  const syncMs = numberOf('--sync-ms', numbers['sync-ms'], { otherwise: 0, above: -Number.EPSILON })
  if (E.isLeft(syncMs)) return syncMs
  return E.right({
    figures: ALL.filter((name) => named.includes(name)),
    seconds: seconds.right,
    rounds: rounds.right,
    services: services.right,
    most: most.right,
    syncMs: syncMs.right,
    json: json ?? REPORT,
    ...(profile === undefined ? {} : { profile }),
  })
}

// -- internals

const ALL = [...FIGURES, ...MORE_FIGURES] as const

const OPTIONS = {
  help: { type: 'boolean' },
  figures: { type: 'string' },
  seconds: { type: 'string' },
  rounds: { type: 'string' },
  services: { type: 'string' },
  most: { type: 'string' },
  'sync-ms': { type: 'string' },
  json: { type: 'string' },
  profile: { type: 'string' },
} as const

const isFigure = (name: string): name is FigureName => (ALL as ReadonlyArray<string>).includes(name)

const numberOf = (
  option: string,
  text: string | undefined,
  { otherwise, above }: { readonly otherwise: number; readonly above: number },
): E.Either<string, number> => {
  if (text === undefined) return E.right(otherwise)
  const number = text.trim() === '' ? Number.NaN : Number(text)
  return Number.isFinite(number) && number > above
    ? E.right(number)
    : E.left(`${option} cannot be "${text}"`)
}

const wholeOf = (
  option: string,
  text: string | undefined,
  otherwise: number,
): E.Either<string, number> =>
  E.filterOrElse(
    (number: number) => Number.isSafeInteger(number),
    () => `${option} cannot be "${text}"`,
  )(numberOf(option, text, { otherwise, above: 0 }))
