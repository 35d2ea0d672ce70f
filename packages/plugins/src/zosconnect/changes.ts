import type { Event, Report, State } from '@signalbox/core'
import {
  ErrorCode,
  mismatchOf,
  Name,
  refusalOf,
  renderDetails,
  renderStatus,
  zosService,
} from '@signalbox/core/zosconnect'
import type { Change, DesiredStatus, ServiceDefinition } from '@signalbox/core/zosconnect'
import { command, json } from '@signalbox/host'
import type {
  Decoded,
  Failure,
  Incoming,
  Principal,
  Reply,
  Route,
  Settled,
  Submission,
} from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { errorReply, providerReply } from './answers.ts'
import { archiveRecord, CONFIGURED } from './archives.ts'
import { askedOfCollection, askedOfService } from './asked.ts'
import type { Asked } from './asked.ts'
import { mayOn, mayOnAll, WRITERS } from './levels.ts'
import { COLLECTION } from './locate.ts'
import { shownOf } from './reads.ts'
import { readSar } from './sar.ts'
import type { Settings } from './settings.ts'
import { absentReply, refOf, refuseReply, standingOf, told } from './site.ts'
import type { Site } from './site.ts'

/** The routes that change services: deploy, update, start, stop, delete. */
export const changeRoutes = (site: Site): ReadonlyArray<Route> => [
  deployService(site),
  changeService(site, 'PUT'),
  changeService(site, 'POST'),
  deleteService(site),
]

/** How long a deployment or an update is waited for: two calls of the provider, each with a question for its status. */
export const settleMsOf = ({ spiTimeoutMs, statusTimeoutMs }: Settings): number =>
  2 * spiTimeoutMs + 3 * statusTimeoutMs + SLACK_MS

// -- internals

// What the store and the loop may take on top.
const SLACK_MS = 2000

interface Deployment {
  readonly definition: ServiceDefinition
  readonly desired: DesiredStatus
  readonly bytes: Uint8Array
}

type Item = { readonly name: string }
type Prepared =
  | { readonly change: 'service.start' | 'service.stop' }
  | {
      readonly change: 'service.update'
      readonly deployment: Deployment
      readonly mayDeploy: boolean
    }
type ItemRequest = Decoded<Item, undefined, unknown, undefined, Prepared>

/** @see https://www.ibm.com/docs/SS4SVW_3.0.0/administering/deploy_service.html */
const deployService = (site: Site): Route =>
  command<undefined, undefined, unknown, undefined, Deployment>({
    method: 'POST',
    path: COLLECTION,
    name: 'installService',
    summary: 'Deploy a service from its archive',
    lifecycle: zosService,
    commands: ['service.deploy'],
    body: { kind: 'bytes', codec: t.unknown, limit: site.settings.maxArchiveBytes },
    sight: async ({ principal }) =>
      mayOnAll(site.settings.authorization, principal, WRITERS)
        ? E.right(undefined)
        : E.left(errorReply('forbidden', {})),
    prepare: async (request) => {
      const asked = askedOfCollection(request, request.bytes.length)
      if (E.isLeft(asked)) return asked
      const desired = asked.right.verb === 'deploy' ? asked.right.desired : 'started'
      return deploymentOf(request.bytes, desired, site)
    },
    ref: ({ prepared }) => refOf(prepared.definition.name),
    submit: (request, state) =>
      E.mapLeft((reply: Reply) => saidOfDeploy(site, request, reply))(
        deploy(request.prepared, state, site),
      ),
    settleMs: settleMsOf(site.settings),
    reply: (request, settled) => {
      forget(request.prepared.definition, settled, site)
      return saidOfDeploy(site, request, deployed(request, settled, site))
    },
    refuse: (request, failure) => saidOfDeploy(site, request, refuseDeploy(request, failure, site)),
  })

