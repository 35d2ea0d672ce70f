import { struct } from '@signalbox/core'
import type { JsonObject } from '@signalbox/core'
import type { Document, Page, StoreFailure } from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import * as t from 'io-ts'
import { ask } from '../ask.ts'
import type { Failure } from '../failure.ts'
import type { Note } from '../plugin.ts'
import { seesTenant } from '../principal.ts'
import type { Principal } from '../principal.ts'
import { createServices } from '../services.ts'
import type { ServicesOptions } from '../services.ts'
import { callerOf } from './generic.ts'
import { seesProvider, SIGNALBOX } from './role.ts'
import type { Role } from './role.ts'

/** A token as it is kept, without its secret. Instants are in ms since the epoch. */
export interface Token extends Grant {
  readonly id: string
  readonly createdAt: number
  /** Who made it, as the journal names callers. */
  readonly createdBy: string
}

/** What a token allows, and until when. */
export interface Grant {
  readonly name: string
  readonly roles: ReadonlyArray<Role>
  readonly tenants: '*' | ReadonlyArray<string>
  /** Every provider unless said. */
  readonly providers?: ReadonlyArray<string>
  readonly expiresAt?: number
}

/** Tokens that were made over the control plane. They lie in the store as digests, for all of its hosts. */
export interface Tokens {
  /** Keeps a new one; its text is not to be had again. */
  readonly make: (
    grant: Grant,
    by: Principal,
    request: string,
  ) => Promise<E.Either<Failure, { readonly token: Token; readonly text: string }>>
  readonly find: (id: string) => Promise<E.Either<Failure, Token | undefined>>
  readonly list: (
    after: string | undefined,
    limit: number,
  ) => TE.TaskEither<StoreFailure, Page<Token>>
  /** Ends one: at once on this host, and on others as soon as they look again, after `RECALL_MS`. */
  readonly revoke: (
    token: Token,
    by: Principal,
    request: string,
  ) => Promise<E.Either<Failure, void>>
  /** Whose text it is; undefined when it is no token, or none that holds. */
  readonly holder: (text: string) => Promise<E.Either<Failure, Principal | undefined>>
  /** Whom a token makes of its holder, as the store has it; undefined when it is revoked or has ended. */
  readonly principal: (id: string) => Promise<E.Either<Failure, Principal | undefined>>
}

/** How long a host believes what it was told of a token, in ms: so late is a revocation heard of on other hosts. */
export const RECALL_MS = 2_000

/** Tells whether a text is spelled as a token is, which no other secret should be. */
export const isTokenText = (text: string): boolean => TEXT.test(text)

/** Opens the tokens of a store. */
export const createTokens = (shared: ServicesOptions): Tokens => {
  const { store, clock, newId } = shared
  const services = createServices(SIGNALBOX, shared)
  const recalled = new Map<string, Recalled>()
  let revocations = 0

  const find = async (id: string): Promise<E.Either<Failure, Kept | undefined>> => {
    const held = await ask(store.document({ provider: SIGNALBOX, kind: KIND, id }))
    return E.map((document: Document | undefined) => document && keptOf(document))(held)
  }

  const look = async (id: string): Promise<E.Either<Failure, Kept | undefined>> => {
    const known = recalled.get(id)
    const now = clock.now()
    if (known !== undefined && now < known.until) return E.right(known.kept)
    recalled.delete(id)
    const before = revocations
    const found = await find(id)
    // What a revocation has overtaken may be out of date.
    if (E.isRight(found) && found.right !== undefined && before === revocations) {
      recalled.set(id, { kept: found.right, until: now + RECALL_MS })
      const [oldest] = recalled.keys()
      if (recalled.size > MOST_RECALLED && oldest !== undefined) recalled.delete(oldest)
    }
    return found
  }

  const held = (kept: Kept | undefined): Principal | undefined =>
    kept !== undefined && clock.now() < (kept.token.expiresAt ?? Infinity)
      ? principalOf(kept.token)
      : undefined

  return {
    make: async (grant, by, request) => {
      const id = newId()
      const secret = spell(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)))
      const token = { ...grant, id, createdAt: clock.now(), createdBy: callerOf(by).id }
      const written = await services.write(
        [
          {
            kind: KIND,
            id,
            tenant: TENANT,
            body: bodyOf(token, await digestOf(secret)),
            expected: 0,
          },
        ],
        noteOf('token.create', token, by, request),
      )()
      return E.map(() => ({ token, text: `${PREFIX}${id}.${secret}` }))(written)
    },
    find: async (id) => E.map((kept: Kept | undefined) => kept?.token)(await find(id)),
    list: (after, limit) =>
      TE.map(({ items, next }: Page<Document>) => ({
        items: items.flatMap((document) => keptOf(document)?.token ?? []),
        next,
      }))(
        store.documents({
          provider: SIGNALBOX,
          kind: KIND,
          limit,
          ...(after !== undefined && { after }),
        }),
      ),
    revoke: async (token, by, request) => {
      const { id } = token
      const written = await services.write(
        [{ kind: KIND, id, tenant: TENANT, body: null }],
        noteOf('token.revoke', token, by, request),
      )()
      revocations += 1
      recalled.delete(id)
      return written
    },
    holder: async (text) => {
      const [, id = '', secret = ''] = TEXT.exec(text) ?? []
      if (id === '') return E.right(undefined)
      const [found, digest] = await Promise.all([look(id), digestOf(secret)])
      if (E.isLeft(found)) return found
      const kept = found.right
      const same = isSame(digest, kept?.digest ?? NOBODYS)
      return E.right(same ? held(kept) : undefined)
    },
    principal: async (id) => E.map(held)(await find(id)),
  }
}

