import { described, jsonSchemaOf, struct } from '@signalbox/core'
import type { Page } from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import type { Principal } from '../principal.ts'
import { empty, json } from '../reply.ts'
import type { Reply } from '../reply.ts'
import type { Route } from '../route.ts'
import { pageOver } from './cursor.ts'
import { After, Limit, Name, timestamp, USUAL_LIMIT } from './fields.ts'
import { failureReply, invalid, nothingHere } from './problems.ts'
import type { MemberError } from './problems.ts'
import { control, MOUNT } from './route.ts'
import { askPage, providersFor } from './site.ts'
import type { Site } from './site.ts'
import { covers, coversTenants } from './tokens.ts'
import type { Grant, Token, Tokens } from './tokens.ts'

/** The routes by which admins make, list and revoke tokens; each sees those that may no more than it does. */
export const tokenRoutes = (site: Site, tokens: Tokens): ReadonlyArray<Route> => [
  control('admin', {
    method: 'POST',
    path: '/tokens',
    name: 'makeToken',
    summary: 'Makes a token that may no more than its maker; its text is shown this once',
    rehearsable: false,
    body: { kind: 'json', codec: NewToken, mediaTypes: ['application/json'] },
    responses: { 201: MadeToken },
    handle: async ({ id, principal, body }) => {
      const grant = grantOf(site, principal, body)
      if (E.isLeft(grant)) return grant.left
      const made = await tokens.make(grant.right, principal, id)
      if (E.isLeft(made)) return failureReply(made.left)
      const { token, text } = made.right
      return json(201, { ...tokenView(token), token: text }, { location: hrefOf(token) })
    },
  }),
  control('admin', {
    method: 'GET',
    path: '/tokens',
    name: 'listTokens',
    summary: 'Lists the tokens that may no more than the caller, without their texts',
    query: struct({}, { after: After, limit: Limit }),
    responses: { 200: TokenPage },
    handle: async ({ principal, query: { after, limit = USUAL_LIMIT } }) => {
      const page = await pageOver(
        [
          {
            key: 'tokens',
            page: async (cursor: string | undefined, most: number) =>
              E.map(({ items, next }: Page<Token>) => ({
                items: items.filter((one) => covers(principal, one)),
                next,
              }))(await askPage(site, cursor, tokens.list(cursor, most))),
          },
        ],
        after,
        limit,
      )
      if (E.isLeft(page)) return page.left
      const { items, next } = page.right
      return json(200, { items: items.map(tokenView), next: next ?? null })
    },
  }),
  control('admin', {
    method: 'DELETE',
    path: '/tokens/:token',
    name: 'revokeToken',
    summary: 'Revokes a token: at once on this host, within two seconds on every other one',
    params: t.strict({ token: Name }),
    responses: { 204: null },
    handle: async ({ id, principal, params }) => {
      const found = await tokens.find(params.token)
      if (E.isLeft(found)) return failureReply(found.left)
      const token = found.right
      if (token === undefined || !covers(principal, token)) return nothingHere()
      const revoked = await tokens.revoke(token, principal, id)
      return E.isLeft(revoked) ? failureReply(revoked.left) : empty(204)
    },
  }),
]

// -- internals

const Label = described(
  new t.Type<string, string, unknown>(
    '1 to 64 letters, digits, _ . @ or -',
    (value): value is string => isLabel(value),
    (value, context) => (isLabel(value) ? t.success(value) : t.failure(value, context)),
    t.identity,
  ),
  { type: 'string', pattern: '^[A-Za-z0-9_.@-]{1,64}$' },
)

const isLabel = (value: unknown): value is string =>
  typeof value === 'string' && /^[A-Za-z\d_.@-]{1,64}$/.test(value)

const MOST_NAMES = 100

const some = <A>(codec: t.Type<A, A, unknown>, what: string) => {
  const items = t.readonlyArray(codec)
  const is = (value: ReadonlyArray<A>): boolean => value.length > 0 && value.length <= MOST_NAMES
  return described(
    new t.Type<ReadonlyArray<A>, ReadonlyArray<A>, unknown>(
      `1 to ${MOST_NAMES} ${what}`,
      (value): value is ReadonlyArray<A> => items.is(value) && is(value),
      (value, context) => {
        const read = items.validate(value, context)
        return E.isLeft(read) || is(read.right) ? read : t.failure(value, context)
      },
      t.identity,
    ),
    { type: 'array', items: jsonSchemaOf(codec), minItems: 1, maxItems: MOST_NAMES },
  )
}