/** @see https://www.ibm.com/docs/SS4SVW_3.0.0/administering/change_service_state.html */
const changeService = (site: Site, method: 'PUT' | 'POST'): Route =>
  command<Item, undefined, unknown, undefined, Prepared>({
    method,
    path: `${COLLECTION}/:name`,
    name: method === 'PUT' ? 'updateService' : 'changeService',
    summary:
      method === 'PUT'
        ? 'Start or stop a service, or update it from an archive'
        : 'Start or stop a service, or update or deploy it from an archive',
    lifecycle: zosService,
    commands: [
      'service.start',
      'service.stop',
      'service.update',
      ...(method === 'POST' ? ['service.deploy'] : []),
    ],
    params: t.type({ name: t.string }),
    body: { kind: 'bytes', codec: t.unknown, limit: site.settings.maxArchiveBytes },
    sight: (request) => sightOfItem(request, site),
    prepare: (request) => prepareItem(request, site),
    ref: ({ params }) => refOf(params.name),
    submit: (request, state) =>
      E.mapLeft((reply: Reply) => saidOf(site, request, state, reply))(
        submitItem(request, state, site),
      ),
    settleMs: settleMsOf(site.settings),
    reply: (request, settled) => {
      const { prepared } = request
      if (prepared.change === 'service.update')
        forget(prepared.deployment.definition, settled, site)
      return saidOf(site, request, settled.before, replyOfItem(request, settled, site))
    },
    refuse: (request, failure) =>
      saidOf(site, request, undefined, refuseReply(request, failure, site)),
  })

/** @see https://www.ibm.com/docs/SS4SVW_3.0.0/administering/deploy_service.html */
const deleteService = (site: Site): Route =>
  command<Item>({
    method: 'DELETE',
    path: `${COLLECTION}/:name`,
    name: 'deleteService',
    summary: 'Delete a stopped service',
    lifecycle: zosService,
    commands: ['service.delete'],
    params: t.type({ name: t.string }),
    sight: (request) => sightOfItem(request, site),
    ref: ({ params }) => refOf(params.name),
    submit: (request, state) => {
      const asked = askFor(request, 'service.delete', state, site)
      return E.mapLeft((reply: Reply) => saidOfDelete(site, request, reply))(asked)
    },
    settleMs: settleMsOf(site.settings),
    reply: (request, settled) =>
      saidOfDelete(
        site,
        request,
        troubleIn(request, settled, site) ??
          (settled.state.done
            ? json(200, { name: request.params.name })
            : errorReply('busy', { name: request.params.name })),
      ),
    refuse: (request, failure) => saidOfDelete(site, request, refuseReply(request, failure, site)),
  })

const sightOfItem = async (
  request: Incoming & { readonly principal: Principal; readonly params: Item },
  site: Site,
): Promise<E.Either<Reply, undefined>> => {
  const { name } = request.params
  if (!mayOn(site.settings.authorization, request.principal, WRITERS, name))
    return E.left(errorReply('forbidden', {}))
  if (!Name.is(name)) return E.left(absentReply(request, name, site))
  const found = await site.services.load(zosService, refOf(name))()
  if (E.isLeft(found)) return E.left(refuseReply(request, found.left, site))
  return found.right !== undefined || mayBringIn(request)
    ? E.right(undefined)
    : E.left(absentReply(request, name, site))
}

// Whether a body, if there is one, could be the archive of a service that is not installed.
const mayBringIn = (request: Incoming): boolean => {
  const asked = askedOfService(request, 1)
  return (
    request.located['joined'] === undefined &&
    E.isRight(asked) &&
    asked.right.verb === 'deployOrUpdate'
  )
}

const prepareItem = async (
  request: Decoded<Item, undefined, unknown, undefined, undefined>,
  site: Site,
): Promise<E.Either<Reply, Prepared>> => {
  const asked = askedOfService(request, request.bytes.length)
  if (E.isLeft(asked)) return asked
  const { verb } = asked.right
  if (!carriesArchive(asked.right))
    return E.right({ change: verb === 'stop' ? 'service.stop' : 'service.start' })
  const deployment = await deploymentOf(request.bytes, asked.right.desired, site)
  const mayDeploy = verb === 'deployOrUpdate' && request.located['joined'] === undefined
  return E.map((read: Deployment): Prepared => ({
    change: 'service.update',
    deployment: read,
    mayDeploy,
  }))(deployment)
}

