import type { Event, Lifecycle, ServiceRef } from '@signalbox/core'
import { catalogue, commandFor, serviceNames } from '@signalbox/core/gcore'
import type { GcoreSettings, ServiceName, ServiceStatus } from '@signalbox/core/gcore'
import type { Failure, Principal, Tools } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import type * as TE from 'fp-ts/lib/TaskEither.js'
import { ClientRecord } from './client-record.ts'
import type { UserRecord } from './client-record.ts'
import { PROVIDER } from './provider.ts'
import type { ClientSeed, PluginSettings, ServiceSeed } from './settings.ts'

/**
 * Makes what the configuration asks for and the store does not hold yet: the resellers' own accounts, and the clients
 * with their services. What is there already is left alone. Throws when the store does not answer, or when a configured
 * id belongs to something else.
 */
export const seedAccounts =
  (tools: Tools<PluginSettings>, lifecycle: Lifecycle, accounts: ReadonlyArray<number>) =>
  async (): Promise<void> => {
    for (const id of accounts) await seedOwnAccount(tools, id)
    for (const client of tools.settings.clients ?? []) await seedClient(tools, lifecycle, client)
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

const seedClient = async (
  tools: Tools<PluginSettings>,
  lifecycle: Lifecycle,
  seed: ClientSeed,
): Promise<void> => {
  const record = (await readClient(tools, seed.id)) ?? (await writeClient(tools, seed))
  for (const name of serviceNames) {
    const id = record.services[name]
    if (id === undefined) continue
    const ref: ServiceRef = { provider: PROVIDER, tenant: String(record.id), id: String(id) }
    const create: Event = { type: 'service.create', id, name, client: record.id }
    const events = [create, ...commandsTo(tools.settings, name, seed.services?.[name] ?? {})]
    const made = await tools.services.submit(lifecycle, ref, CONFIGURATION, (state) =>
      state === undefined ? E.right({ events }) : E.left('present'),
    )()
    if (E.isLeft(made) && made.left._tag !== 'Refused')
      throw new Error(`${PROVIDER}: service ${id} of client ${record.id}: ${made.left._tag}`)
  }
}

const readClient = async (
  { services }: Tools<PluginSettings>,
  id: number,
): Promise<ClientRecord | undefined> => {
  const stored = await must(services.document('client', String(id)))
  if (stored === undefined) return undefined
  const decoded = ClientRecord.decode(stored.body)
  if (E.isLeft(decoded)) throw new Error(`${PROVIDER}: client ${id} as stored cannot be read`)
  return decoded.right
}

// The ids of the services are fixed with the client, so that a start that was cut short goes on with the same ones, and
// each is marked as taken, so that no other client can have it.
const writeClient = async (
  tools: Tools<PluginSettings>,
  seed: ClientSeed,
): Promise<ClientRecord> => {
  const record = await recordOf(tools, seed)
  const tenant = String(seed.id)
  const written = await absorbConflict(
    tools.services.write([
      { kind: 'client', id: tenant, tenant, body: record, expected: 0 },
      ...Object.values(record.services).map((id) => ({
        kind: 'service',
        id: String(id),
        tenant,
        body: { client: seed.id },
        expected: 0,
      })),
    ]),
  )
  if (written) return record
  const other = await readClient(tools, seed.id)
  if (other === undefined)
    throw new Error(`${PROVIDER}: client ${seed.id}: a configured service id is another client's`)
  return other
}

const recordOf = async (tools: Tools<PluginSettings>, seed: ClientSeed): Promise<ClientRecord> => {
  const now = tools.clock.now()
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
    users: await usersOf(tools, seed),
    services: await serviceIdsOf(tools, seed),
    created: now,
    updated: now,
  }
}

const serviceIdsOf = async (
  { services, settings }: Tools<PluginSettings>,
  seed: ClientSeed,
): Promise<Readonly<Record<string, number>>> => {
  const missing = serviceNames.filter((name) => seed.services?.[name]?.id === undefined)
  const configured = (settings.clients ?? []).flatMap((client) =>
    Object.values(client.services ?? {}).map((service) => service?.id ?? 0),
  )
  const first =
    missing.length === 0
      ? 0
      : await must(
          services.allocate({
            sequence: 'service',
            count: missing.length,
            floor: Math.max(0, ...configured) + 1,
          }),
        )
  return Object.fromEntries(
    serviceNames.map((name) => [name, seed.services?.[name]?.id ?? first + missing.indexOf(name)]),
  )
}

const usersOf = async (
  { services, settings, credentials }: Tools<PluginSettings>,
  { users = [] }: ClientSeed,
): Promise<ReadonlyArray<UserRecord>> => {
  const missing = users.filter(({ id }) => id === undefined)
  const configured = (settings.clients ?? []).flatMap((client) =>
    (client.users ?? []).map(({ id }) => id ?? 0),
  )
  const floor = Math.max(0, ...configured, ...credentials.all.map(({ id }) => Number(id))) + 1
  const first =
    missing.length === 0
      ? 0
      : await must(services.allocate({ sequence: 'user', count: missing.length, floor }))
  return users.map((user) => ({
    id: user.id ?? first + missing.indexOf(user),
    email: user.email,
    name: user.name ?? null,
    phone: user.phone ?? null,
    lang: 'en',
  }))
}

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
