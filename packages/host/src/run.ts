import * as E from 'fp-ts/lib/Either.js'
import type { AnyDecoded, ErasedRoute } from './erased.ts'
import type { Failure } from './failure.ts'
import { actorOf } from './principal.ts'
import type { Reply } from './reply.ts'
import { listStates, send } from './services.ts'
import type { ServicesOptions } from './services.ts'

/** The last stage but one: does what the route is for. `refuse` has the plugin's words for a failure. */
export const runRoute = (
  route: ErasedRoute,
  request: AnyDecoded,
  host: ServicesOptions,
  refuse: (failure: Failure) => Reply,
): Promise<Reply> => {
  switch (route.kind) {
    case 'command':
      return runCommand(route, request, host, refuse)
    case 'read':
      return runRead(route, request, host, refuse)
    case 'list':
      return runList(route, request, host, refuse)
    case 'handle':
      return route.handle(request)
  }
}

// -- internals

type Of<Kind extends ErasedRoute['kind']> = Extract<ErasedRoute, { readonly kind: Kind }>

// What one attempt finds out spares the next one its mistake, so that few are enough.
const MOST_ATTEMPTS = 8

const runCommand = async (
  route: Of<'command'>,
  first: AnyDecoded,
  host: ServicesOptions,
  refuse: (failure: Failure) => Reply,
): Promise<Reply> => {
  let request = first
  for (let attempt = 1; ; attempt += 1) {
    const sent = await sendCommand(route, request, host)
    if (E.isRight(sent)) return route.reply(request, sent.right)
    if (sent.left._tag === 'Refused') return sent.left.refused
    const again = attempt < MOST_ATTEMPTS && route.repeat?.(request, sent.left) === true
    if (!again) return route.refuse?.(request, sent.left) ?? refuse(sent.left)
    const prepared = await route.prepare?.(request)
    if (prepared !== undefined && E.isLeft(prepared)) return prepared.left
    request = { ...request, prepared: prepared?.right }
  }
}

const sendCommand = (
  route: Of<'command'>,
  request: AnyDecoded,
  host: ServicesOptions,
): ReturnType<typeof send<Reply>> =>
  send(
    host,
    route.lifecycle,
    route.ref(request),
    {
      actor: actorOf(request.principal),
      request: request.id,
      rule: (state) => {
        const asked = route.submit(request, state)
        if (E.isRight(asked))
          for (const { type } of asked.right.events)
            if (!route.commands.includes(type))
              throw new Error(`route "${route.name}" does not declare the command "${type}"`)
        return asked
      },
    },
    route.settleMs,
  )

const runRead = async (
  route: Of<'read'>,
  request: AnyDecoded,
  { loop }: ServicesOptions,
  refuse: (failure: Failure) => Reply,
): Promise<Reply> => {
  const ref = route.ref(request)
  const found = await loop.present(route.lifecycle, ref)
  if (E.isRight(found) && found.right !== undefined && !found.right.done)
    return route.reply(request, found.right)
  const failure: Failure = E.isLeft(found) ? found.left : { _tag: 'NotFound', ref }
  return route.refuse?.(request, failure) ?? refuse(failure)
}

const runList = async (
  route: Of<'list'>,
  request: AnyDecoded,
  host: ServicesOptions,
  refuse: (failure: Failure) => Reply,
): Promise<Reply> => {
  const query = route.list(request)
  if (E.isLeft(query)) return query.left
  const page = await listStates(route.lifecycle, query.right, host)
  return E.isLeft(page) ? refuse(page.left) : route.reply(request, page.right)
}
