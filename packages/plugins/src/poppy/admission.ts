import { seesTenant } from '@signalbox/host'
import type { Failure, Incoming, Principal, Reply } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import { answers } from './answers.ts'
import { IDENTITY, MOUNT } from './locate.ts'
import { isOperator } from './operator.ts'
import { message, notFound } from './replies.ts'

/** Says whose a token is; undefined when it is nobody's. */
export type Authenticate = (token: string) => Promise<E.Either<Failure, Principal | undefined>>

/** Says who calls: the token, whether it is valid for the projects named, and the operator's role where a path demands it. */
export const admit =
  (authenticate: Authenticate) =>
  async (request: Incoming): Promise<E.Either<Reply, Principal>> => {
    if (isOpen(request)) return E.right(NOBODY)
    const token = request.headers.get('x-auth-token')
    const found = token ? await authenticate(token) : E.right(undefined)
    if (E.isLeft(found)) return E.left(answers.refuse(request, found.left))
    const principal = found.right
    if (principal === undefined) return E.left(message(401, 'Authentication required.'))
    const { project, alone } = request.located
    const projects = [alone ? undefined : project, request.headers.get('x-project-id')]
    if (projects.some((named) => named && !seesTenant(principal, named)))
      return E.left(message(401, 'Token is not valid for this project.'))
    if (demandsOperator(request) && !isOperator(principal))
      return E.left(message(403, 'Operator role required.'))
    if (alone && project !== undefined && !seesTenant(principal, project)) return E.left(notFound())
    return E.right(principal)
  }

// -- internals

const NOBODY: Principal = { id: 'anonymous', provider: 'poppy', tenants: [], roles: [] }

const isOpen = ({ path }: Incoming): boolean =>
  path === `${MOUNT}/ping` || path === IDENTITY || path.startsWith(`${IDENTITY}/`)

const demandsOperator = ({ path, method }: Incoming): boolean => {
  const [place] = path.slice(MOUNT.length + 1).split('/')
  return (
    place === 'admin' ||
    place === 'health' ||
    (place === 'flavors' && (method === 'POST' || method === 'DELETE'))
  )
}
