import {
  ClientService,
  commandFor,
  contextOf,
  judgeWrite,
  PatchService,
  PutService,
  readWrite,
  renderService,
} from '@signalbox/core/gcore'
import type { FieldErrors, ServiceWrite } from '@signalbox/core/gcore'
import { actorOf, command, list, read } from '@signalbox/host'
import type { Route } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { told } from './activity.ts'
import { fieldErrors, forbidden, notFound, ok, refuse } from './answers.ts'
import { offeredTo } from './availability.ts'
import { mayWrite } from './caller.ts'
import { renderServices } from './client.ts'
import { ClientPath, id, jsonBody, refOf, ServicePath } from './paths.ts'
import { sightOf } from './parts.ts'
import type { Mount, RouteParts, RoutesAt, Sighted } from './parts.ts'
import { PROVIDER } from './provider.ts'
import type { Line } from './trail.ts'
import { ClientServices } from './wire.ts'

/**
 * The services of a client.
 *
 * @see https://gcore.com/docs/api-reference/iam-resellers/services
 */
export const serviceRoutes: RoutesAt = (parts, at) => [
  serviceList(parts, at),
  serviceRead(parts, at),
  serviceWrite(parts, at, 'PUT'),
  serviceWrite(parts, at, 'PATCH'),
]

// -- internals

const SERVICES = `/clients/${id('clientId')}/services`
const SERVICE = `${SERVICES}/${id('serviceId')}`

const serviceList = (parts: RouteParts, { base, prefix }: Mount): Route =>
  list<ClientPath, undefined, undefined, Sighted>({
    method: 'GET',
    path: `${base}${SERVICES}`,
    name: `${prefix}service.list`,
    summary: 'List the services of a client',
    responses: { 200: ClientServices },
    params: ClientPath,
    sight: sightOf(parts),
    lifecycle: parts.lifecycle,
    list: ({ params }) =>
      E.right({ provider: PROVIDER, tenant: String(params.clientId), limit: 100 }),
    reply: (_request, { items }) => ok(renderServices(parts.settings, items)),
  })

const serviceRead = (parts: RouteParts, { base, prefix }: Mount): Route =>
  read<ServicePath, undefined, undefined, Sighted>({
    method: 'GET',
    path: `${base}${SERVICE}`,
    name: `${prefix}service.get`,
    summary: 'Show a service of a client',
    responses: { 200: ClientService },
    params: ServicePath,
    sight: sightOf(parts),
    lifecycle: parts.lifecycle,
    ref: ({ params }) => refOf(params),
    reply: (_request, state) => ok(renderService(parts.settings, state)),
  })

interface Prepared {
  readonly line: Line
  /** The products that are available to the client now; the ledger sees to it that they still are when it counts. */
  readonly offered: ReadonlyArray<string>
}

const serviceWrite = (
  parts: RouteParts,
  { base, prefix }: Mount,
  method: 'PUT' | 'PATCH',
): Route => {
  const { lifecycle, settings, services, directory, trail } = parts
  const sight = sightOf(parts)
  return command<ServicePath, undefined, unknown, Sighted, Prepared>({
    method,
    path: `${base}${SERVICE}`,
    name: `${prefix}${method === 'PUT' ? 'service.put' : 'service.patch'}`,
    summary:
      method === 'PUT'
        ? 'Request a status of a service, and write its options'
        : 'Change some members of a service',
    params: ServicePath,
    body: jsonBody(method === 'PUT' ? PutService : PatchService),
    responses: { 200: ClientService },
    // A service that is not there is answered before the caller's permission and the body are looked at.
    sight: async (request) => {
      const sighted = await sight(request)
      if (E.isLeft(sighted)) return sighted
      const present = await services.load(lifecycle, refOf(request.params))()
      if (E.isLeft(present)) return E.left(refuse(request, present.left))
      if (present.right === undefined) return E.left(notFound(request))
      return mayWrite(sighted.right.caller) ? sighted : E.left(forbidden(request))
    },
    prepare: async (request) => {
      const found = await directory.find(request.params.clientId)()
      if (E.isLeft(found)) return E.left(refuse(request, found.left))
      const client = found.right ?? request.sight.client
      const defaults = await directory.defaults(client.reseller)()
      if (E.isLeft(defaults)) return E.left(refuse(request, defaults.left))
      const line = await trail.begin(request)
      return E.isLeft(line)
        ? E.left(refuse(request, line.left))
        : E.right({ line: line.right, offered: offeredTo(client, defaults.right) })
    },
    repeat: (_request, { _tag }) => _tag === 'DocumentConflict',
    lifecycle,
    commands: [...Object.values(commandFor), 'service.configure'],
    ref: ({ params }) => refOf(params),
    submit: (request, state) => {
      if (state === undefined) return E.left(notFound(request))
      const { line, offered } = request.prepared
      return pipe(
        readWrite(settings, state, { method, body: request.body }),
        E.flatMap((write) =>
          judgeWrite(settings, state, {
            write,
            actor: actorOf(request.principal),
            available: offered.includes(contextOf(state).name),
          }),
        ),
        E.bimap(
          (errors) => fieldErrors(request, errors),
          (events) => ({
            events,
            documents: trail
              .records(request, line, { actions: 'service.update', status: 200 })
              .map((record) => ({ ...record, provider: PROVIDER })),
          }),
        ),
      )
    },
    reply: ({ body }, { before, state }) => {
      const reply = ok(
        renderService(settings, state),
        ignoredIn(readWrite(settings, before ?? state, { method, body })),
      )
      told.add(reply)
      return reply
    },
  })
}

const ignoredIn = (
  written: E.Either<FieldErrors, ServiceWrite>,
): Readonly<Record<string, string>> =>
  E.isRight(written) && written.right.ignored.length > 0
    ? { 'x-ignored': written.right.ignored.join(', ') }
    : {}
