import type { Event, Lifecycle, ServiceRef } from '@signalbox/core'
import { catalogue, commandFor, serviceNames } from '@signalbox/core/gcore'
import type { GcoreSettings, ServiceName, ServiceStatus } from '@signalbox/core/gcore'
import type { Failure, Principal, Tools } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import type * as TE from 'fp-ts/lib/TaskEither.js'
import type { ClientRecord, UserRecord } from './client-record.ts'
import type { Numbers } from './numbers.ts'
import { PROVIDER } from './provider.ts'
import type { ClientSeed, PluginSettings, ServiceSeed } from './settings.ts'

/**
 * Makes what the configuration asks for and the store does not hold yet: the resellers' own accounts, and the clients
 * with their services. What is there already is left alone. Throws when the store does not answer, or when a configured
 * id belongs to something else.
 */
export const seedAccounts =
  (
    tools: Tools<PluginSettings>,
    lifecycle: Lifecycle,
    { accounts, numbers }: { readonly accounts: ReadonlyArray<number>; readonly numbers: Numbers },
  ) =>
  async (): Promise<void> => {
    for (const id of accounts) await seedOwnAccount(tools, id)
    const seeds = tools.settings.clients ?? []
    // Side by side, so that many share a commit; those with ids of their own come as they are listed.
    for (let at = 0; at < seeds.length; at += AT_ONCE)
      await Promise.all(
        seeds.slice(at, at + AT_ONCE).map((seed) => seedClient(tools, lifecycle, seed, numbers)),
      )
  }

/** Statuses that the configuration asks for and no legal move leads to, in words that name the place. */
export const faultsOfSeeds = (settings: PluginSettings): ReadonlyArray<string> =>
  (settings.clients ?? []).flatMap(({ id, services }) =>
    serviceNames.flatMap((name) => {
      const status = services?.[name]?.status
      const { trialOffered, needsActivation } = termsOf(settings, name)
      const reachable =
        status === 'trial' ? trialOffered : status !== 'activating' || needsActivation
      return reachable ? [] : [`client ${id}: its ${name} can never be "${status}"`]
    }),
  )

// -- internals

type Requestable = keyof typeof commandFor

const USES: ReadonlySet<Requestable> = new Set(['trial', 'active'] as const)

/** Who the configuration's own commands come from. */
const CONFIGURATION: Principal = {
  id: 'configuration',
  provider: PROVIDER,
  tenants: '*',
  roles: ['admin'],
}

// The commands that bring a new service to a status by legal moves.
const commandsTo = (
  settings: GcoreSettings,
  product: ServiceName,
  { status = 'new', enabled = false }: Pick<ServiceSeed, 'status' | 'enabled'>,
): ReadonlyArray<Event> => [
  ...wayTo(settings, product, status).map((step): Event => ({
    type: commandFor[step],
    ...(USES.has(step) ? { available: true } : {}),
  })),
  ...(enabled ? [{ type: 'service.configure', enabled }] : []),
]

const wayTo = (
  settings: GcoreSettings,
  product: ServiceName,
  status: ServiceStatus,
): ReadonlyArray<Requestable> => {
  const { trialOffered, needsActivation } = termsOf(settings, product)
  // What was on trial needs no activation; where there is no trial, the activation takes its time.
  const toActive: ReadonlyArray<Requestable> =
    needsActivation && trialOffered ? ['trial', 'active'] : ['active']
  switch (status) {
    case 'new':
      return []
    case 'trial':
      return ['trial']
    case 'trialend':
      return trialOffered ? ['trial', 'trialend'] : [...toActive, 'trialend']
    case 'activating':
      return ['active']
    case 'active':
      return toActive
    case 'paused':
      return [...toActive, 'paused']
    case 'deleted':
      return ['deleted']
  }
}

const termsOf = (
  settings: GcoreSettings,
  product: ServiceName,
): { readonly trialOffered: boolean; readonly needsActivation: boolean } => {
  const given = (option: string): number =>
    Number(catalogue(settings, product).find(({ name }) => name === option)?.fallback ?? 0)
  return {
    trialOffered: given(`${product}_TRIAL_DAYS_LIMIT`) > 0,
    needsActivation: given('activating_to_active_minutes') > 0,
  }
}

const seedOwnAccount = async (
  { services, clock }: Tools<PluginSettings>,
  id: number,
): Promise<void> => {
  if ((await must(services.document('account', String(id)))) !== undefined) return
  const body = { created: clock.now() }
  await absorbConflict(
    services.write([{ kind: 'account', id: String(id), tenant: String(id), body, expected: 0 }]),
  )
}

