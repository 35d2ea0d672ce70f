import { Canonical, canonicalOf, refusalEntry } from '@signalbox/core'
import type { Event, Lifecycle, Reason, State } from '@signalbox/core'
import { emptyCommit } from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import type { Failure } from '../failure.ts'
import type { GenericCommand, GenericRequest, Obstacle } from '../generic.ts'
import type { CommandRequest, Declined, Made } from '../loop.ts'
import { seesTenant } from '../principal.ts'
import type { Principal } from '../principal.ts'
import { json } from '../reply.ts'
import type { Reply } from '../reply.ts'
import type { Route } from '../route.ts'
import type { Submission } from '../route.ts'
import { conditionOf } from './conditions.ts'
import type { Condition } from './conditions.ts'
import { timestamp } from './fields.ts'
import { callerOf, commandOf, genericOf, payloadOf, ruleOf } from './generic.ts'
import { createIdempotency, keyOf } from './idempotency.ts'
import type { ReceiptMaker } from './idempotency.ts'
import { nativeRoutesOf } from './native.ts'
import { operationHref, operationOf } from './operations.ts'
import { prefersAsync } from './prefer.ts'
import { bodyErrors, failureReply, invalid, notAllowed, nothingHere, trouble } from './problems.ts'
import { control } from './route.ts'
import { etagOf, SERVICE, serviceHref, ServiceParams } from './services.ts'
import { findProvider, presentState } from './site.ts'
import type { Serving, Site } from './site.ts'

/** The route by which every command of every provider is sent. */
export const commandRoutes = (site: Site): ReadonlyArray<Route> => {
  const idempotency = createIdempotency(site)
  return [
    control('operator', {
      method: 'POST',
      path: `${SERVICE}/commands`,
      name: 'sendCommand',
      summary: 'Sends a command to a service: 200 when all is done, 202 when work goes on',
      params: ServiceParams,
      body: { kind: 'json', codec: CommandBody, mediaTypes: ['application/json'] },
      responses: { 200: CommandReply, 202: CommandReply },
      handle: async ({ id, headers, principal, params, body }) => {
        const condition = conditionOf(headers)
        if (E.isLeft(condition)) return condition.left
        const key = keyOf(headers)
        if (E.isLeft(key)) return key.left
        const respondAsync = prefersAsync(headers)
        // A key is for who may see the service; that there is one may have changed by its first use.
        const seen = findProvider(site, principal, params.provider)
        if (E.isLeft(seen)) return seen.left
        const said = { ref: params, body, if: headers.get('if-match') }
        return idempotency.once({ caller: principal.id, key: key.right, said }, (receipt) =>
          sendCommand(
            site,
            { principal, ref: params, event: body, id },
            { condition: condition.right, respondAsync, receipt },
          ),
        )
      },
    }),
  ]
}

/** What a caller sends: the type of the command and, beside it, its payload. */
export const CommandBody = t.intersection([t.type({ type: t.string }), t.UnknownRecord], 'Command')

/** Sends a command to a service that its caller may see, and answers what becomes of it. */
export const sendCommand = async (
  site: Site,
  call: Call,
  {
    condition = () => undefined,
    respondAsync = false,
    receipt,
  }: {
    readonly condition?: Condition
    readonly respondAsync?: boolean
    readonly receipt: ReceiptMaker | undefined
  },
): Promise<Reply> => {
  const provider = findProvider(site, call.principal, call.ref.provider)
  if (E.isLeft(provider)) return provider.left
  const order = await orderOf(site, provider.right, call)
  return E.isLeft(order)
    ? order.left
    : send(site, { ...order.right, condition }, respondAsync, receipt)
}

// -- internals

const Operation = t.strict({ id: t.string, href: t.string }, 'OperationLink')

const CommandReply = t.strict(
  {
    provider: t.string,
    tenant: t.string,
    id: t.string,
    status: t.string,
    canonical: Canonical,
    revision: t.number,
    changedAt: t.string,
    href: t.string,
    operation: t.union([Operation, t.null]),
  },
  'CommandReply',
)
type CommandReply = t.TypeOf<typeof CommandReply>

/** Who sends what to whom; `id` is the request's. */
interface Call {
  readonly principal: Principal
  readonly ref: GenericRequest['ref']
  readonly event: Event
  readonly id: string
}

/** A command that is about to be sent. */
interface Order {
  readonly lifecycle: Lifecycle
  readonly command: GenericCommand
  readonly request: GenericRequest
}

type Asked = Order & { readonly condition: Condition }

const orderOf = async (
  site: Site,
  { mounted }: Serving,
  { principal, ref, event, id }: Call,
): Promise<E.Either<Reply, Order>> => {
  if (!seesTenant(principal, ref.tenant)) return E.left(nothingHere())
  const present = await presentState(site, mounted.lifecycles, ref)
  if (E.isLeft(present)) return E.left(failureReply(present.left))
  const { type } = event
  const there = present.right !== undefined && !present.right.state.done
  const lifecycle = there
    ? present.right.lifecycle
    : mounted.lifecycles.find(({ creation }) => creation === type)
  if (lifecycle === undefined) return E.left(nothingHere())
  const types = Object.keys(lifecycle.commands)
  if (!types.includes(type))
    return E.left(invalid([{ pointer: '/type', rule: `one of ${types.join(', ')} expected` }]))
  const generic = genericOf(mounted, lifecycle)
  const command = commandOf(generic, type)
  if (command === undefined) {
    const native = nativeRoutesOf(mounted, lifecycle, type, ref)
    return E.left(
      trouble('native-only', `"${type}" is sent by the provider's own routes only.`, {
        members: { native },
      }),
    )
  }
  const decoded = payloadOf(generic, type)?.decode(event)
  if (decoded !== undefined && E.isLeft(decoded)) return E.left(invalid(bodyErrors(decoded.left)))
  const payload = decoded === undefined ? event : { ...(decoded.right as Event), type }
  const actor = callerOf(principal, generic)
  return E.right({ lifecycle, command, request: { ref, event: payload, principal, actor, id } })
}

