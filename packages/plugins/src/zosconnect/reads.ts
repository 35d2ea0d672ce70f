import type { JsonObject, State } from '@signalbox/core'
import {
  Name,
  newsOf,
  readServicePath,
  renderApiList,
  renderApiRequesterList,
  renderList,
} from '@signalbox/core/zosconnect'
import type {
  ApiContext,
  ApiRequesterContext,
  Kind,
  ServiceContext,
  Status,
} from '@signalbox/core/zosconnect'
import { json, list, read } from '@signalbox/host'
import type { Incoming, Reply, Route } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { errorReply } from './answers.ts'
import { askedOfCollection, askedOfItem } from './asked.ts'
import { idOf, refOf, SERVICES } from './collections.ts'
import type { Collection } from './collections.ts'
import { namesOf } from './instances.ts'
import type { Instance } from './instances.ts'
import { mayOn, mayOnAll, READERS, WRITERS } from './levels.ts'
import { showStatus, showWhole } from './shown.ts'
import { absentReply, namedIn, refuseReply, standingOf, urlsOf } from './site.ts'
import type { Site } from './site.ts'
import { PAGE, statesAfter } from './states.ts'
import { statisticsOf } from './statistics.ts'

/** The routes that change nothing: list and details; of services, status, statistics and schemas too. */
export const readRoutes = (site: Site, collection: Collection): ReadonlyArray<Route> => [
  listAll(site, collection),
  getOne(site, collection),
  ...(collection.kind === 'service' ? [getSchema(site)] : []),
]

// -- internals

/** @see https://www.ibm.com/docs/SS4SVW_3.0.0/administering/deploy_service.html */
const listAll = (site: Site, collection: Collection): Route =>
  list({
    method: 'GET',
    path: collection.path,
    name: `get${collection.many}`,
    summary: `Lists the ${collection.plural}`,
    lifecycle: collection.lifecycle,
    sight: async ({ principal }) =>
      mayOnAll(site.settings.authorization, principal, READERS)
        ? E.right(undefined)
        : E.left(errorReply('forbidden', {})),
    prepare: async (request) => E.map(() => undefined)(askedOfCollection(request, 0)),
    list: () => E.right(PAGE),
    reply: async (request, first) => {
      const states = await statesAfter(site.services, collection, first)
      if (E.isLeft(states)) return refuseReply(request, states.left, site)
      const contexts = states.right
        .map((state) => standingOf(state).context)
        .filter(({ definition: { name } }) =>
          mayOn(site.settings.authorization, request.principal, READERS, namedIn(collection, name)),
        )
      return json(200, LISTS[collection.kind](contexts, urlsOf(request, site), site))
    },
  })

/** @see https://www.ibm.com/docs/SS4SVW_3.0.0/administering/change_service_state.html */
const getOne = (site: Site, collection: Collection): Route =>
  read<{ readonly name: string }, undefined, undefined, undefined, undefined>({
    method: 'GET',
    path: `${collection.path}/:name`,
    name: `get${collection.one}`,
    summary: `Shows ${collection.words}`,
    lifecycle: collection.lifecycle,
    params: t.type({ name: t.string }),
    sight: async (request) => {
      const { name } = request.params
      const named = namedIn(collection, name)
      const asked = askedOfItem(collection.kind, { ...request, method: 'GET' }, 0)
      const wanted = E.isRight(asked) && asked.right.verb === 'statistics' ? WRITERS : READERS
      if (!mayOn(site.settings.authorization, request.principal, wanted, named))
        return E.left(errorReply('forbidden', {}))
      return Name.is(name) ? E.right(undefined) : E.left(absentReply(request, named, site))
    },
    ref: ({ params }) => refOf(collection.kind, params.name),
    reply: (request, state) => show(request, state, site, collection),
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
    path: `${SERVICES.path}/:name/schema/:which`,
    name: 'getServiceSchema',
    summary: 'Shows a schema of a service',
    lifecycle: SERVICES.lifecycle,
    params: t.type({ name: t.string, which: t.keyof({ request: null, response: null }) }),
    // Behind a name that is not installed, the whole path may be one.
    sight: async (request) => {
      const { name, which } = request.params
      const readings = readServicePath([name, 'schema', which])
      for (const reading of readings) {
        const named = namedIn(SERVICES, reading.name)
        if (!mayOn(site.settings.authorization, request.principal, READERS, named))
          return E.left(errorReply('forbidden', {}))
        if (!Name.is(reading.name)) continue
        const found = await site.services.load(SERVICES.lifecycle, refOf('service', reading.name))()
        if (E.isLeft(found)) return E.left(refuseReply(request, found.left, site))
        if (found.right !== undefined)
          return E.right({ name: reading.name, isSchema: reading.schema !== null })
      }
      const last = readings.at(-1)?.name ?? name
      return E.left(absentReply(request, namedIn(SERVICES, last), site))
    },
    ref: ({ sight }) => refOf('service', sight.name),
    reply: (request, state) =>
      request.sight.isSchema
        ? showSchema(request.params.which, state, site)
        : show(request, state, site, SERVICES),
  })

