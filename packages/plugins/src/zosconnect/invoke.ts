import { parsePayload, refusalOfInvoke } from '@signalbox/core/zosconnect'
import type { JsonObject } from '@signalbox/core'
import { json } from '@signalbox/host'
import type { Incoming, Principal, Reply } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import { errorReply, providerReply } from './answers.ts'
import { idOf, refOf, SERVICES } from './collections.ts'
import { DEEPEST, isDeeper } from './deeper.ts'
import type { Instance, InvokeEnding } from './instances.ts'
import type { Invoked } from './spi.ts'
import { absentReply, refuseReply, standingOf } from './site.ts'
import type { Site } from './site.ts'

interface InvokeRequest extends Incoming {
  readonly principal: Principal
  readonly params: { readonly name: string }
  readonly bytes: Uint8Array
}

/** Hands a request to the provider of a service that is admitted, and answers what the provider replies. */
export const invokeService = async (request: InvokeRequest, site: Site): Promise<Reply> => {
  const { bytes, params } = request
  if (bytes.length > site.settings.maxInvokeBytes) return errorReply('too-large', {})
  const payload = payloadIn(bytes)
  if (E.isLeft(payload)) return errorReply('payload-invalid', { reason: payload.left })
  // It is in the gate before it is admitted, so that no stop takes the provider away in between.
  const instance = site.instances.find(refOf('service', params.name).id)
  const leave = instance?.gate.enter()
  try {
    const refused = await admit(request, instance, site)
    if (instance === undefined || refused !== undefined)
      return refused ?? errorReply('service-unknown', { name: params.name })
    const ended = await site.instances.invoke(instance, {
      ...(payload.right !== undefined && { payload: payload.right }),
      headers: headersIn(request.headers),
      ...(site.settings.requireAuth && {
        principal: { id: request.principal.id, roles: request.principal.roles },
      }),
      requestId: request.id,
    })
    return replyOf(ended)
  } finally {
    leave?.()
  }
}

// -- internals

const payloadIn = (bytes: Uint8Array): E.Either<string, JsonObject | undefined> => {
  if (bytes.length === 0) return E.right(undefined)
  const text = E.tryCatch(
    () => new TextDecoder('utf-8', { fatal: true }).decode(bytes),
    () => 'is not valid JSON',
  )
  return E.filterOrElse(
    (payload: JsonObject) => !isDeeper(payload, DEEPEST),
    () => `is nested more than ${DEEPEST} deep`,
  )(E.flatMap(text, parsePayload))
}

const admit = async (
  request: InvokeRequest,
  instance: Instance | undefined,
  site: Site,
): Promise<Reply | undefined> => {
  const { name } = request.params
  const found = await site.services.load(SERVICES.lifecycle, refOf('service', name))()
  if (E.isLeft(found)) return refuseReply(request, found.left, site)
  if (found.right === undefined) return absentReply(request, { kind: 'service', name }, site)
  const refused = refusalOfInvoke(standingOf(found.right))
  if (refused !== undefined) return errorReply(refused, { name })
  return instance !== undefined && site.isResumed(idOf(instance.definition))
    ? undefined
    : errorReply('service-unknown', { name })
}

// Who calls has been found out, and the provider needs no secret of the caller for it.
const CREDENTIALS: ReadonlyArray<string> = ['authorization', 'cookie', 'proxy-authorization']

const headersIn = (headers: Headers): Readonly<Record<string, string>> =>
  Object.fromEntries([...headers].filter(([name]) => !CREDENTIALS.includes(name)))

const replyOf = (ended: InvokeEnding): Reply => {
  switch (ended._tag) {
    case 'Replied':
      return repliedBy(ended.invoked)
    case 'TimedOut':
      return errorReply('timed-out', { ms: ended.ms })
    case 'Broken':
      return errorReply('internal-error', {})
    case 'Failed': {
      const { code, message, body } = ended.failure
      return body === undefined ? providerReply(code, message) : json(code, body)
    }
  }
}

// How a reply is framed is the host's, and its body is JSON.
const FRAMING: ReadonlyArray<string> = [
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]

const repliedBy = (invoked: Invoked): Reply => {
  const reply = E.tryCatch(
    () => {
      const { status = 200, body, headers = {} } = invoked
      if (!Number.isInteger(status) || status < 200 || status > 599) throw new Error('no status')
      const own = [...new Headers(headers)].filter(([name]) => !FRAMING.includes(name))
      return json(status, body, Object.fromEntries(own))
    },
    () => errorReply('internal-error', {}),
  )
  return E.toUnion(reply)
}
