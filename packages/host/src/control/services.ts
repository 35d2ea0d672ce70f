import { Canonical, canonicalOf, described, restoreState, struct } from '@signalbox/core'
import type { Lifecycle, ServiceRef, State } from '@signalbox/core'
import type { Page } from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { ask } from '../ask.ts'
import type { Mounted } from '../plugin.ts'
import type { Principal } from '../principal.ts'
import { json } from '../reply.ts'
import type { Reply } from '../reply.ts'
import type { Route } from '../route.ts'
import { pageOver } from './cursor.ts'
import type { Place } from './cursor.ts'
import { After, Limit, Name, timestamp, USUAL_LIMIT } from './fields.ts'
import { NativeRoute, nativeReadsOf } from './native.ts'
import { failureReply } from './problems.ts'
import { control, MOUNT } from './route.ts'
import { askPage, findService, presentState, providersFor, scopesOf } from './site.ts'
import type { Scope, Site } from './site.ts'

/** A path that names a service. */
export const ServiceParams = t.strict({ provider: Name, tenant: Name, id: Name })

/** Where a service is found. */
export const SERVICE = '/services/:provider/:tenant/:id'

/** The URL of a service. */
export const serviceHref = ({ ref }: { readonly ref: ServiceRef }): string =>
  `${MOUNT}/services/${[ref.provider, ref.tenant, ref.id].map(encodeURIComponent).join('/')}`

/** The tag of a service at a revision. */
export const etagOf = ({ revision }: State): string => `"${revision}"`

/** The routes that show services. */
export const serviceRoutes = (site: Site): ReadonlyArray<Route> => [
  control('viewer', {
    method: 'GET',
    path: '/services',
    name: 'listServices',
    summary: 'Lists services of one provider or of all, in order of provider, tenant and id',
    query: ServiceQuery,
    responses: { 200: ServicePage },
    handle: async ({ principal, query: { limit = USUAL_LIMIT, ...query } }) => {
      const page = await listServices(site, principal, { ...query, limit })
      if (E.isLeft(page)) return page.left
      const { items, next } = page.right
      return json(200, { items, next: next ?? null })
    },
  }),
  control('viewer', {
    method: 'GET',
    path: SERVICE,
    name: 'showService',
    summary:
      'Shows a service: its status, its deadlines, the work that waits, and where it is natively',
    params: ServiceParams,
    responses: { 200: ServiceView },
    handle: async ({ principal, params }) => {
      const found = await findService(site, principal, params)
      if (E.isLeft(found)) return found.left
      const { lifecycle, state, provider } = found.right
      const open = await ask(
        site.store.effects({ ref: state.ref, open: true, limit: MOST_EFFECTS }),
      )
      if (E.isLeft(open)) return failureReply(open.left)
      const href = serviceHref(state)
      const view: ServiceView = {
        ...summaryOf(lifecycle, state),
        effects: open.right.items.map(({ effect, work, attempts, notBefore, error }) => ({
          id: effect.id,
          type: effect.type,
          state: work,
          attempts,
          nextAttemptAt: timestamp(notBefore),
          lastError: error ?? null,
        })),
        native: nativeReadsOf(provider.mounted, lifecycle, state.ref),
        links: { self: href, provider: `${MOUNT}/providers/${encodeURIComponent(provider.name)}` },
      }
      return json(200, view, { etag: etagOf(state) })
    },
  }),
]

/** A page of the services that a caller may see and wants, over all of their lists. */
export const listServices = async (
  site: Site,
  principal: Principal,
  {
    status,
    label,
    after,
    limit,
    ...asked
  }: ServiceFilter & { readonly after?: Place | undefined; readonly limit: number },
): Promise<E.Either<Reply, Page<ServiceSummary>>> => {
  const mounts = new Map(providersFor(site, principal).map(({ name, mounted }) => [name, mounted]))
  const filter = {
    ...(status !== undefined && { statuses: typeof status === 'string' ? [status] : status }),
    ...(label !== undefined && { label }),
  }
  return pageOver(
    scopesOf(site, principal, asked).flatMap((scope) => {
      const mounted = mounts.get(scope.provider)
      return mounted === undefined
        ? []
        : [{ key: scope.key, page: pageOf(site, mounted, scope, filter) }]
    }),
    after,
    limit,
  )
}

// -- internals

const MOST_EFFECTS = 100