type Context = ReturnType<typeof standingOf>['context']

// The collection's own lifecycle has made the contexts.
const LISTS: {
  readonly [Each in Kind]: (contexts: ReadonlyArray<Context>, origin: string, site: Site) => unknown
} = {
  service: (contexts, origin, { instances }) =>
    renderList(
      (contexts as ReadonlyArray<ServiceContext>).map((context) => ({
        context,
        ...namesOf(instances.find(idOf(context.definition))),
      })),
      { origin },
    ),
  api: (contexts, origin) => renderApiList(contexts as ReadonlyArray<ApiContext>, { origin }),
  apiRequester: (contexts, _, { settings: { unknownStatus } }) =>
    renderApiRequesterList(contexts as ReadonlyArray<ApiRequesterContext>, { unknownStatus }),
}

const show = async (
  request: Incoming,
  state: State,
  site: Site,
  collection: Collection,
): Promise<Reply> => {
  const asked = askedOfItem(collection.kind, { ...request, method: 'GET' }, 0)
  if (E.isLeft(asked)) return asked.left
  const instance = site.instances.find(state.ref.id)
  switch (asked.right.verb) {
    case 'requestSchema':
      return showSchema('request', state, site)
    case 'responseSchema':
      return showSchema('response', state, site)
    case 'statistics':
      return json(200, Object.fromEntries([await statisticsOf(state, site)]))
    case 'status': {
      const status = await liveStatus(state, instance, collection, site)
      return json(200, showStatus(request, state, site, { status }))
    }
    default: {
      const [status, data] = await Promise.all([
        liveStatus(state, instance, collection, site),
        instance === undefined ? NOTHING : site.instances.data(instance),
      ])
      return json(200, showWhole(request, state, site, { status, data }))
    }
  }
}

const NOTHING: JsonObject = {}

// The provider's own word, which is news to the machine when it differs; without a provider, the last known.
const liveStatus = async (
  state: State,
  instance: Instance | undefined,
  { lifecycle }: Collection,
  { instances, services, isResumed, log }: Site,
): Promise<Status> => {
  const standing = standingOf(state)
  if (!isResumed(state.ref.id)) return 'unknown'
  if (instance === undefined) return standing.context.status
  const { status, quiet } = await instances.observe(instance)
  const news = quiet ? newsOf(standing, status) : undefined
  if (news !== undefined) {
    const reported = await services.report(lifecycle, state.ref, news)()
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
  const instance = instances.find(state.ref.id)
  if (instance === undefined) return json(200, archivedSchema(definition, which))
  const schema = await instances.schema(instance, which)
  return E.isLeft(schema) ? errorReply('internal-error', {}) : json(200, schema.right)
}

const archivedSchema = (
  definition: Context['definition'],
  which: 'request' | 'response',
): JsonObject => {
  if (definition.kind !== 'service') return {}
  return (which === 'request' ? definition.requestSchema : definition.responseSchema) ?? {}
}
