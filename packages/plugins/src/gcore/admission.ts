import type { Credentials, Failure, Incoming, Principal, Reply } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import { anonymous } from './anonymous.ts'
import { refuse, throttled, unauthorized } from './answers.ts'
import { clientUser, groups, withKey } from './caller.ts'
import type { Directory } from './directory.ts'
import type { Keys } from './keys.ts'
import type { RateLimit } from './rate.ts'
import type { Sessions } from './sessions.ts'
import type { Trail } from './trail.ts'

/** What callers are known by. */
export interface AdmissionParts {
  readonly credentials: Credentials
  readonly keys: Keys
  readonly sessions: Sessions
  readonly directory: Directory
  readonly trail: Trail
  readonly rateLimit: RateLimit | undefined
  /** Whether the scheme `Token` is taken too. */
  readonly legacy: boolean
}

/** The paths that nobody needs to be known for. */
const openPaths: ReadonlySet<string> = new Set([
  '/iam/auth/jwt/login',
  '/iam/auth/jwt/refresh',
  '/auth/signin',
])

/** Says who calls by the `Authorization` header, or answers 401; answers 429 to one who calls too often. */
export const admitBy =
  (parts: AdmissionParts) =>
  async (request: Incoming): Promise<E.Either<Reply, Principal>> => {
    const { rateLimit, trail } = parts
    if (openPaths.has(request.path)) return E.right(anonymous)
    const known = await knownBy(parts, request)
    if (E.isLeft(known)) return known
    const { principal, credential } = known.right
    if (rateLimit === undefined || rateLimit.count(request, credential)) return E.right(principal)
    const reply = throttled(request, 1)
    await trail.turnedAway({ ...request, principal }, reply.status)
    return E.left(reply)
  }

/** The principal of a user: the configuration's own, or one of a client's. */
export const principalOf = async (
  { credentials, directory }: Pick<AdmissionParts, 'credentials' | 'directory'>,
  userId: number,
): Promise<E.Either<Failure, Principal | undefined>> => {
  const own = credentials.all.find(({ id }) => id === String(userId))
  if (own !== undefined) return E.right(own)
  const member = await directory.user(userId)()
  if (E.isLeft(member)) return member
  return E.right(member.right && clientUser(userId, member.right.account.id))
}

// -- internals

interface Known {
  readonly principal: Principal
  /** What requests are counted by. */
  readonly credential: string
}

type Knowing = Promise<E.Either<Reply, Known>>

const knownBy = (parts: AdmissionParts, request: Incoming): Knowing => {
  const header = request.headers.get('authorization')?.trim() ?? ''
  if (header === '')
    return refused(request, 'not_authenticated', 'Authentication credentials were not provided.')
  const [, scheme = '', credential = ''] = /^(\S+) +(.+)$/.exec(header) ?? []
  switch (scheme.toLowerCase()) {
    case 'apikey':
      return byKey(parts, request, credential)
    case 'bearer':
      return bySession(parts, request, credential)
    case 'token':
      return parts.legacy ? bySession(parts, request, credential) : unknown(request)
    default:
      return unknown(request)
  }
}

const byKey = async (parts: AdmissionParts, request: Incoming, credential: string): Knowing => {
  // Digits, the first `$` or `_`, and the secret.
  const [, id, secret] = /^(\d+)[$_](.+)$/.exec(credential) ?? []
  if (id === undefined || secret === undefined) return unknown(request)
  const bad = (): Knowing => refused(request, 'authentication_failed', `Bad token: ${id}`)
  const own = await parts.credentials.byId(id, secret)
  if (own !== undefined) return E.right({ principal: own, credential: `key ${id}` })
  if (!/^\d{1,15}$/.test(id)) return bad()
  const found = await parts.keys.find(Number(id))
  if (E.isLeft(found)) return E.left(refuse(request, found.left))
  const held = found.right
  if (held === undefined || !(await parts.keys.opens(held.record, secret))) return bad()
  const { issuer, role } = held.record
  const principal = await principalOf(parts, issuer)
  if (E.isLeft(principal)) return E.left(refuse(request, principal.left))
  if (principal.right === undefined || !parts.keys.isLive(held.record))
    return refused(request, 'token_not_valid', 'Token is invalid or expired')
  const used = await parts.keys.use(held)
  if (E.isLeft(used)) return E.left(refuse(request, used.left))
  const group = groups.find((one) => one.id === role) ?? groups[0]
  return E.right({
    principal: withKey(principal.right, held.record.id, group),
    credential: `key ${id}`,
  })
}

const bySession = async (parts: AdmissionParts, request: Incoming, token: string): Knowing => {
  const claims = await parts.sessions.read(token, 'access')
  if (claims === undefined) return unknown(request)
  const principal = await principalOf(parts, claims.user_id)
  if (E.isLeft(principal)) return E.left(refuse(request, principal.left))
  return principal.right === undefined
    ? unknown(request)
    : E.right({ principal: principal.right, credential: `session ${claims.user_id}` })
}

const unknown = (request: Incoming): Knowing =>
  refused(request, 'token_not_valid', 'Given token not valid for any token type')

const refused = async (
  request: Incoming,
  exceptionClass: Parameters<typeof unauthorized>[1],
  message: string,
): Knowing => E.left(unauthorized(request, exceptionClass, message))
