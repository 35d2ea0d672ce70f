import type { State } from '@signalbox/core'
import { Name } from '@signalbox/core/zosconnect'
import type { DesiredStatus } from '@signalbox/core/zosconnect'
import { command } from '@signalbox/host'
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
import { errorReply } from './answers.ts'
import { askedOfCollection, askedOfItem, looksLikeInvoke } from './asked.ts'
import { refOf } from './collections.ts'
import type { Collection } from './collections.ts'
import { prepareDeployment } from './deployment.ts'
import type { Deployment } from './deployment.ts'
import { invokeService } from './invoke.ts'
import { CALLERS, mayOn, mayOnAll, WRITERS } from './levels.ts'
import {
  changedReply,
  deletedReply,
  deployedReply,
  rewriteFile,
  tidy,
  tidyDeleted,
  updatedReply,
} from './outcome.ts'
import type { Settings } from './settings.ts'
import { absentReply, namedIn, refuseReply, told } from './site.ts'
import type { Site } from './site.ts'
import { settleBasePaths, submitChange, submitDeploy, submitUpdate } from './submission.ts'

/** The routes that change what a collection holds: deploy, update, start, stop, delete; of a service, invoke too. */
export const changeRoutes = (site: Site, collection: Collection): ReadonlyArray<Route> => [
  deploy(site, collection),
  change(site, collection, 'PUT'),
  ...(collection.kind === 'service' ? [change(site, collection, 'POST')] : []),
  remove(site, collection),
]

/** How long a deployment or an update is waited for: two calls of the provider, each with a question for its status. */
export const settleMsOf = ({ spiTimeoutMs, statusTimeoutMs }: Settings): number =>
  2 * spiTimeoutMs + 3 * statusTimeoutMs + SLACK_MS

// -- internals

// What the store and the loop may take on top.
const SLACK_MS = 2000

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
const deploy = (site: Site, collection: Collection): Route =>
  command<undefined, undefined, unknown, undefined, Deployment>({
    method: 'POST',
    path: collection.path,
    name: `install${collection.one}`,
    summary: `Deploys ${collection.words} from its archive`,
    lifecycle: collection.lifecycle,
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
      return deploymentOf(request, desired, site, collection)
    },
    ref: ({ prepared }) => refOf(collection.kind, prepared.definition.name),
    submit: (request, state) =>
      E.mapLeft((reply: Reply) => saidOfDeploy(site, request, reply))(
        submitDeploy(request.prepared, state, site),
      ),
    settleMs: settleMsOf(site.settings),
    reply: (request, settled) => {
      tidy(request.prepared, settled, site)
      return saidOfDeploy(site, request, deployedReply(request, settled, site))
    },
    refuse: (request, failure) => {
      settleBasePaths(request.prepared.definition, undefined, site)
      return saidOfDeploy(site, request, refuseDeploy(request, failure, site))
    },
  })

/** @see https://www.ibm.com/docs/SS4SVW_3.0.0/administering/change_service_state.html */
const change = (site: Site, collection: Collection, method: 'PUT' | 'POST'): Route =>
  command<Item, undefined, unknown, undefined, Prepared>({
    method,
    path: `${collection.path}/:name`,
    name: `${method === 'PUT' ? 'update' : 'change'}${collection.one}`,
    summary: `Starts or stops ${collection.words}, or updates it from an archive`,
    lifecycle: collection.lifecycle,
    commands: [
      'service.start',
      'service.stop',
      'service.update',
      ...(method === 'POST' ? ['service.deploy'] : []),
    ],
    params: t.type({ name: t.string }),
    // An invoke goes to the provider, and only there is known what it does.
    rehearsable: (request) => !(collection.kind === 'service' && looksLikeInvoke(request)),
    body: {
      kind: 'bytes',
      codec: t.unknown,
      limit: Math.max(site.settings.maxArchiveBytes, site.settings.maxInvokeBytes),
    },
    sight: (request) => sightOfItem(request, site, collection),
    prepare: (request) => prepareItem(request, site, collection),
    ref: ({ params }) => refOf(collection.kind, params.name),
    submit: (request, state) =>
      E.mapLeft((reply: Reply) => saidOf(site, collection, request, state, reply))(
        submitItem(request, state, site, collection),
      ),
    settleMs: settleMsOf(site.settings),
    reply: (request, settled) => {
      const { prepared } = request
      if (prepared.change === 'service.update') {
        tidy(prepared.deployment, settled, site)
        rewriteFile(prepared.deployment, settled, site)
      }
      const reply = replyOfItem(request, settled, site, collection)
      return saidOf(site, collection, request, settled.before, reply)
    },
    refuse: (request, failure) => {
      const { prepared } = request
      if (prepared.change === 'service.update')
        settleBasePaths(prepared.deployment.definition, undefined, site)
      return saidOf(site, collection, request, undefined, refuseReply(request, failure, site))
    },
  })

/** @see https://www.ibm.com/docs/SS4SVW_3.0.0/administering/deploy_service.html */
const remove = (site: Site, collection: Collection): Route =>
  command<Item>({
    method: 'DELETE',
    path: `${collection.path}/:name`,
    name: `delete${collection.one}`,
    summary: `Deletes ${collection.words} that is stopped`,
    lifecycle: collection.lifecycle,
    commands: ['service.delete'],
    params: t.type({ name: t.string }),
    sight: (request) => sightOfItem(request, site, collection),
    prepare: async (request) => E.map(() => undefined)(askedOfItem(collection.kind, request, 0)),
    ref: ({ params }) => refOf(collection.kind, params.name),
    submit: (request, state) => {
      const named = namedIn(collection, request.params.name)
      const asked =
        state === undefined
          ? E.left(absentReply(request, named, site))
          : submitChange(named, 'service.delete', state, site)
      return E.mapLeft((reply: Reply) => saidOfDelete(site, collection, request, reply))(asked)
    },
    settleMs: settleMsOf(site.settings),
    reply: (request, settled) => {
      tidyDeleted(settled, site)
      const reply = deletedReply(namedIn(collection, request.params.name), settled, site)
      return saidOfDelete(site, collection, request, reply)
    },
    refuse: (request, failure) =>
      saidOfDelete(site, collection, request, refuseReply(request, failure, site)),
  })

