import type { Lifecycle, ServiceRef, State } from '@signalbox/core'
import type { Page, StoreFailure } from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import type * as TE from 'fp-ts/lib/TaskEither.js'
import { ask } from '../ask.ts'
import type { Failure } from '../failure.ts'
import type { Metrics } from '../metrics.ts'
import type { Mounted } from '../plugin.ts'
import { seesTenant } from '../principal.ts'
import type { Principal } from '../principal.ts'
import type { Reply } from '../reply.ts'
import type { ServicesOptions } from '../services.ts'
import { failureReply, invalid, nothingHere, trouble } from './problems.ts'
import { seesProvider } from './role.ts'

/** What the control plane sees of the host. */
export interface Site extends ServicesOptions {
  /** Every provider of the configuration, in its order. */
  readonly providers: () => ReadonlyArray<Provider>
  /** Calls back at every change that this host has made, once it stands, and at hints of others'; answers the way to stop that. */
  readonly changes: { readonly subscribe: (listener: () => void) => () => void }
  /** To be called when a subscription has been made or resumed, so that its events go out at once. */
  readonly subscribed: () => void
  /** Aborts when the host stops. */
  readonly draining: AbortSignal
  readonly metrics: Pick<Metrics, 'fed'>
}

/** A provider and what its plugin mounts; without that it could not be started, and `reason` says why. */
export interface Provider {
  readonly name: string
  readonly version?: string | undefined
  readonly mounted: Mounted | undefined
  readonly reason: string | undefined
}

/** A provider that serves. */
export type Serving = Provider & { readonly mounted: Mounted }

/** The providers that a principal may see. */
export const providersFor = ({ providers }: Site, principal: Principal): ReadonlyArray<Provider> =>
  providers().filter(({ name }) => seesProvider(principal, name))

/** A provider by name that a principal may see and that serves, or the answer instead. */
export const findProvider = (
  site: Site,
  principal: Principal,
  name: string,
): E.Either<Reply, Serving> => {
  const found = providersFor(site, principal).find((provider) => provider.name === name)
  if (found === undefined) return E.left(nothingHere())
  const { mounted } = found
  return mounted === undefined
    ? E.left(trouble('provider-unavailable', `The provider ${name} could not be started.`))
    : E.right({ ...found, mounted })
}

/** A service with the lifecycle and the provider that it belongs to. */
export interface Found {
  readonly provider: Serving
  readonly lifecycle: Lifecycle
  readonly state: State
}

/** The present state of a service that a principal may see, overdue deadlines settled first, or the answer instead. */
export const findService = async (
  site: Site,
  principal: Principal,
  ref: ServiceRef,
): Promise<E.Either<Reply, Found>> => {
  const provider = findProvider(site, principal, ref.provider)
  if (E.isLeft(provider)) return provider
  if (!seesTenant(principal, ref.tenant)) return E.left(nothingHere())
  const present = await presentState(site, provider.right.mounted.lifecycles, ref)
  if (E.isLeft(present)) return E.left(failureReply(present.left))
  const { right: found } = present
  return found === undefined || found.state.done
    ? E.left(nothingHere())
    : E.right({ ...found, provider: provider.right })
}

/** The present state of a service with its lifecycle, overdue deadlines settled first; undefined when there is none. */
export const presentState = async (
  { store, loop }: Pick<Site, 'store' | 'loop'>,
  lifecycles: ReadonlyArray<Lifecycle>,
  ref: ServiceRef,
): Promise<
  E.Either<Failure, { readonly lifecycle: Lifecycle; readonly state: State } | undefined>
> => {
  const stored = await ask(store.load(ref))
  if (E.isLeft(stored)) return stored
  const lifecycle = lifecycles.find(({ name }) => name === stored.right?.lifecycle)
  if (lifecycle === undefined) return E.right(undefined)
  const present = await loop.present(lifecycle, ref)
  return E.map((state: State | undefined) => state && { lifecycle, state })(present)
}

/** Asks the store for a page. A cursor that it did not make is the caller's mistake, and no failure of the store. */
export const askPage = async <A>(
  { store }: Pick<Site, 'store'>,
  after: string | undefined,
  page: TE.TaskEither<StoreFailure, Page<A>>,
): Promise<E.Either<Reply, Page<A>>> => {
  const read = await ask(page)
  if (E.isRight(read)) return read
  if (after !== undefined && E.isRight(await ask(store.ping())))
    return E.left(invalid([{ parameter: 'after', rule: 'the `next` of an earlier page expected' }]))
  return E.left(failureReply(read.left))
}

/** The lists that a question spans: one for each provider and tenant that it names and its caller may see. */
export const scopesOf = (
  site: Site,
  principal: Principal,
  { provider, tenant }: { readonly provider?: string; readonly tenant?: string },
): ReadonlyArray<Scope> =>
  providersFor(site, principal)
    .filter(({ name }) => provider === undefined || provider === name)
    .flatMap(({ name }) => tenantsOf(principal, tenant).map((one) => scopeOf(name, one)))

/** One provider and, where the caller sees not all of them, one tenant. */
export interface Scope {
  readonly key: string
  readonly provider: string
  readonly tenant: string | undefined
}

// -- internals

const scopeOf = (provider: string, tenant: string | undefined): Scope => ({
  key: JSON.stringify([provider, tenant ?? null]),
  provider,
  tenant,
})

const tenantsOf = (
  principal: Principal,
  tenant: string | undefined,
): ReadonlyArray<string | undefined> => {
  if (tenant !== undefined) return seesTenant(principal, tenant) ? [tenant] : []
  return principal.tenants === '*' ? [undefined] : principal.tenants
}
