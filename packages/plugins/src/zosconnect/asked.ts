import { dispatch, dispatchCollection } from '@signalbox/core/zosconnect'
import type { BadRequest, CollectionVerb, Kind, Verb } from '@signalbox/core/zosconnect'
import type { Incoming, Reply } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import { errorReply, methodReply } from './answers.ts'

type Asking = Pick<Incoming, 'method' | 'url' | 'headers'>

/** Says what a request asks of one service, API or API requester, given the size of its body; a left is the reply. */
export const askedOfItem = (
  kind: Kind,
  request: Asking,
  bodyLength: number,
): E.Either<Reply, Verb> => {
  const dispatched = dispatch({ ...readable(request, bodyLength), kind })
  if (E.isLeft(dispatched)) return E.left(badReply(dispatched.left))
  return bodyLength > 0 && READ.includes(dispatched.right.verb) && isEncoded(request)
    ? E.left(errorReply('unsupported-media-type', {}))
    : dispatched
}

/** Says what a request asks of a collection, given the size of its body; a left is the reply. */
export const askedOfCollection = (
  request: Asking,
  bodyLength: number,
): E.Either<Reply, CollectionVerb> => {
  const dispatched = dispatchCollection(readable(request, bodyLength))
  if (E.isLeft(dispatched)) return E.left(badReply(dispatched.left))
  return dispatched.right.verb === 'deploy' && isEncoded(request)
    ? E.left(errorReply('unsupported-media-type', {}))
    : dispatched
}

/** Tells whether a request to a service can be meant as an invoke, whatever is wrong with it. */
export const looksLikeInvoke = (request: Asking): boolean => {
  const { searchParams } = request.url
  if (searchParams.get('action') === 'invoke') return true
  const asked = askedOfItem('service', request, 1)
  return E.isRight(asked) && asked.right.verb === 'invoke'
}

// -- internals

// The verbs that read the body.
const READ: ReadonlyArray<Verb['verb']> = ['update', 'deployOrUpdate', 'invoke']

const readable = ({ method, url, headers }: Asking, bodyLength: number) => ({
  method,
  query: [...url.searchParams],
  contentType: headers.get('content-type') ?? undefined,
  bodyLength,
})

const isEncoded = ({ headers }: Asking): boolean => headers.has('content-encoding')

const badReply = (bad: BadRequest): Reply =>
  bad.code === 'method-not-allowed' ? methodReply(bad.allow) : errorReply(bad.code, {})