const carriesArchive = (
  asked: Asked,
): asked is Extract<Asked, { readonly desired: DesiredStatus }> =>
  asked.verb === 'update' || asked.verb === 'deployOrUpdate'

const deploymentOf = async (
  bytes: Uint8Array,
  desired: DesiredStatus,
  { newId }: Site,
): Promise<E.Either<Reply, Deployment>> =>
  E.bimap(
    (details: string) => errorReply('archive-invalid', {}, { details }),
    (definition: ServiceDefinition) => ({ definition, desired, bytes }),
  )(await readSar(bytes, newId()))

const submitItem = (
  request: ItemRequest,
  state: State | undefined,
  site: Site,
): E.Either<Reply, Submission> => {
  const { prepared } = request
  if (prepared.change !== 'service.update') return askFor(request, prepared.change, state, site)
  const { deployment, mayDeploy } = prepared
  const { name } = request.params
  if (state === undefined && !mayDeploy) return E.left(absentReply(request, name, site))
  const mismatch = mismatchOf({ name }, deployment.definition)
  if (mismatch !== undefined) return E.left(errorReply('name-mismatch', mismatch))
  if (state === undefined) return deploy(deployment, state, site)
  return E.flatMap(askFor(request, 'service.update', state, site), () =>
    bringIn('service.update', deployment, site),
  )
}

const deploy = (
  deployment: Deployment,
  state: State | undefined,
  site: Site,
): E.Either<Reply, Submission> =>
  state === undefined
    ? bringIn('service.deploy', deployment, site)
    : E.left(errorReply('already-deployed', { name: deployment.definition.name }))

// The archive is stored with the command, or neither is.
const bringIn = (
  type: 'service.deploy' | 'service.update',
  { definition, desired, bytes }: Deployment,
  { instances }: Site,
): E.Either<Reply, Submission> =>
  instances.supports(definition.provider)
    ? E.right({
        events: [{ type, definition, desired }],
        documents: [archiveRecord(definition.archive.id, bytes)],
      })
    : E.left(errorReply('provider-unsupported', { provider: definition.provider }))

const askFor = (
  request: Incoming & { readonly params: Item },
  change: Change,
  state: State | undefined,
  site: Site,
): E.Either<Reply, Submission> => {
  const { name } = request.params
  if (state === undefined) return E.left(absentReply(request, name, site))
  const standing = standingOf(state)
  const configured = standing.context.definition.archive.id === CONFIGURED
  if (configured && site.declares(name) && CLOSED.includes(change))
    return E.left(errorReply('configured-service', { name }))
  const refused = refusalOf(standing, change)
  const event: Event = { type: change }
  return refused === undefined
    ? E.right({ events: [event] })
    : E.left(errorReply(refused, { name }))
}

const CLOSED: ReadonlyArray<Change> = ['service.update', 'service.delete']

const replyOfItem = (request: ItemRequest, settled: Settled, site: Site): Reply => {
  const { prepared, params } = request
  if (prepared.change === 'service.update')
    return settled.before === undefined
      ? deployed(request, settled, site)
      : updated(request, settled, site)
  const trouble = troubleIn(request, settled, site)
  if (trouble !== undefined) return trouble
  const { value, context } = standingOf(settled.state)
  // A change that joined one under way has not been waited for.
  if (value === 'starting' || value === 'stopping') return errorReply('busy', { name: params.name })
  const instance = site.instances.find(params.name)
  return json(200, renderStatus(context, shownOf(request, instance, site)))
}

const deployed = (request: Incoming, settled: Settled, site: Site): Reply => {
  const { state } = settled
  const broken = brokenBy('register', settled)
  if (broken !== undefined) return broken
  // A 503 here would say that the provider is not supported.
  return state.done || state.value === 'deploying'
    ? errorReply('internal-error', {})
    : bothMembers(201, request, state, site)
}

