import { parseArgs } from 'node:util'
import * as E from 'fp-ts/lib/Either.js'

/** What the caller asked for. */
export interface Options {
  readonly stores: ReadonlyArray<'sqlite' | 'postgres'>
  /** Of each store. */
  readonly rounds: number
  /** How many hosts share one PostgreSQL. */
  readonly hosts: number
  readonly clients: number
  readonly seed: string
  /** The database to use in place of a server of our own, which is then not restarted. */
  readonly postgres?: string
  /** Where the report goes as JSON. */
  readonly json?: string
}

/** The text of `--help`. */
export const HELP = `Usage: npm run torture -- [options]

Lets clients change services of all providers while hosts are killed with -9 and started again, and while PostgreSQL itself is
restarted. Then replays the journal: nothing acknowledged may be missing, nothing may be there twice, every move must be one
that the machine has, every effect performed and every deadline fired once. Services that many hosts change at once are
recorded and checked for linearizability as well.

Options:
  --store <name>      sqlite, postgres or both (default: both)
  --rounds <n>        how many rounds of each store (default: 100)
  --hosts <n>         how many hosts share the PostgreSQL (default: 3)
  --clients <n>       how many clients call at once (default: 10)
  --seed <text>       from which everything is drawn (default: the instant)
  --postgres <url>    an empty database, in place of a server of our own; it is not restarted
  --json <file>       write the report
  --help              print this help

Exit codes: 0; 1 when something is wrong, and the folder with calls, journal and logs is named; 2 when an option is wrong.
`

/** Reads the command line, or says what is wrong with it; `otherwise` is the seed unless said. */
export const readOptions = (
  args: ReadonlyArray<string>,
  otherwise: string,
): E.Either<string, Options | 'help'> => {
  const parsed = E.tryCatch(
    () => parseArgs({ args: [...args], options: OPTIONS }).values,
    (thrown) => String(thrown instanceof Error ? thrown.message : thrown).replace(/\n[^]*/, ''),
  )
  if (E.isLeft(parsed)) return parsed
  const { help, store = 'both', seed = otherwise, postgres, json, ...numbers } = parsed.right
  if (help === true) return E.right('help')
  if (!isStore(store)) return E.left(`--store cannot be "${store}"`)
  if (seed === '') return E.left('--seed cannot be ""')
  const rounds = wholeOf('--rounds', numbers.rounds, 100)
  if (E.isLeft(rounds)) return rounds
  const hosts = wholeOf('--hosts', numbers.hosts, 3)
  if (E.isLeft(hosts)) return hosts
  const clients = wholeOf('--clients', numbers.clients, 10)
  if (E.isLeft(clients)) return clients
  return E.right({
    stores: STORES[store],
    rounds: rounds.right,
    hosts: hosts.right,
    clients: clients.right,
    seed,
    ...(postgres === undefined ? {} : { postgres }),
    ...(json === undefined ? {} : { json }),
  })
}

// -- internals

const OPTIONS = {
  help: { type: 'boolean' },
  store: { type: 'string' },
  rounds: { type: 'string' },
  hosts: { type: 'string' },
  clients: { type: 'string' },
  seed: { type: 'string' },
  postgres: { type: 'string' },
  json: { type: 'string' },
} as const

const STORES = {
  sqlite: ['sqlite'],
  postgres: ['postgres'],
  both: ['sqlite', 'postgres'],
} as const

const isStore = (name: string): name is keyof typeof STORES => Object.hasOwn(STORES, name)

const wholeOf = (
  option: string,
  text: string | undefined,
  otherwise: number,
): E.Either<string, number> => {
  if (text === undefined) return E.right(otherwise)
  return /^[1-9]\d{0,5}$/.test(text)
    ? E.right(Number(text))
    : E.left(`${option} cannot be "${text}"`)
}
