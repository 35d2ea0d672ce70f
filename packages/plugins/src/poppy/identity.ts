import { handle, json, seesTenant } from '@signalbox/host'
import type { Failure, Principal, Reply, Route } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { answers } from './answers.ts'
import { IDENTITY, isProject } from './locate.ts'
import { isOperator, ranging } from './operator.ts'
import { originOf, projectUrl } from './render.ts'
import { identityError, JSON_TYPE } from './replies.ts'
import type { Site } from './site.ts'
import { bearerOf, issue } from './tokens.ts'
import type { Bearer, Token } from './tokens.ts'

/**
 * The route by which clients turn credentials into a token and learn where the CDN is: as much of Keystone v2 as they need.
 *
 * @see https://docs.rackspace.com/docs/cloud-identity/v2/general-api-info/authentication-info
 */
export const identityRoute = (site: Site): Route =>
  handle<undefined, undefined, unknown>({
    name: 'createToken',
    summary: 'Turns credentials into a token',
    method: 'POST',
    path: `${IDENTITY}/tokens`,
    body: { kind: 'json', codec: t.unknown },
    rehearsable: false,
    handle: async (request): Promise<Reply> => {
      const asked = Request.decode(request.body)
      if (E.isLeft(asked)) return malformed()
      const { auth } = asked.right
      const proof = proofOf(auth)
      const wanted = projectNamed(auth)
      if (proof === undefined || E.isLeft(wanted)) return malformed()
      const bearer = await check(site, proof)
      if (E.isLeft(bearer)) return answers.refuse(request, bearer.left)
      if (bearer.right === undefined) return denied()
      const principal = ranging(bearer.right.principal)
      const project = wanted.right ?? bearer.right.project ?? firstProject(principal)
      if (!isProject(project) || !seesTenant(principal, project)) return denied()
      const token = await issue(site, principal, project, bearer.right.expires)
      if (E.isLeft(token)) return answers.refuse(request, token.left)
      return json(
        200,
        accessOf(token.right, principal, {
          url: projectUrl(originOf(request, site.settings.publicUrl), project),
          regions: site.settings.regions,
        }),
        JSON_TYPE,
      )
    },
  })

/** Tells whether a body has all that asking for a token takes. */
export const isTokenRequest = (body: unknown): boolean =>
  Request.is(body) && proofOf(body.auth) !== undefined && E.isRight(projectNamed(body.auth))

// -- internals

const Request = t.type({ auth: t.UnknownRecord })

type Proof =
  | { readonly kind: 'secret'; readonly user: string; readonly secret: string }
  | { readonly kind: 'token'; readonly token: string }

const PROOFS: Readonly<Record<string, (value: unknown) => Proof | undefined>> = {
  'RAX-KSKEY:apiKeyCredentials': (value) =>
    ApiKey.is(value) ? { kind: 'secret', user: value.username, secret: value.apiKey } : undefined,
  passwordCredentials: (value) =>
    Password.is(value)
      ? { kind: 'secret', user: value.username, secret: value.password }
      : undefined,
  token: (value) => (TokenId.is(value) ? { kind: 'token', token: value.id } : undefined),
}

const ApiKey = t.type({ username: t.string, apiKey: t.string })

const Password = t.type({ username: t.string, password: t.string })

const TokenId = t.type({ id: t.string })

const proofOf = (auth: Readonly<Record<string, unknown>>): Proof | undefined => {
  const [given, ...more] = Object.keys(PROOFS).filter((kind) => Object.hasOwn(auth, kind))
  return given === undefined || more.length > 0 ? undefined : PROOFS[given]?.(auth[given])
}

// Ids and names of projects are the same here; a client that has none to say may send an empty one.
const projectNamed = ({
  tenantId = '',
  tenantName = '',
}: Readonly<Record<string, unknown>>): E.Either<'malformed', string | undefined> => {
  if (typeof tenantId !== 'string' || typeof tenantName !== 'string') return E.left('malformed')
  if (tenantId !== '' && tenantName !== '' && tenantId !== tenantName) return E.left('malformed')
  return E.right(tenantId || tenantName || undefined)
}

const check = async (site: Site, proof: Proof): Promise<E.Either<Failure, Bearer | undefined>> => {
  if (proof.kind === 'token') return bearerOf(site, proof.token)
  const principal = await site.credentials.byId(proof.user, proof.secret)
  return E.right(principal && { principal })
}

// Who may act on every project has none of its own: its name stands for one.
const firstProject = ({ id, tenants }: Principal): string =>
  (tenants === '*' ? undefined : tenants[0]) ?? id

const malformed = (): Reply => identityError(400, 'Bad Request', 'The request is malformed.')

const denied = (): Reply => identityError(401, 'Unauthorized', 'Invalid credentials.')

const accessOf = (
  { id, project, expires }: Token,
  principal: Principal,
  { url, regions }: { readonly url: string; readonly regions: ReadonlyArray<string> },
): object => {
  const endpoint = { tenantId: project, publicURL: url }
  const endpoints = [endpoint, ...regions.map((region) => ({ ...endpoint, region }))]
  return {
    access: {
      token: {
        id,
        expires: new Date(expires).toISOString(),
        tenant: { id: project, name: project },
      },
      // Some clients index by exact name and would lose an equal one, others ignore case.
      serviceCatalog: [
        { name: 'rackCDN', type: 'rax:cdn', endpoints },
        { name: 'rackcdn', type: 'cdn', endpoints },
      ],
      user: {
        id: principal.id,
        name: principal.id,
        roles: [
          isOperator(principal)
            ? { id: '2', name: 'cdn:operator' }
            : { id: '1', name: 'cdn:creator' },
        ],
      },
    },
  }
}
