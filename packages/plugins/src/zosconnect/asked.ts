import { dispatch, dispatchCollection } from '@signalbox/core/zosconnect'
import type { BadRequest, CollectionVerb, DesiredStatus } from '@signalbox/core/zosconnect'
import type { Incoming, Reply } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import { errorReply, methodReply } from './answers.ts'

/** What can be asked of one service here. */
export type Asked =
  | { readonly verb: 'details' | 'status' | 'requestSchema' | 'responseSchema' }
  | { readonly verb: 'start' | 'stop' | 'delete' }
  | { readonly verb: 'update' | 'deployOrUpdate'; readonly desired: DesiredStatus }

type Asking = Pick<Incoming, 'method' | 'url' | 'headers'>

/** Says what a request asks of one service, given the size of its body; a left is the reply. */
export const askedOfService = (request: Asking, bodyLength: number): E.Either<Reply, Asked> => {
  const dispatched = dispatch(readable(request, bodyLength))
  const actions = request.url.searchParams.getAll('action')
  if (E.isLeft(dispatched))
    return E.left(
      dispatched.left.code === 'method-not-allowed' &&
        actions.some((name) => UNSERVED.includes(name))
        ? errorReply('unknown-action', {})
        : badReply(dispatched.left),
    )
  const asked = dispatched.right
  switch (asked.verb) {
    // Neither is served: by its action it is an unknown one, by its body it is of the wrong type.
    case 'invoke':
    case 'statistics':
      return E.left(
        errorReply(actions.length > 0 ? 'unknown-action' : 'unsupported-media-type', {}),
      )
    case 'update':
    case 'deployOrUpdate':
      return isEncoded(request) ? E.left(errorReply('unsupported-media-type', {})) : E.right(asked)
    default:
      return E.right({ verb: asked.verb })
  }
}

/** Says what a request asks of the collection, given the size of its body; a left is the reply. */
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

// -- internals

const UNSERVED: ReadonlyArray<string> = ['invoke', 'getStatistics']

const readable = ({ method, url, headers }: Asking, bodyLength: number) => ({
  method,
  query: [...url.searchParams],
  contentType: headers.get('content-type') ?? undefined,
  bodyLength,
})

const isEncoded = ({ headers }: Asking): boolean => headers.has('content-encoding')

const badReply = (bad: BadRequest): Reply =>
  bad.code === 'method-not-allowed' ? methodReply(bad.allow) : errorReply(bad.code, {})