// All of a client at once: a start that is cut short leaves it out whole.
const seedClient = async (
  tools: Tools<PluginSettings>,
  lifecycle: Lifecycle,
  seed: ClientSeed,
  numbers: Numbers,
): Promise<void> => {
  const { services, settings } = tools
  const tenant = String(seed.id)
  if ((await must(services.document('client', tenant))) !== undefined) return
  const ids = await serviceIdsOf(seed, numbers)
  const record = await recordOf(tools, seed, numbers)
  const documents = [
    { kind: 'client', id: tenant, tenant: String(seed.reseller), body: record, expected: 0 },
    ...Object.values(ids).map((id) => ({
      kind: 'service',
      id: String(id),
      tenant,
      body: { client: seed.id },
      expected: 0,
    })),
    ...record.users.map(({ id }) => ({
      kind: 'user',
      id: String(id),
      tenant,
      body: { client: seed.id },
      expected: 0,
    })),
    ...record.users.map(({ id, email }) => ({
      kind: 'email',
      id: email.toLowerCase(),
      tenant,
      body: { user: id },
    })),
  ].map((write) => ({ ...write, provider: PROVIDER }))
  const refs = serviceNames.map((name): ServiceRef => ({
    provider: PROVIDER,
    tenant,
    id: String(ids[name]),
  }))
  const made = await services.submitAll<'present'>(lifecycle, refs, CONFIGURATION, (states) =>
    states.every((state) => state === undefined)
      ? E.right(
          serviceNames.map((name, index) => ({
            events: [
              { type: 'service.create', id: ids[name] ?? 0, name, client: seed.id },
              ...commandsTo(settings, name, seed.services?.[name] ?? {}),
            ],
            documents: index === 0 ? documents : [],
          })),
        )
      : E.left('present'),
  )()
  if (E.isRight(made)) return
  // Another host may have made it in this moment.
  if ((await must(services.document('client', tenant))) !== undefined) return
  throw new Error(
    made.left._tag === 'DocumentConflict'
      ? `${PROVIDER}: client ${seed.id}: a configured ${made.left.key.kind} id is another client's`
      : `${PROVIDER}: client ${seed.id}: ${made.left._tag}`,
  )
}

const recordOf = async (
  { clock }: Tools<PluginSettings>,
  seed: ClientSeed,
  numbers: Numbers,
): Promise<ClientRecord> => {
  const now = clock.now()
  return {
    id: seed.id,
    type: 'common',
    email: seed.email,
    name: seed.name,
    phone: null,
    companyName: seed.companyName,
    customId: null,
    isTest: false,
    countryCode: null,
    reseller: seed.reseller,
    seller: seed.seller ?? null,
    creator: null,
    users: await usersOf(seed, numbers),
    services: [],
    personal: {},
    created: now,
    updated: now,
  }
}

const serviceIdsOf = async (
  seed: ClientSeed,
  numbers: Numbers,
): Promise<Readonly<Partial<Record<ServiceName, number>>>> => {
  const missing = serviceNames.filter((name) => seed.services?.[name]?.id === undefined)
  const first = missing.length === 0 ? 0 : await taken(numbers, 'service', missing.length)
  return Object.fromEntries(
    serviceNames.map((name) => [name, seed.services?.[name]?.id ?? first + missing.indexOf(name)]),
  )
}

const usersOf = async (
  { users = [] }: ClientSeed,
  numbers: Numbers,
): Promise<ReadonlyArray<UserRecord>> => {
  const missing = users.filter(({ id }) => id === undefined)
  const first = missing.length === 0 ? 0 : await taken(numbers, 'user', missing.length)
  return users.map((user) => ({
    id: user.id ?? first + missing.indexOf(user),
    email: user.email,
    name: user.name ?? null,
    phone: user.phone ?? null,
    lang: 'en',
  }))
}

const taken = (numbers: Numbers, kind: 'service' | 'user', count: number): Promise<number> =>
  must(() => numbers.take(kind, count))

const AT_ONCE = 50

const must = async <A>(question: TE.TaskEither<{ readonly _tag: string }, A>): Promise<A> => {
  const answer = await question()
  if (E.isLeft(answer)) throw new Error(`${PROVIDER}: seed: ${answer.left._tag}`)
  return answer.right
}

// False when somebody else, such as another host, wrote one of the documents first.
const absorbConflict = async (write: TE.TaskEither<Failure, void>): Promise<boolean> => {
  const written = await write()
  if (E.isRight(written)) return true
  if (written.left._tag === 'DocumentConflict') return false
  throw new Error(`${PROVIDER}: seed: ${written.left._tag}`)
}