const updated = (request: Incoming, settled: Settled, site: Site): Reply =>
  brokenBy('update', settled) ??
  (settled.state.value === 'updating'
    ? errorReply('timed-out', { ms: site.settings.spiTimeoutMs })
    : bothMembers(200, request, settled.state, site))

const bothMembers = (status: number, request: Incoming, state: State, site: Site): Reply => {
  const { context } = standingOf(state)
  const instance = site.instances.find(context.definition.name)
  const data = instance === undefined ? {} : site.instances.lastData(instance)
  return json(status, renderDetails(context, { ...shownOf(request, instance, site), data }))
}

// An archive that its provider cannot use has been refused; what follows a registration that went well is no failure of it.
const brokenBy = (operation: 'register' | 'update', { reports }: Settled): Reply | undefined => {
  const failure = reports.map(problemOf).find((problem) => problem?.operation === operation)
  if (failure === undefined) return undefined
  return failure.code === 400
    ? errorReply('archive-invalid', {}, { details: failure.message })
    : errorReply('internal-error', {})
}

const troubleIn = (
  { params }: { readonly params: Item },
  { state, reports, finished }: Settled,
  { settings }: Site,
): Reply | undefined => {
  const late = (): Reply => errorReply('timed-out', { ms: settings.spiTimeoutMs })
  const last = reports.at(-1)
  const problem = last && problemOf(last)
  if (problem === undefined) return finished ? undefined : late()
  if (typeof problem.code === 'number') return providerReply(problem.code, problem.message)
  switch (problem.code) {
    case 'timed-out':
      return late()
    case 'provider-unsupported':
      return errorReply('provider-unsupported', {
        provider: standingOf(state).context.definition.provider,
      })
    case 'busy':
      return errorReply('busy', { name: params.name })
    default:
      return errorReply('internal-error', {})
  }
}

interface Failed {
  readonly operation: unknown
  readonly code: number | ErrorCode
  readonly message: string
}

const problemOf = ({ event }: Report): Failed | undefined => {
  if (event.type !== 'provider.failed') return undefined
  const { operation, code, message } = event
  return {
    operation,
    code: typeof code === 'number' || ErrorCode.is(code) ? code : 'internal-error',
    message: typeof message === 'string' ? message : '',
  }
}

// Of two archives the one that is not in use is let go.
const forget = (
  brought: ServiceDefinition,
  { before, state, finished }: Settled,
  site: Site,
): void => {
  if (!finished) return
  const used = state.done ? undefined : standingOf(state).context.definition.archive.id
  const old = before && standingOf(before).context.definition.archive
  for (const archive of [brought.archive, ...(old ? [old] : [])])
    if (archive.id !== used)
      void site.archives.remove(archive).then((removed) => {
        if (E.isLeft(removed))
          site.log('archive.kept', { name: brought.name, failure: removed.left._tag })
      })
}

const refuseDeploy = (request: Incoming, failure: Failure, site: Site): Reply => {
  const reply = refuseReply(request, failure, site)
  return reply.status === 503 ? errorReply('internal-error', {}) : reply
}

const saidOfDeploy = (
  site: Site,
  { principal, prepared }: { readonly principal: Principal; readonly prepared: Deployment },
  reply: Reply,
): Reply =>
  told(site, { principal, change: 'service.deploy', name: prepared.definition.name, reply })

const saidOf = (
  site: Site,
  { principal, params, prepared }: ItemRequest,
  before: State | undefined,
  reply: Reply,
): Reply => {
  const brings = prepared.change === 'service.update' && prepared.mayDeploy && before === undefined
  const change = brings ? 'service.deploy' : prepared.change
  return told(site, { principal, change, name: params.name, reply })
}

const saidOfDelete = (
  site: Site,
  { principal, params }: { readonly principal: Principal; readonly params: Item },
  reply: Reply,
): Reply => told(site, { principal, change: 'service.delete', name: params.name, reply })
