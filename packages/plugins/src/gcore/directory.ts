import type { Lifecycle, State } from '@signalbox/core'
import type { Page } from '@signalbox/core/store'
import { fault } from '@signalbox/host'
import type { Failure, Principal, Services } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { pipe } from 'fp-ts/lib/function.js'
import { callerBy } from './caller.ts'
import type { Caller } from './caller.ts'
import { ClientRecord } from './client-record.ts'
import type { UserRecord } from './client-record.ts'
import type { Account } from './client.ts'
import { PROVIDER } from './provider.ts'
import type { PluginSettings } from './settings.ts'

/** Finds accounts: those that the configuration's principals own, and the clients that are stored. */
export interface Directory {
  /** The ids of the accounts that principals own by themselves, ascending. */
  readonly configured: ReadonlyArray<number>
  readonly caller: (principal: Principal) => Caller
  readonly find: (id: number) => TE.TaskEither<Failure, ClientRecord | undefined>
  /** Every account of one type, ascending by id. */
  readonly all: (type: ClientRecord['type']) => TE.TaskEither<Failure, ReadonlyArray<ClientRecord>>
  /** Adds the services of one account, settled. */
  readonly open: (record: ClientRecord) => TE.TaskEither<Failure, Account>
  /** Adds the services of each account, settled, in the order given. */
  readonly openAll: (
    records: ReadonlyArray<ClientRecord>,
  ) => TE.TaskEither<Failure, ReadonlyArray<Account>>
}

/** Makes a directory of the given principals and of what the store holds. */
export const createDirectory = ({
  services,
  settings,
  principals,
  lifecycle,
}: {
  readonly services: Services
  readonly settings: PluginSettings
  readonly principals: ReadonlyArray<Principal>
  readonly lifecycle: Lifecycle
}): Directory => {
  const caller = callerBy(settings, principals)
  const users = principals.map((principal) => configuredUser(settings, caller(principal)))
  const configured = principals
    .map(caller)
    .flatMap(({ role, userId }) => (role === 'admin' || role === 'reseller' ? [userId] : []))
    .toSorted((a, b) => a - b)
  const withUsers = (record: ClientRecord): ClientRecord => ({
    ...record,
    users: [
      ...record.users,
      ...users.flatMap(({ account, user }) =>
        account === record.id && !record.users.some(({ id }) => id === user.id) ? [user] : [],
      ),
    ].toSorted((a, b) => a.id - b.id),
  })
  const ownAccount = (id: number): TE.TaskEither<Failure, ClientRecord> =>
    pipe(
      services.document('account', String(id)),
      TE.map((stored) => withUsers(configuredAccount(settings, id, stored?.body['created']))),
    )
  const stored = (id: number): TE.TaskEither<Failure, ClientRecord | undefined> =>
    pipe(
      services.document('client', String(id)),
      TE.flatMapEither((document) =>
        document === undefined ? E.right(undefined) : readRecord(document.body),
      ),
      TE.map((record) => record && withUsers(record)),
    )
  const allStored = pipe(
    everyPage((after) =>
      services.documents({
        kind: 'client',
        limit: PAGE,
        ...(after === undefined ? {} : { after }),
      }),
    ),
    TE.flatMapEither((documents) => E.traverseArray(readRecord)(documents.map(({ body }) => body))),
    TE.map((records) => records.map(withUsers).toSorted((a, b) => a.id - b.id)),
  )
  const rows = (tenant?: string): TE.TaskEither<Failure, ReadonlyArray<State>> =>
    everyPage((after) =>
      services.list(lifecycle, {
        provider: PROVIDER,
        limit: PAGE,
        ...(tenant === undefined ? {} : { tenant }),
        ...(after === undefined ? {} : { after }),
      }),
    )
  const open = (record: ClientRecord): TE.TaskEither<Failure, Account> =>
    record.type === 'reseller'
      ? TE.right({ record, services: [] })
      : pipe(
          rows(String(record.id)),
          TE.map((states) => ({ record, services: states })),
        )
  return {
    configured,
    caller,
    find: (id) => (configured.includes(id) ? ownAccount(id) : stored(id)),
    all: (type) => (type === 'common' ? allStored : TE.traverseArray(ownAccount)(configured)),
    open,
    openAll: (records) =>
      records.length <= FEW
        ? TE.traverseArray(open)(records)
        : pipe(
            rows(),
            TE.map((states) => {
              const byTenant = groupByTenant(states)
              return records.map((record) => ({
                record,
                services: byTenant.get(String(record.id)) ?? [],
              }))
            }),
          ),
  }
}

// -- internals

const PAGE = 500

// Up to so many accounts it is cheaper to ask for each one's services than to read everybody's.
const FEW = 100

const emailOf = ({ users }: PluginSettings, userId: number): string =>
  users?.[userId]?.email ?? `user${userId}@localhost`

const configuredUser = (
  settings: PluginSettings,
  { userId, accountId }: Caller,
): { readonly account: number | undefined; readonly user: UserRecord } => ({
  account: accountId,
  user: { id: userId, email: emailOf(settings, userId), name: null, phone: null, lang: 'en' },
})

const configuredAccount = (
  settings: PluginSettings,
  id: number,
  created: unknown,
): ClientRecord => {
  const email = emailOf(settings, id)
  const company = settings.users?.[id]?.company ?? email
  const since = typeof created === 'number' ? created : 0
  return {
    id,
    type: 'reseller',
    email,
    name: company,
    phone: null,
    companyName: company,
    customId: null,
    isTest: false,
    countryCode: null,
    reseller: id,
    seller: null,
    creator: null,
    users: [],
    services: {},
    created: since,
    updated: since,
  }
}

const groupByTenant = (states: ReadonlyArray<State>): ReadonlyMap<string, ReadonlyArray<State>> => {
  const groups = new Map<string, Array<State>>()
  for (const state of states) {
    const { tenant } = state.ref
    const group = groups.get(tenant)
    if (group === undefined) groups.set(tenant, [state])
    else group.push(state)
  }
  return groups
}

const readRecord = (body: unknown): E.Either<Failure, ClientRecord> =>
  pipe(
    ClientRecord.decode(body),
    E.mapLeft(() => fault('a stored client cannot be read')),
  )

const everyPage = <A>(
  page: (after: string | undefined) => TE.TaskEither<Failure, Page<A>>,
  after?: string,
): TE.TaskEither<Failure, ReadonlyArray<A>> =>
  pipe(
    page(after),
    TE.flatMap(({ items, next }) =>
      next === undefined
        ? TE.right(items)
        : pipe(
            everyPage(page, next),
            TE.map((others) => [...items, ...others]),
          ),
    ),
  )