/** Tells whether a principal may do all that a grant allows, and for as long. */
export const covers = (principal: Principal, { tenants, providers, expiresAt }: Grant): boolean =>
  coversTenants(principal, tenants) &&
  (principal.providers === undefined ||
    providers?.every((one) => seesProvider(principal, one)) === true) &&
  (expiresAt ?? Infinity) <= (principal.expiresAt ?? Infinity)

/** Tells whether a principal may see all of these tenants. */
export const coversTenants = (principal: Principal, tenants: Grant['tenants']): boolean =>
  principal.tenants === '*' ||
  (tenants !== '*' && tenants.every((one) => seesTenant(principal, one)))

// -- internals

const KIND = 'token'

// Where the journal keeps what happens to tokens.
const TENANT = 'tokens'

const PREFIX = 'sbt_'

const SECRET_BYTES = 32

const MOST_RECALLED = 1_000

const TEXT = /^sbt_([\w-]{1,64})\.([\w-]{43})$/

const NOBODYS = '0'.repeat(64)

interface Kept {
  readonly token: Token
  readonly digest: string
}

interface Recalled {
  readonly kept: Kept
  readonly until: number
}

const Body = struct(
  {
    name: t.string,
    roles: t.readonlyArray(t.keyof({ viewer: null, operator: null, admin: null })),
    tenants: t.union([t.literal('*'), t.readonlyArray(t.string)]),
    createdAt: t.number,
    createdBy: t.string,
    digest: t.string,
  },
  { providers: t.readonlyArray(t.string), expiresAt: t.number },
)

const bodyOf = ({ id: _id, ...token }: Token, digest: string): JsonObject => ({ ...token, digest })

const keptOf = ({ id, body }: Document): Kept | undefined => {
  const read = Body.decode(body)
  if (E.isLeft(read)) return undefined
  const { digest, ...token } = read.right
  return { digest, token: { id, ...token } }
}

const principalOf = ({ id, name, roles, tenants, providers, expiresAt }: Token): Principal => ({
  id: `${name}:${id}`,
  provider: SIGNALBOX,
  tenants,
  roles,
  token: id,
  ...(providers !== undefined && { providers }),
  ...(expiresAt !== undefined && { expiresAt }),
})

const noteOf = (
  type: string,
  { id, name, roles, tenants, providers, expiresAt }: Token,
  by: Principal,
  request: string,
): Note => ({
  type,
  tenant: TENANT,
  id,
  principal: { ...by, id: callerOf(by).id },
  request,
  detail: {
    name,
    roles,
    tenants,
    ...(providers !== undefined && { providers }),
    ...(expiresAt !== undefined && { expiresAt }),
  },
})

// The secret has 256 bits of chance: there is nothing to guess, and one digest is enough.
const digestOf = async (secret: string): Promise<string> => {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(secret))
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

const isSame = (one: string, other: string): boolean => {
  let difference = one.length ^ other.length
  for (let at = 0; at < one.length; at += 1) difference |= one.charCodeAt(at) ^ other.charCodeAt(at)
  return difference === 0
}

const spell = (bytes: Uint8Array): string =>
  btoa(String.fromCodePoint(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