type Refused = Failure | Declined<Refusal>

type Refusal =
  | { readonly _tag: 'Unmet'; readonly reply: Reply }
  | { readonly _tag: 'Obstacle'; readonly obstacle: Obstacle; readonly state: State | undefined }

const commandRequestOf = async ({
  command,
  request,
  condition,
}: Asked): Promise<E.Either<Obstacle, CommandRequest<Refusal>>> => {
  const rule = await ruleOf(command, request)
  if (E.isLeft(rule)) return rule
  return E.right({
    actor: request.actor,
    request: request.id,
    rule: (state): E.Either<Refusal, Submission> => {
      const unmet = condition(state)
      if (unmet !== undefined) return E.left({ _tag: 'Unmet', reply: unmet })
      return E.mapLeft((obstacle: Obstacle): Refusal => ({ _tag: 'Obstacle', obstacle, state }))(
        rule.right(state),
      )
    },
  })
}

// What one attempt finds out spares the next one its mistake, so that few are enough.
const MOST_ATTEMPTS = 8

const attempt = async <A>(
  site: Site,
  asked: Asked,
  work: (request: CommandRequest<Refusal>) => Promise<E.Either<Refused, A>>,
): Promise<E.Either<Reply, A>> => {
  const { type } = asked.request.event
  for (let tried = 1; ; tried += 1) {
    const request = await commandRequestOf(asked)
    if (E.isLeft(request)) return E.left(obstacleReply(request.left, type, undefined))
    const done = await work(request.right)
    if (E.isRight(done)) return done
    const { left } = done
    if (left._tag === 'Refused') {
      if (left.refused._tag === 'Unmet') return E.left(left.refused.reply)
      const { obstacle, state } = left.refused
      if (obstacle._tag === 'Against' && state !== undefined)
        await keepRefusal(site, asked, state, obstacle.reasons)
      return E.left(obstacleReply(obstacle, type, state))
    }
    if (tried >= MOST_ATTEMPTS || asked.command.repeat?.(left) !== true)
      return E.left(failureReply(left))
  }
}

// What a provider refuses beforehand is kept as what a guard refuses is.
const keepRefusal = async (
  { committer, clock, newId, log }: Site,
  { request: { ref, event, actor, id: request } }: Asked,
  state: State,
  reasons: ReadonlyArray<Reason>,
): Promise<void> => {
  const { status } = state
  const command = {
    _tag: 'Command',
    ref,
    id: newId(),
    at: clock.now(),
    actor,
    event,
    request,
  } as const
  const refused = { _tag: 'IllegalMove', status, command: event.type, reasons } as const
  const journal = [refusalEntry(state, command, refused)]
  const stored = await committer.commit({ ...emptyCommit, journal })
  if (E.isLeft(stored)) log('error', 'journal.missed', { failure: stored.left._tag })
}

const send = async (
  site: Site,
  asked: Asked,
  respondAsync: boolean,
  receipt: ReceiptMaker | undefined,
): Promise<Reply> => {
  let reply: Reply | undefined
  const sent = await attempt(site, asked, (request) =>
    site.loop.submit(asked.lifecycle, asked.request.ref, {
      ...request,
      receipt:
        receipt &&
        ((made) => {
          reply = replyOf(asked.lifecycle, made, respondAsync)
          return receipt(reply)
        }),
    }),
  )
  return E.isLeft(sent) ? sent.left : (reply ?? replyOf(asked.lifecycle, sent.right, respondAsync))
}

const replyOf = (lifecycle: Lifecycle, made: Made, respondAsync: boolean): Reply => {
  const { after } = made
  const operation = operationOf(made)
  const view: CommandReply = {
    ...after.ref,
    status: after.status,
    canonical: canonicalOf(lifecycle, after),
    revision: after.revision,
    changedAt: timestamp(after.changedAt),
    href: serviceHref(after),
    operation: operation === undefined ? null : { id: operation, href: operationHref(operation) },
  }
  return json(operation === undefined ? 200 : 202, view, {
    etag: etagOf(after),
    ...(operation !== undefined && { location: operationHref(operation) }),
    ...(respondAsync && { 'preference-applied': 'respond-async' }),
  })
}

const obstacleReply = (obstacle: Obstacle, type: string, state: State | undefined): Reply => {
  switch (obstacle._tag) {
    case 'Invalid':
      return invalid(obstacle.errors)
    case 'Against':
      return notAllowed(state?.status ?? null, type, obstacle.reasons)
    case 'Failed':
      return failureReply(obstacle.failure)
  }
}
