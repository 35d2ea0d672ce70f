import type { Credentials, Incoming, Principal, Reply } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import { unauthorized } from './answers.ts'

/** Says who calls by the `Authorization` header, or answers 401. */
export const admitBy =
  (credentials: Credentials) =>
  async (request: Incoming): Promise<E.Either<Reply, Principal>> => {
    const header = request.headers.get('authorization')?.trim() ?? ''
    if (header === '')
      return E.left(
        unauthorized(request, 'not_authenticated', 'Authentication credentials were not provided.'),
      )
    const key = KEY.exec(header)
    const id = key?.[1]
    const secret = key?.[2]
    if (id === undefined || secret === undefined)
      return E.left(
        unauthorized(request, 'token_not_valid', 'Given token not valid for any token type'),
      )
    const principal = await credentials.byId(id, secret)
    return principal === undefined
      ? E.left(unauthorized(request, 'authentication_failed', `Bad token: ${id}`))
      : E.right(principal)
  }

// -- internals

// A permanent key: digits, the first `$` or `_`, and the secret.
const KEY = /^apikey +(\d+)[$_](.+)$/i
