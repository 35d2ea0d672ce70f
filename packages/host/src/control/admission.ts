import * as E from 'fp-ts/lib/Either.js'
import type { Incoming } from '../incoming.ts'
import type { Credentials, Principal } from '../principal.ts'
import type { Reply } from '../reply.ts'
import { failureReply, trouble } from './problems.ts'
import { SIGNALBOX } from './role.ts'
import { isTokenText } from './tokens.ts'
import type { Tokens } from './tokens.ts'

/** A caller without a token: it may use what needs no role. */
export const NOBODY: Principal = { id: '', provider: SIGNALBOX, tenants: [], roles: [] }

/** Finds the principal of a bearer token, configured or made; whoever sends none is nobody. @see https://www.rfc-editor.org/rfc/rfc6750 */
export const admitBearer =
  (credentials: Credentials, tokens: Pick<Tokens, 'holder'>) =>
  async ({ headers }: Incoming): Promise<E.Either<Reply, Principal>> => {
    const given = headers.get('authorization')
    if (given === null) return E.right(NOBODY)
    const [, token] = BEARER.exec(given) ?? []
    if (token === undefined)
      return E.left(unauthenticated('The token must be given as Bearer.', 'invalid_request'))
    const found = isTokenText(token)
      ? await tokens.holder(token)
      : E.right(await credentials.bySecret(token))
    if (E.isLeft(found)) return E.left(failureReply(found.left))
    return found.right === undefined
      ? E.left(unauthenticated('Nobody has this token.', 'invalid_token'))
      : E.right(found.right)
  }

/** Asks for a token. */
export const unauthenticated = (detail: string, error?: string): Reply =>
  trouble('unauthenticated', detail, {
    headers: {
      'www-authenticate': `Bearer realm="signalbox"${error === undefined ? '' : `, error="${error}"`}`,
    },
  })

// -- internals

const BEARER = /^bearer +(\S.*)$/i
