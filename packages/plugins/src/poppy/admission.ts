import { seesTenant } from '@signalbox/host'
import type { Credentials, Incoming, Principal, Reply } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import { message, UNREADABLE } from './answers.ts'

/** Says who calls: the token, whether it is valid for the projects named, and the operator's role where a path demands it. */
export const admit =
  ({ bySecret }: Credentials) =>
  async (request: Incoming): Promise<E.Either<Reply, Principal>> => {
    const token = request.headers.get('x-auth-token')
    const principal = token === null || token === '' ? undefined : await bySecret(token)
    if (principal === undefined) return E.left(message(401, 'Authentication required.'))
    const projects = [request.located['project'], request.headers.get('x-project-id')]
    if (projects.some((project) => project && !seesTenant(principal, project)))
      return E.left(message(401, 'Token is not valid for this project.'))
    if (demandsOperator(request) && !principal.roles.includes(OPERATOR))
      return E.left(message(403, 'Operator role required.'))
    return E.right(principal)
  }

/** The role that may do what only operators may. */
export const OPERATOR = 'operator'

/** Refuses a caller who does not take JSON, and a request that names no project; else answers the project. */
export const projectOf = (request: Incoming): E.Either<Reply, string> => {
  if (!takesJson(request.headers.get('accept'))) return E.left(message(406, UNREADABLE))
  const project = request.headers.get('x-project-id') || request.located['project']
  return project === undefined
    ? E.left(message(400, 'The Project ID must be provided.'))
    : E.right(project)
}

// -- internals

const demandsOperator = ({ path, method }: Incoming): boolean =>
  /^\/(admin|health)(\/|$)/.test(path) ||
  (/^\/flavors(\/|$)/.test(path) && (method === 'POST' || method === 'DELETE'))

const takesJson = (accept: string | null): boolean => {
  if (accept === null || accept.trim() === '') return true
  return accept.split(',').some((range) => {
    const [type, ...parameters] = range.toLowerCase().split(';')
    const refused = parameters.some((parameter) => /^\s*q\s*=\s*0(\.0*)?\s*$/.test(parameter))
    return !refused && ['*/*', 'application/*', 'application/json'].includes(type?.trim() ?? '')
  })
}
