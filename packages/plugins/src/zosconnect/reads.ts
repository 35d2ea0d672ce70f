import type { JsonObject, State } from '@signalbox/core'
import {
  Name,
  newsOf,
  readServicePath,
  renderDetails,
  renderList,
  renderStatus,
  TENANT,
  zosService,
} from '@signalbox/core/zosconnect'
import type { ServiceContext, ShownService, Status } from '@signalbox/core/zosconnect'
import { json, list, read } from '@signalbox/host'
import type { Incoming, Reply, Route } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { errorReply } from './answers.ts'
import { askedOfCollection, askedOfService } from './asked.ts'
import { namesOf } from './instances.ts'
import type { Instance } from './instances.ts'
import { mayOn, mayOnAll, READERS } from './levels.ts'
import { COLLECTION } from './locate.ts'
import { absentReply, refOf, refuseReply, standingOf, urlsOf } from './site.ts'
import type { Site } from './site.ts'

/** The routes that change nothing: list, details, status and schemas. */
export const readRoutes = (site: Site): ReadonlyArray<Route> => [
  listServices(site),
  getService(site),
  getSchema(site),
]

/** What a reply about a service shows beside its state. */
export const shownOf = (
  request: Incoming,
  instance: Instance | undefined,
  site: Site,
): ShownService => ({
  origin: urlsOf(request, site),
  unknownStatus: site.settings.unknownStatus,
  ...namesOf(instance),
})

// -- internals

/** @see https://www.ibm.com/docs/SS4SVW_3.0.0/administering/deploy_service.html */
const listServices = (site: Site): Route =>
  list({
    method: 'GET',
    path: COLLECTION,
    name: 'getServices',
    summary: 'List the services',
    lifecycle: zosService,
    sight: async ({ principal }) =>
      mayOnAll(site.settings.authorization, principal, READERS)
        ? E.right(undefined)
        : E.left(errorReply('forbidden', {})),
    prepare: async (request) => E.map(() => undefined)(askedOfCollection(request, 0)),
    list: () => E.right(PAGE),
    reply: async (request, first) => {
      const states = [...first.items]
      for (let after = first.next; after !== undefined;) {
        const page = await site.services.list(zosService, { ...PAGE, after })()
        if (E.isLeft(page)) return refuseReply(request, page.left, site)
        states.push(...page.right.items)
        after = page.right.next
      }
      const shown = states
        .map((state) => standingOf(state).context)
        .filter(({ definition: { name } }) =>
          mayOn(site.settings.authorization, request.principal, READERS, name),
        )
        .map((context) => ({
          context,
          ...namesOf(site.instances.find(context.definition.name)),
        }))
      return json(200, renderList(shown, { origin: urlsOf(request, site) }))
    },
  })

/** @see https://www.ibm.com/docs/SS4SVW_3.0.0/administering/change_service_state.html */
const getService = (site: Site): Route =>
  read<{ readonly name: string }, undefined, undefined, undefined, undefined>({
    method: 'GET',
    path: `${COLLECTION}/:name`,
    name: 'getService',
    summary: 'Show a service, its status, or a schema of it',
    lifecycle: zosService,
    params: t.type({ name: t.string }),
    sight: async (request) => {
      const { name } = request.params
      if (!mayOn(site.settings.authorization, request.principal, READERS, name))
        return E.left(errorReply('forbidden', {}))
      return Name.is(name) ? E.right(undefined) : E.left(absentReply(request, name, site))
    },
    ref: ({ params }) => refOf(params.name),
    reply: (request, state) => showService(request, state, site),
  })

/** @see https://www.ibm.com/docs/SS4SVW_3.0.0/administering/get_response_schema.html */
const getSchema = (site: Site): Route =>
  read<
    { readonly name: string; readonly which: 'request' | 'response' },
    undefined,
    undefined,
    { readonly name: string; readonly isSchema: boolean },
    undefined
  >({
    method: 'GET',
    path: `${COLLECTION}/:name/schema/:which`,
    name: 'getServiceSchema',
    summary: 'Show a schema of a service',
    lifecycle: zosService,
    params: t.type({ name: t.string, which: t.keyof({ request: null, response: null }) }),
    // Behind a name that is not installed, the whole path may be one.
    sight: async (request) => {
      const { name, which } = request.params
      const readings = readServicePath([name, 'schema', which])
      for (const reading of readings) {
        if (!mayOn(site.settings.authorization, request.principal, READERS, reading.name))
          return E.left(errorReply('forbidden', {}))
        if (!Name.is(reading.name)) continue
        const found = await site.services.load(zosService, refOf(reading.name))()
        if (E.isLeft(found)) return E.left(refuseReply(request, found.left, site))
        if (found.right !== undefined)
          return E.right({ name: reading.name, isSchema: reading.schema !== null })
      }
      return E.left(absentReply(request, readings.at(-1)?.name ?? name, site))
    },
    ref: ({ sight }) => refOf(sight.name),
    reply: (request, state) =>
      request.sight.isSchema
        ? showSchema(request.params.which, state, site)
        : showService(request, state, site),
  })

const PAGE = { provider: zosService.provider, tenant: TENANT, limit: 500 } as const

const showService = async (request: Incoming, state: State, site: Site): Promise<Reply> => {
  const asked = askedOfService({ ...request, method: 'GET' }, 0)
  if (E.isLeft(asked)) return asked.left
  const { context } = standingOf(state)
  const instance = site.instances.find(context.definition.name)
  switch (asked.right.verb) {
    case 'requestSchema':
      return showSchema('request', state, site)
    case 'responseSchema':
      return showSchema('response', state, site)
    case 'status': {
      const status = await liveStatus(state, instance, site)
      return json(200, renderStatus(context, { ...shownOf(request, instance, site), status }))
    }
    default: {
      const [status, data] = await Promise.all([
        liveStatus(state, instance, site),
        instance === undefined ? NOTHING : site.instances.data(instance),
      ])
      const shown = { ...shownOf(request, instance, site), status, data }
      return json(200, renderDetails(context, shown))
    }
  }
}

const NOTHING: JsonObject = {}

// The provider's own word, which is news to the machine when it differs; without a provider, the last known.
const liveStatus = async (
  state: State,
  instance: Instance | undefined,
  { instances, services, isResumed, log }: Site,
): Promise<Status> => {
  const standing = standingOf(state)
  if (instance === undefined) return isResumed() ? standing.context.status : 'unknown'
  const { status, quiet } = await instances.observe(instance)
  const news = quiet ? newsOf(standing, status) : undefined
  if (news !== undefined) {
    const reported = await services.report(zosService, state.ref, news)()
    if (E.isLeft(reported))
      log('service.unreported', { name: state.ref.id, failure: reported.left._tag })
  }
  return status
}

const showSchema = async (
  which: 'request' | 'response',
  state: State,
  { instances }: Site,
): Promise<Reply> => {
  const { definition } = standingOf(state).context
  const instance = instances.find(definition.name)
  if (instance === undefined) return json(200, archivedSchema(definition, which))
  const schema = await instances.schema(instance, which)
  return E.isLeft(schema) ? errorReply('internal-error', {}) : json(200, schema.right)
}

const archivedSchema = (
  { requestSchema, responseSchema }: ServiceContext['definition'],
  which: 'request' | 'response',
): JsonObject => (which === 'request' ? requestSchema : responseSchema) ?? {}
