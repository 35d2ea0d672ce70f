import { seesTenant } from '@signalbox/host'
import type { Failure, Principal, Services } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import type { Authenticate } from './admission.ts'
import { isOperator, ranging } from './operator.ts'
import type { Site } from './site.ts'

/** The kind of record a token is kept as: its digest, whose it is, and until when. */
const TOKEN = 'token'

/** A token as its owner gets it. */
export interface Token {
  readonly id: string
  readonly project: string
  /** In ms since the epoch. */
  readonly expires: number
}

/** Whose a token is and, if it was handed out here, until when. */
export interface Bearer {
  /** As configured, whatever the token is limited to. */
  readonly principal: Principal
  readonly project?: string
  readonly expires?: number
}

type TokenSite = Pick<Site, 'services' | 'credentials' | 'clock' | 'settings'>

/** Says whose a token is: one handed out here is valid for its project, a configured secret for all its owner's. */
export const authenticate =
  (site: TokenSite): Authenticate =>
  async (token) =>
    E.map((bearer: Bearer | undefined) => {
      if (bearer === undefined) return undefined
      const { principal, project } = bearer
      return project === undefined || isOperator(principal)
        ? ranging(principal)
        : { ...principal, tenants: [project] }
    })(await bearerOf(site, token))

/** Finds the bearer of a token; undefined when it is unknown, expired, or its owner or project is no more. */
export const bearerOf = async (
  { services, credentials, clock }: TokenSite,
  token: string,
): Promise<E.Either<Failure, Bearer | undefined>> => {
  const expires = expiryOf(token)
  if (expires !== undefined && expires > clock.now()) {
    const found = await services.document(TOKEN, await keyOf(token, expires))()
    if (E.isLeft(found)) return found
    const body: unknown = found.right?.body
    if (Kept.is(body)) {
      const principal = credentials.all.find(({ id }) => id === body.principal)
      return E.right(
        principal !== undefined && seesTenant(ranging(principal), body.project)
          ? { principal, project: body.project, expires }
          : undefined,
      )
    }
  }
  const principal = await credentials.bySecret(token)
  return E.right(principal && { principal })
}

/** Hands out a token and, in passing, forgets some that have expired. */
export const issue = async (
  { services, clock, settings }: TokenSite,
  principal: Principal,
  project: string,
  until?: number,
): Promise<E.Either<Failure, Token>> => {
  const now = clock.now()
  const expires = until ?? now + settings.tokenLifetime * 1000
  const id = `${String(expires).padStart(DIGITS, '0')}${SEPARATOR}${secret()}`
  const stale = await expired(services, now)
  if (E.isLeft(stale)) return stale
  const written = await services.write([
    ...stale.right.map((old) => ({ kind: TOKEN, id: old, tenant: '', body: null })),
    {
      kind: TOKEN,
      id: await keyOf(id, expires),
      tenant: '',
      body: { principal: principal.id, project },
    },
  ])()
  return E.map(() => ({ id, project, expires }))(written)
}

// -- internals

const Kept = t.strict({ principal: t.string, project: t.string })

const SEPARATOR = '.'

const DIGITS = 15

const FORM = /^(\d{15})\.[A-Za-z0-9_-]{43}$/

const expiryOf = (token: string): number | undefined => {
  const [, digits] = FORM.exec(token) ?? []
  return digits === undefined ? undefined : Number(digits)
}

// Only the digest is stored, and it is what is looked up: how far a guess is from a token shows nowhere. It begins with the
// expiry, so that what has expired comes first.
const keyOf = async (token: string, expires: number): Promise<string> => {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token))
  const hex = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return `${String(expires).padStart(DIGITS, '0')}${SEPARATOR}${hex}`
}

const secret = (): string =>
  btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')

const MOST_FORGOTTEN = 20

const expired = async (
  services: Services,
  now: number,
): Promise<E.Either<Failure, ReadonlyArray<string>>> =>
  E.map(({ items }: { readonly items: ReadonlyArray<{ readonly id: string }> }) =>
    items.flatMap(({ id }) => (Number(id.slice(0, DIGITS)) <= now ? [id] : [])),
  )(await services.documents({ kind: TOKEN, limit: MOST_FORGOTTEN })())
