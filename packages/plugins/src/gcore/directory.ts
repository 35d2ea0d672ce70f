import type { Lifecycle } from '@signalbox/core'
import type { Document, Page } from '@signalbox/core/store'
import { fault } from '@signalbox/host'
import type { Failure, Principal, Services } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { pipe } from 'fp-ts/lib/function.js'
import { ServiceName } from '@signalbox/core/gcore'
import type { Defaults } from './availability.ts'
import { callerBy, sees } from './caller.ts'
import type { Caller } from './caller.ts'
import { ClientRecord } from './client-record.ts'
import type { UserRecord } from './client-record.ts'
import type { PluginSettings } from './settings.ts'

/** An account and the revision of its record: 0 for one that the configuration owns. */
export interface Held {
  readonly record: ClientRecord
  readonly revision: number
}

/** A user with the account it belongs to. */
interface Member {
  readonly user: UserRecord
  readonly account: ClientRecord
}

/** Finds accounts: those that the configuration's principals own, and the clients that are stored. */
export interface Directory {
  /** The ids of the accounts that principals own by themselves, ascending. */
  readonly configured: ReadonlyArray<number>
  /** Those of them that are a reseller's. */
  readonly resellers: ReadonlyArray<number>
  readonly caller: (principal: Principal) => Caller
  /** The callers that the configuration knows. */
  readonly callers: ReadonlyArray<Caller>
  /** What is stored of an account, as it stands. */
  readonly find: (id: number) => TE.TaskEither<Failure, ClientRecord | undefined>
  /** An account with its services settled. */
  readonly settled: (id: number) => TE.TaskEither<Failure, ClientRecord | undefined>
  /** A client's record alone, without the configuration's users: what a change builds on. */
  readonly held: (id: number) => TE.TaskEither<Failure, Held | undefined>
  /** The accounts of one type that a caller sees, their services settled, ascending by id. */
  readonly inSight: (
    caller: Caller,
    type: ClientRecord['type'],
  ) => TE.TaskEither<Failure, ReadonlyArray<ClientRecord>>
  /** Every client of a reseller, as it stands. */
  readonly clientsOf: (reseller: number) => TE.TaskEither<Failure, ReadonlyArray<Held>>
  readonly defaults: (reseller: number) => TE.TaskEither<Failure, Defaults & object>
  /** A user's address; made up for one that is not known. */
  readonly emailOf: (id: number) => TE.TaskEither<Failure, string>
  /** A user by its id: a principal of the configuration or a client's. */
  readonly user: (id: number) => TE.TaskEither<Failure, Member | undefined>
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
  const callers = principals.map(caller)
  const users = callers.map((one) => configuredUser(settings, one))
  const ownersOf = (...roles: ReadonlyArray<Caller['role']>): ReadonlyArray<number> =>
    callers
      .flatMap(({ role, userId }) => (roles.includes(role) ? [userId] : []))
      .toSorted((a, b) => a - b)
  const configured = ownersOf('admin', 'reseller')
  const withUsers = (record: ClientRecord): ClientRecord => {
    const own = users.filter(
      ({ account, user }) =>
        account === record.id && !record.users.some(({ id }) => id === user.id),
    )
    return own.length === 0
      ? record
      : {
          ...record,
          users: [...record.users, ...own.map(({ user }) => user)].toSorted((a, b) => a.id - b.id),
        }
  }
  const read = reader()
  const ownAccount = (id: number): TE.TaskEither<Failure, ClientRecord> =>
    pipe(
      services.document('account', String(id)),
      TE.map((stored) => withUsers(configuredAccount(settings, id, stored?.body['created']))),
    )
  const held: Directory['held'] = (id) =>
    pipe(
      services.document('client', String(id)),
      TE.flatMapEither((document) =>
        document === undefined ? E.right(undefined) : read(document),
      ),
    )
  const find: Directory['find'] = (id) =>
    configured.includes(id)
      ? ownAccount(id)
      : pipe(
          held(id),
          TE.map((one) => one && withUsers(one.record)),
        )
  const clients = (reseller?: number): TE.TaskEither<Failure, ReadonlyArray<Held>> =>
    pipe(
      everyPage((after) =>
        services.documents({
          kind: 'client',
          limit: PAGE,
          ...(reseller === undefined ? {} : { tenant: String(reseller) }),
          ...(after === undefined ? {} : { after }),
        }),
      ),
      TE.flatMapEither((documents) => E.traverseArray(read)(documents)),
      TE.map((all) => all.toSorted((a, b) => a.record.id - b.record.id)),
    )
  // Whoever is no admin sees clients of one reseller only, which an index tells from all others.
  const within = ({ role, accountId }: Caller): TE.TaskEither<Failure, ReadonlyArray<Held>> => {
    if (role === 'admin') return clients()
    return accountId === undefined || role === 'common' ? TE.right([]) : clients(accountId)
  }
  const user: Directory['user'] = (id) => {
    const own = users.find((one) => one.user.id === id)
    if (own !== undefined)
      return own.account === undefined
        ? TE.right(undefined)
        : pipe(find(own.account), TE.map(memberOf(id)))
    return pipe(
      services.document('user', String(id)),
      TE.flatMap((stored) => {
        const client = stored?.body['client']
        return typeof client === 'number'
          ? pipe(find(client), TE.map(memberOf(id)))
          : TE.right(undefined)
      }),
    )
  }
  return {
    configured,
    resellers: ownersOf('reseller'),
    caller,
    callers,
    held,
    find,
    settled: (id) =>
      configured.includes(id)
        ? ownAccount(id)
        : pipe(
            services.settle(lifecycle, { tenant: String(id) }),
            TE.flatMap(() => find(id)),
          ),
    inSight: (one, type) =>
      type === 'reseller'
        ? pipe(
            TE.traverseArray(ownAccount)(configured),
            TE.map((accounts) => accounts.filter((account) => sees(one, account))),
          )
        : pipe(
            services.settle(lifecycle),
            TE.flatMap(() => within(one)),
            TE.map((all) =>
              all.map(({ record }) => withUsers(record)).filter((record) => sees(one, record)),
            ),
          ),
    clientsOf: clients,
    defaults: (reseller) =>
      pipe(
        services.document('availability', String(reseller)),
        TE.map((stored) => defaultsIn(stored?.body ?? {})),
      ),
    user,
    emailOf: (id) => {
      const own = users.find((one) => one.user.id === id)
      return own === undefined
        ? pipe(
            user(id),
            TE.map((found) => found?.user.email ?? emailOf({}, id)),
          )
        : TE.right(own.user.email)
    },
  }
}