const sightOfItem = async (
  request: Incoming & { readonly principal: Principal; readonly params: Item },
  site: Site,
  collection: Collection,
): Promise<E.Either<Reply, undefined>> => {
  const { name } = request.params
  const named = namedIn(collection, name)
  const invokes =
    collection.kind === 'service' && request.method !== 'DELETE' && looksLikeInvoke(request)
  const wanted = invokes ? CALLERS : WRITERS
  if (!mayOn(site.settings.authorization, request.principal, wanted, named))
    return E.left(errorReply('forbidden', {}))
  if (!Name.is(name)) return E.left(absentReply(request, named, site))
  const found = await site.services.load(collection.lifecycle, refOf(collection.kind, name))()
  if (E.isLeft(found)) return E.left(refuseReply(request, found.left, site))
  return found.right !== undefined || mayBringIn(request, collection)
    ? E.right(undefined)
    : E.left(absentReply(request, named, site))
}

// Whether a body, if there is one, could be the archive of what is not installed.
const mayBringIn = (request: Incoming, { kind }: Collection): boolean => {
  const asked = askedOfItem(kind, request, 1)
  return (
    request.located['joined'] === undefined &&
    E.isRight(asked) &&
    asked.right.verb === 'deployOrUpdate'
  )
}

const prepareItem = async (
  request: Decoded<Item, undefined, unknown, undefined, undefined>,
  site: Site,
  collection: Collection,
): Promise<E.Either<Reply, Prepared>> => {
  const asked = askedOfItem(collection.kind, request, request.bytes.length)
  if (E.isLeft(asked)) return asked
  switch (asked.right.verb) {
    // An invoke changes nothing of the service: its reply ends the request here.
    case 'invoke':
      return E.left(await invokeService(request, site))
    case 'update':
    case 'deployOrUpdate': {
      if (request.bytes.length > site.settings.maxArchiveBytes)
        return E.left(errorReply('too-large', {}))
      const mayDeploy =
        asked.right.verb === 'deployOrUpdate' && request.located['joined'] === undefined
      return E.map((deployment: Deployment): Prepared => ({
        change: 'service.update',
        deployment,
        mayDeploy,
      }))(await deploymentOf(request, asked.right.desired, site, collection))
    }
    case 'stop':
      return E.right({ change: 'service.stop' })
    default:
      return E.right({ change: 'service.start' })
  }
}

const deploymentOf = async (
  request: Incoming & { readonly bytes: Uint8Array },
  desired: DesiredStatus,
  site: Site,
  { kind }: Collection,
): Promise<E.Either<Reply, Deployment>> => {
  const { bytes } = request
  const read = await site.readArchive(kind, bytes, site.newId())
  if (E.isLeft(read)) return E.left(errorReply('archive-invalid', {}, { details: read.left }))
  const prepared = await prepareDeployment({ definition: read.right, desired, bytes }, site)
  return E.mapLeft((failure: Failure) => refuseReply(request, failure, site))(prepared)
}

const submitItem = (
  request: ItemRequest,
  state: State | undefined,
  site: Site,
  collection: Collection,
): E.Either<Reply, Submission> => {
  const { prepared } = request
  const named = namedIn(collection, request.params.name)
  if (prepared.change !== 'service.update')
    return state === undefined
      ? E.left(absentReply(request, named, site))
      : submitChange(named, prepared.change, state, site)
  const { deployment, mayDeploy } = prepared
  if (state !== undefined) return submitUpdate(named, deployment, state, site)
  if (!mayDeploy) return E.left(absentReply(request, named, site))
  return deployment.definition.name === named.name
    ? submitDeploy(deployment, state, site)
    : E.left(errorReply('name-mismatch', { name: named.name, found: deployment.definition.name }))
}

const replyOfItem = (
  request: ItemRequest,
  settled: Settled,
  site: Site,
  collection: Collection,
): Reply => {
  if (request.prepared.change !== 'service.update')
    return changedReply(request, namedIn(collection, request.params.name), settled, site)
  return settled.before === undefined
    ? deployedReply(request, settled, site)
    : updatedReply(request, settled, site)
}

const refuseDeploy = (request: Incoming, failure: Failure, site: Site): Reply => {
  const reply = refuseReply(request, failure, site)
  return reply.status === 503 ? errorReply('internal-error', {}) : reply
}

const saidOfDeploy = (
  site: Site,
  { principal, prepared }: { readonly principal: Principal; readonly prepared: Deployment },
  reply: Reply,
): Reply => {
  const { kind, name } = prepared.definition
  return told(site, { principal, change: 'service.deploy', kind, name, reply })
}

const saidOf = (
  site: Site,
  { kind }: Collection,
  { principal, params: { name }, prepared }: ItemRequest,
  before: State | undefined,
  reply: Reply,
): Reply => {
  const brings = prepared.change === 'service.update' && prepared.mayDeploy && before === undefined
  const changed = brings ? 'service.deploy' : prepared.change
  return told(site, { principal, change: changed, kind, name, reply })
}

const saidOfDelete = (
  site: Site,
  { kind }: Collection,
  { principal, params: { name } }: { readonly principal: Principal; readonly params: Item },
  reply: Reply,
): Reply => told(site, { principal, change: 'service.delete', kind, name, reply })