const Role = t.keyof({ viewer: null, operator: null, admin: null }, 'viewer, operator or admin')

// RFC 3339, to the millisecond at most.
const INSTANT =
  '^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:[.][0-9]{1,3})?(?:Z|[+\\-](?:[01][0-9]|2[0-3]):[0-5][0-9])$'

const IS_INSTANT = new RegExp(INSTANT, 'u')

const Instant = described(
  new t.Type<number, string, unknown>(
    'an instant such as 2030-01-31T12:00:00Z',
    (value): value is number => Number.isInteger(value),
    (value, context) => {
      const at = typeof value === 'string' && IS_INSTANT.test(value) ? Date.parse(value) : NaN
      return Number.isNaN(at) ? t.failure(value, context) : t.success(at)
    },
    timestamp,
  ),
  { type: 'string', pattern: INSTANT },
)

const NewToken = struct(
  { name: Label, roles: some(Role, 'roles') },
  {
    providers: some(Name, 'names of providers'),
    tenants: t.union([t.literal('*'), some(Name, 'names of tenants')], '"*" or names of tenants'),
    expiresAt: Instant,
  },
  'NewToken',
)

const token = {
  id: t.string,
  name: t.string,
  roles: t.readonlyArray(t.string),
  providers: t.union([t.literal('*'), t.readonlyArray(t.string)]),
  tenants: t.union([t.literal('*'), t.readonlyArray(t.string)]),
  createdAt: t.string,
  createdBy: t.string,
  expiresAt: t.union([t.string, t.null]),
  href: t.string,
}

const TokenView = t.strict(token, 'Token')
type TokenView = t.TypeOf<typeof TokenView>

const MadeToken = t.strict({ ...token, token: t.string }, 'MadeToken')

const TokenPage = t.strict(
  { items: t.readonlyArray(TokenView), next: t.union([t.string, t.null]) },
  'TokenPage',
)

const hrefOf = ({ id }: Token): string => `${MOUNT}/tokens/${encodeURIComponent(id)}`

const tokenView = (one: Token): TokenView => ({
  id: one.id,
  name: one.name,
  roles: one.roles,
  providers: one.providers ?? '*',
  tenants: one.tenants,
  createdAt: timestamp(one.createdAt),
  createdBy: one.createdBy,
  expiresAt: one.expiresAt === undefined ? null : timestamp(one.expiresAt),
  href: hrefOf(one),
})

// What is left out is what its maker has.
const grantOf = (
  site: Site,
  principal: Principal,
  { name, roles, ...asked }: t.TypeOf<typeof NewToken>,
): E.Either<Reply, Grant> => {
  const providers = asked.providers ?? principal.providers
  const tenants = asked.tenants ?? principal.tenants
  const expiresAt = asked.expiresAt ?? principal.expiresAt
  const seen = providersFor(site, principal).map((provider) => provider.name)
  const errors: Array<MemberError> = (asked.providers ?? []).flatMap((provider, at) =>
    seen.includes(provider)
      ? []
      : [{ pointer: `/providers/${at}`, rule: 'a provider that the caller may see expected' }],
  )
  if (!coversTenants(principal, tenants))
    errors.push({ pointer: '/tenants', rule: 'tenants that the caller may see expected' })
  if (expiresAt !== undefined && expiresAt <= site.clock.now())
    errors.push({ pointer: '/expiresAt', rule: 'an instant to come expected' })
  else if ((expiresAt ?? Infinity) > (principal.expiresAt ?? Infinity))
    errors.push({ pointer: '/expiresAt', rule: "no later than the caller's own end expected" })
  if (errors.length > 0) return E.left(invalid(errors))
  return E.right({
    name,
    roles,
    tenants,
    ...(providers !== undefined && { providers }),
    ...(expiresAt !== undefined && { expiresAt }),
  })
}