// -- internals

const PAGE = 500

const memberOf =
  (id: number) =>
  (account: ClientRecord | undefined): Member | undefined => {
    const user = account?.users.find((one) => one.id === id)
    return account === undefined || user === undefined ? undefined : { account, user }
  }

const defaultsIn = (body: Readonly<Record<string, unknown>>): Defaults & object =>
  Object.fromEntries(
    Object.entries(body).flatMap(([name, value]) =>
      ServiceName.is(name) && typeof value === 'boolean' ? [[name, value]] : [],
    ),
  )

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
    services: [],
    personal: {},
    created: since,
    updated: since,
  }
}

// Most records are read many times between two changes: what was decoded is kept by its revision.
const reader = (): ((document: Document) => E.Either<Failure, Held>) => {
  const known = new Map<string, Held>()
  return ({ id, body, revision }) => {
    const before = known.get(id)
    if (before?.revision === revision) return E.right(before)
    return pipe(
      ClientRecord.decode(body),
      E.bimap(
        () => fault('a stored client cannot be read'),
        (record) => {
          const held = { record, revision }
          if (known.size >= MOST_KNOWN) known.clear()
          known.set(id, held)
          return held
        },
      ),
    )
  }
}

const MOST_KNOWN = 10_000

const everyPage =
  <A>(
    page: (after: string | undefined) => TE.TaskEither<Failure, Page<A>>,
  ): TE.TaskEither<Failure, ReadonlyArray<A>> =>
  async () => {
    const all: Array<A> = []
    for (let after: string | undefined; ;) {
      const found = await page(after)()
      if (E.isLeft(found)) return found
      all.push(...found.right.items)
      if (found.right.next === undefined) return E.right(all)
      after = found.right.next
    }
  }
