import { DatabaseSync } from 'node:sqlite'
import { refKey } from '@signalbox/core'
import type { JournalEntry, Lifecycle, ServiceRef, State } from '@signalbox/core'
import type { Document, Page, Store } from '@signalbox/core/store'
import { postgresStore } from '@signalbox/stores/postgres'
import { sqliteStore } from '@signalbox/stores/sqlite'
import * as E from 'fp-ts/lib/Either.js'
import type * as TE from 'fp-ts/lib/TaskEither.js'
import { Pool } from 'pg'
import type { Evidence } from './check/evidence.ts'

/** What a store itself says of a run. */
export type Stored = Pick<
  Evidence,
  'journal' | 'states' | 'effects' | 'claims' | 'quotas' | 'overdue' | 'standings'
>

/** Opens a store by its location, `sqlite:path` or `postgres://…`, reads all of it through the port, and closes it. */
export const readStore = async (
  location: string,
  { lifecycles, dueBy }: { readonly lifecycles: ReadonlyArray<Lifecycle>; readonly dueBy: number },
): Promise<Stored> => {
  const store = await open(location)
  try {
    const providers = [...new Set(lifecycles.map(({ provider }) => provider))]
    const states: Array<State> = []
    for (const provider of providers)
      states.push(
        ...(await pages((after) =>
          store.list({ provider, done: 'include', limit: PAGE, ...after }),
        )),
      )
    const keys = keysOf(states, lifecycles)
    const claims: Record<string, string | undefined> = {}
    for (const key of keys.claims) claims[key] = must(await store.claim(key)())
    const quotas: Record<string, number> = {}
    for (const key of keys.quotas) quotas[key] = must(await store.quota(key)())
    const overdue: Array<ServiceRef> = []
    for (const provider of providers)
      overdue.push(...must(await store.overdue({ provider, at: dueBy, limit: PAGE })()))
    return {
      journal: await journalOf(store),
      states,
      effects: await pages((after) => store.effects({ limit: PAGE, ...after })),
      claims,
      quotas,
      overdue,
      standings: await standingsOf(store),
    }
  } finally {
    await store.close()()
  }
}

// -- internals

const PAGE = 1000

const open = async (location: string): Promise<Store> => {
  if (location.startsWith('sqlite:'))
    return must(sqliteStore({ database: new DatabaseSync(location.slice('sqlite:'.length)) }))
  const pool = new Pool({ connectionString: location })
  // A database that ends says so to idle connections; whoever asks next is told by its answer.
  pool.on('error', () => {})
  return must(await postgresStore({ pool })())
}

const must = <A>(result: E.Either<unknown, A>): A => {
  if (E.isLeft(result)) throw new Error(`the store cannot be read: ${JSON.stringify(result.left)}`)
  return result.right
}

const pages = async <A>(
  read: (after: { readonly after?: string }) => TE.TaskEither<unknown, Page<A>>,
): Promise<ReadonlyArray<A>> => {
  const all: Array<A> = []
  let after: string | undefined
  do {
    const page = must(await read(after === undefined ? {} : { after })())
    all.push(...page.items)
    after = page.next
  } while (after !== undefined)
  return all
}

const journalOf = async (store: Store): Promise<ReadonlyArray<JournalEntry>> => {
  const all: Array<JournalEntry> = []
  let after: string | undefined
  for (let more = true; more;) {
    const page = must(
      await store.journal({ limit: PAGE, ...(after === undefined ? {} : { after }) })(),
    )
    all.push(...page.entries)
    after = page.cursor
    more = page.more
  }
  return all
}

const keysOf = (
  states: ReadonlyArray<State>,
  lifecycles: ReadonlyArray<Lifecycle>,
): { readonly claims: ReadonlySet<string>; readonly quotas: ReadonlySet<string> } => {
  const keys = { claims: new Set<string>(), quotas: new Set<string>() }
  for (const { lifecycle: name, value, context } of states) {
    const lifecycle = lifecycles.find((each) => each.name === name)
    for (const key of lifecycle?.claims(value, context) ?? []) keys.claims.add(key)
    for (const key of lifecycle?.quotas(value, context) ?? []) keys.quotas.add(key)
  }
  return keys
}

// Gcore keeps the status of each of a client's services in the record of the client, too.
const standingsOf = async (store: Store): Promise<Readonly<Record<string, string>>> => {
  const clients = await pages((after) =>
    store.documents({ provider: 'gcore', kind: 'client', limit: PAGE, ...after }),
  )
  return Object.fromEntries(clients.flatMap(standings))
}

const standings = ({ id, body }: Document): ReadonlyArray<readonly [string, string]> => {
  const services = (body as { readonly services?: ReadonlyArray<Standing> }).services ?? []
  return services.map(({ id: service, status }) => [
    refKey({ provider: 'gcore', tenant: id, id: String(service) }),
    status,
  ])
}

interface Standing {
  readonly id: number
  readonly status: string
}
