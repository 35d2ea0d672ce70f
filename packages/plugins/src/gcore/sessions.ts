import type { Clock, Failure, Services } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { SignJWT } from 'jose/jwt/sign'
import { jwtVerify } from 'jose/jwt/verify'
import type { Caller } from './caller.ts'
import { toHex } from './passwords.ts'
import { userTypeOf } from './user.ts'

/** A pair of session tokens. */
export interface Session {
  readonly access: string
  readonly refresh: string
}

/** What a session token says. */
const Claims = t.readonly(
  t.strict({
    token_type: t.keyof({ access: null, refresh: null }),
    exp: t.number,
    jti: t.string,
    user_id: t.number,
    user_type: t.string,
    client_id: t.number,
    email: t.string,
  }),
  'Claims',
)
type Claims = t.TypeOf<typeof Claims>

/** Makes and checks session tokens. */
export interface Sessions {
  readonly open: (caller: Caller, email: string) => Promise<Session>
  /** What a token says, if it is one of ours, of this type and not expired. */
  readonly read: (token: string, type: Claims['token_type']) => Promise<Claims | undefined>
  /** Uses a refresh token up; false when it was used before, be it at the same moment. */
  readonly spend: (claims: Claims) => Promise<E.Either<Failure, boolean>>
  /** Forgets tokens that were used and have expired since. */
  readonly prune: () => Promise<void>
}

/** How long an access token lives, in ms. */
export const ACCESS_MS = 3_600_000

/** The key that tokens are signed with: the secret or, without one, bytes that are new at every start. */
export const sessionKey = (secret: string | undefined): Uint8Array<ArrayBuffer> =>
  secret === undefined
    ? crypto.getRandomValues(new Uint8Array(32))
    : new TextEncoder().encode(secret)

/** Makes the sessions' keeper. */
export const createSessions = ({
  services,
  clock,
  newId,
  key,
}: {
  readonly services: Services
  readonly clock: Clock
  readonly newId: () => string
  readonly key: Uint8Array<ArrayBuffer>
}): Sessions => {
  const sign = (claims: Readonly<Record<string, unknown>>, lifeMs: number): Promise<string> =>
    new SignJWT({ ...claims, exp: Math.floor((clock.now() + lifeMs) / 1000) })
      .setProtectedHeader({ alg: ALGORITHM, typ: 'JWT' })
      .sign(key)
  return {
    open: async ({ userId, role, accountId, group }, email) => {
      const about = {
        user_id: userId,
        user_type: userTypeOf(role),
        user_groups: [group.name],
        client_id: accountId ?? 0,
        email,
        is_admin: role === 'admin',
      }
      const rjti = `${newId()}-${random()}`
      const jti = `${newId()}-${random()}`
      const [refresh, access] = await Promise.all([
        sign({ token_type: 'refresh', jti: rjti, ...about }, REFRESH_MS),
        sign({ token_type: 'access', jti, rjti, ...about }, ACCESS_MS),
      ])
      return { access, refresh }
    },
    read: async (token, type) => {
      try {
        const now = clock.now()
        const { payload } = await jwtVerify(token, key, {
          algorithms: [ALGORITHM],
          currentDate: new Date(now),
          requiredClaims: ['exp', 'jti', 'user_id', 'token_type'],
        })
        const claims = Claims.decode(payload)
        return E.isRight(claims) &&
          claims.right.token_type === type &&
          now < claims.right.exp * 1000
          ? claims.right
          : undefined
      } catch {
        return undefined
      }
    },
    spend: async ({ jti, exp, user_id: user }) => {
      const written = await services.write([
        { kind: 'spent', id: jti, tenant: String(user), body: { exp }, expected: 0 },
      ])()
      if (E.isRight(written)) return E.right(true)
      return written.left._tag === 'DocumentConflict' ? E.right(false) : written
    },
    prune: async () => {
      for (let after: string | undefined; ;) {
        const page = await services.documents({
          kind: 'spent',
          limit: PAGE,
          ...(after === undefined ? {} : { after }),
        })()
        if (E.isLeft(page)) return
        const over = page.right.items.filter(
          ({ body }) => Number(body['exp']) * 1000 <= clock.now(),
        )
        if (over.length > 0)
          await services.write(
            over.map(({ kind, id, tenant }) => ({ kind, id, tenant, body: null })),
          )()
        if (page.right.next === undefined) return
        after = page.right.next
      }
    },
  }
}

// -- internals

const ALGORITHM = 'HS256'
const REFRESH_MS = 86_400_000
const PAGE = 500

const random = (): string => toHex(crypto.getRandomValues(new Uint8Array(8)))
