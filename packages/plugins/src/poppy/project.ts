import type { Incoming, Reply } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import { message, UNREADABLE } from './replies.ts'

/** Refuses a caller who does not take JSON, and a request that names no project; else answers the project. */
export const projectOf = (request: Incoming): E.Either<Reply, string> => {
  if (!takesJson(request.headers.get('accept'))) return E.left(message(406, UNREADABLE))
  const project = request.headers.get('x-project-id') || request.located['project']
  return project === undefined
    ? E.left(message(400, 'The Project ID must be provided.'))
    : E.right(project)
}

// -- internals

const takesJson = (accept: string | null): boolean => {
  if (accept === null || accept.trim() === '') return true
  return accept.split(',').some((range) => {
    const [type, ...parameters] = range.toLowerCase().split(';')
    const refused = parameters.some((parameter) => /^q\s*=\s*0(\.0*)?$/.test(parameter.trim()))
    return !refused && ['*/*', 'application/*', 'application/json'].includes(type?.trim() ?? '')
  })
}
