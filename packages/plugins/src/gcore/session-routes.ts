import { formatInstant } from '@signalbox/core/gcore'
import { handle } from '@signalbox/host'
import type { Incoming, Reply, Route } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import { principalOf } from './admission.ts'
import { fieldErrors, ok, refuse, throttled, unauthorized } from './answers.ts'
import type { Attempts } from './attempts.ts'
import { readLogin, readRefresh } from './bodies.ts'
import { checkNobody, checkPassword } from './passwords.ts'
import { jsonBody } from './paths.ts'
import type { RouteParts } from './parts.ts'
import { ACCESS_MS } from './sessions.ts'
import type { Session } from './sessions.ts'
import type { Credentials } from '@signalbox/host'
import { Login, Refresh, SignedIn, TokenPair } from './wire.ts'

/** What sessions are opened with. */
export interface SessionParts extends RouteParts {
  readonly credentials: Credentials
  readonly attempts: Attempts
}

/**
 * Logging in and staying in.
 *
 * @see https://gcore.com/docs/api-reference/iam/authentication
 */
export const sessionRoutes = (parts: SessionParts): ReadonlyArray<Route> => [
  handle<undefined, undefined, unknown>({
    method: 'POST',
    path: '/iam/auth/jwt/login',
    name: 'session.open',
    summary: 'Log in',
    body: jsonBody(Login),
    rehearsable: false,
    responses: { 200: TokenPair },
    handle: (request) => logIn(parts, request, ok),
  }),
  handle<undefined, undefined, unknown>({
    method: 'POST',
    path: '/iam/auth/jwt/refresh',
    name: 'session.refresh',
    summary: 'Exchange a refresh token for a new pair',
    body: jsonBody(Refresh),
    rehearsable: false,
    responses: { 200: TokenPair },
    handle: (request) => refresh(parts, request),
  }),
]

/** Logging in as it was done before there were sessions. */
export const signInRoute = (parts: SessionParts): Route =>
  handle<undefined, undefined, unknown>({
    method: 'POST',
    path: '/auth/signin',
    name: 'legacy.session.open',
    summary: 'Sign in',
    body: jsonBody(Login),
    rehearsable: false,
    responses: { 200: SignedIn },
    handle: (request) =>
      logIn(parts, request, ({ access }) =>
        ok({ token: access, expire: formatInstant(parts.clock.now() + ACCESS_MS) }),
      ),
  })

// -- internals

const logIn = async (
  parts: SessionParts,
  request: Incoming & { readonly body: unknown },
  show: (session: Session) => Reply,
): Promise<Reply> => {
  const read = readLogin(request.body)
  if (E.isLeft(read)) return fieldErrors(request, read.left)
  const username = read.right.username.trim().toLowerCase()
  const tried = await parts.attempts.run(username, async () => {
    const session = await openFor(parts, username, read.right.password)
    return { failed: E.isRight(session) && session.right === undefined, value: session }
  })
  if ('waitSeconds' in tried) return throttled(request, tried.waitSeconds)
  if (E.isLeft(tried.value)) return refuse(request, tried.value.left)
  return tried.value.right === undefined
    ? fieldErrors(request, {
        errors: ['No active account found with the given credentials.'],
      })
    : show(tried.value.right)
}

const openFor = async (
  parts: SessionParts,
  username: string,
  password: string,
): Promise<E.Either<Parameters<typeof refuse>[1], Session | undefined>> => {
  const login = await loginOf(parts, username)
  if (E.isLeft(login)) return login
  const holds =
    login.right === undefined
      ? await checkNobody(password)
      : await checkPassword(password, login.right.password)
  if (!holds || login.right === undefined) return E.right(undefined)
  const principal = await principalOf(parts, login.right.user)
  if (E.isLeft(principal)) return principal
  if (principal.right === undefined) return E.right(undefined)
  const email = await parts.directory.emailOf(login.right.user)()
  if (E.isLeft(email)) return email
  return E.right(await parts.sessions.open(parts.directory.caller(principal.right), email.right))
}

interface Login {
  readonly user: number
  readonly password: string
}

const loginOf = async (
  { directory, settings, services }: SessionParts,
  username: string,
): Promise<E.Either<Parameters<typeof refuse>[1], Login | undefined>> => {
  for (const { userId } of directory.callers) {
    const user = settings.users?.[userId]
    if (user?.email?.toLowerCase() !== username || user.password === undefined) continue
    const { password } = user
    if (typeof password === 'string') return E.right({ user: userId, password })
    if ('scrypt' in password) return E.right({ user: userId, password: password.scrypt })
  }
  const address = await services.document('email', username)()
  if (E.isLeft(address)) return address
  const user = address.right?.body['user']
  if (typeof user !== 'number') return E.right(undefined)
  const stored = await services.document('password', String(user))()
  if (E.isLeft(stored)) return stored
  const password = stored.right?.body['scrypt']
  return E.right(typeof password === 'string' ? { user, password } : undefined)
}

const refresh = async (
  parts: SessionParts,
  request: Incoming & { readonly body: unknown },
): Promise<Reply> => {
  const read = readRefresh(request.body)
  if (E.isLeft(read)) return fieldErrors(request, read.left)
  const invalid = (): Reply =>
    unauthorized(request, 'token_not_valid', 'Token is invalid or expired')
  const claims = await parts.sessions.read(read.right.refresh, 'refresh')
  if (claims === undefined) return invalid()
  const principal = await principalOf(parts, claims.user_id)
  if (E.isLeft(principal)) return refuse(request, principal.left)
  if (principal.right === undefined) return invalid()
  const spent = await parts.sessions.spend(claims)
  if (E.isLeft(spent)) return refuse(request, spent.left)
  return spent.right
    ? ok(await parts.sessions.open(parts.directory.caller(principal.right), claims.email))
    : invalid()
}