// `name:value`, as the lifecycle indexes it.
const Label = described(
  new t.Type<{ readonly name: string; readonly value: string }, string, unknown>(
    '"name:value"',
    (value): value is { readonly name: string; readonly value: string } =>
      typeof value === 'object',
    (value, context) => {
      const [, name, held] =
        (typeof value === 'string' ? /^([^:]+):(.*)$/su.exec(value) : undefined) ?? []
      return name === undefined ||
        held === undefined ||
        !Name.is(name) ||
        !(held === '' || Name.is(held))
        ? t.failure(value, context)
        : t.success({ name, value: held })
    },
    ({ name, value }) => `${name}:${value}`,
  ),
  { type: 'string', pattern: '^[^:\\u0000\\p{Surrogate}]+:[^\\u0000\\p{Surrogate}]*$' },
)

const filters = {
  provider: Name,
  tenant: Name,
  status: t.union([Name, t.array(Name)], 'a status, or several'),
  label: Label,
}

/** Which services are meant. */
export const ServiceFilter = struct({}, filters, 'ServiceFilter')
export type ServiceFilter = t.TypeOf<typeof ServiceFilter>

const ServiceQuery = struct({}, { ...filters, after: After, limit: Limit })

const summary = {
  provider: t.string,
  tenant: t.string,
  id: t.string,
  lifecycle: t.string,
  status: t.string,
  canonical: Canonical,
  labels: t.record(t.string, t.string),
  revision: t.number,
  createdAt: t.string,
  changedAt: t.string,
  deadlines: t.readonlyArray(t.strict({ name: t.string, words: t.string, dueAt: t.string })),
  href: t.string,
}

const ServiceSummary = t.strict(summary, 'ServiceSummary')
type ServiceSummary = t.TypeOf<typeof ServiceSummary>

const ServicePage = t.strict(
  { items: t.readonlyArray(ServiceSummary), next: t.union([t.string, t.null]) },
  'ServicePage',
)

const ServiceView = t.strict(
  {
    ...summary,
    effects: t.readonlyArray(
      t.strict({
        id: t.string,
        type: t.string,
        state: t.string,
        attempts: t.number,
        nextAttemptAt: t.string,
        lastError: t.union([t.string, t.null]),
      }),
    ),
    native: t.readonlyArray(NativeRoute),
    links: t.strict({ self: t.string, provider: t.string }),
  },
  'Service',
)
type ServiceView = t.TypeOf<typeof ServiceView>

const summaryOf = (lifecycle: Lifecycle, state: State): ServiceSummary => ({
  ...state.ref,
  lifecycle: state.lifecycle,
  status: state.status,
  canonical: canonicalOf(lifecycle, state),
  labels: state.labels,
  revision: state.revision,
  createdAt: timestamp(state.createdAt),
  changedAt: timestamp(state.changedAt),
  deadlines: state.deadlines.map(({ name, dueAt }) => ({
    name,
    words: lifecycle.deadlines[name] ?? name,
    dueAt: timestamp(dueAt),
  })),
  href: serviceHref(state),
})

// What is overdue is settled first, so that no page shows a status that has passed.
const pageOf =
  (
    site: Site,
    { lifecycles }: Mounted,
    { provider, tenant }: Scope,
    filter: {
      readonly statuses?: ReadonlyArray<string>
      readonly label?: { readonly name: string; readonly value: string }
    },
  ) =>
  async (
    after: string | undefined,
    limit: number,
  ): Promise<E.Either<Reply, Page<ServiceSummary>>> => {
    const within = { provider, ...(tenant !== undefined && { tenant }) }
    const overdue = await ask(
      site.store.overdue({ ...within, at: site.clock.now(), limit: MOST_OVERDUE }),
    )
    if (E.isLeft(overdue)) return E.left(failureReply(overdue.left))
    await Promise.all(overdue.right.map((ref) => presentState(site, lifecycles, ref)))
    const page = await askPage(
      site,
      after,
      site.store.list({ ...within, ...filter, limit, ...(after !== undefined && { after }) }),
    )
    if (E.isLeft(page)) return page
    const items = page.right.items.flatMap((stored) => {
      const lifecycle = lifecycles.find(({ name }) => name === stored.lifecycle)
      if (lifecycle === undefined) return []
      const state = restoreState(lifecycle, stored)
      if (E.isRight(state)) return [summaryOf(lifecycle, state.right)]
      site.log('error', 'state.unreadable', {
        provider,
        id: stored.ref.id,
        failure: state.left._tag,
      })
      return []
    })
    return E.right({ items, next: page.right.next })
  }

const MOST_OVERDUE = 500
