import type { State } from '@signalbox/core'
import * as E from 'fp-ts/lib/Either.js'
import type { Reply } from '../reply.ts'
import { invalid, trouble } from './problems.ts'

/** Which revisions of a service a request is about, as `If-Match` and `If-None-Match` say it. */
export type Condition = (state: State | undefined) => Reply | undefined

/** Reads the conditions of a request; a condition answers the problem of a state that does not meet it. @see https://www.rfc-editor.org/rfc/rfc9110#section-13.1 */
export const conditionOf = (headers: Headers): E.Either<Reply, Condition> => {
  const wanted = headers.get('if-match')
  const unwanted = headers.get('if-none-match')
  if (wanted !== null && !LIST.test(wanted)) return E.left(malformed('if-match'))
  if (unwanted !== null && unwanted.trim() !== '*') return E.left(malformed('if-none-match'))
  return E.right((state) => {
    if (unwanted !== null && state !== undefined) return failed(state)
    if (wanted === null || matches(wanted, state)) return undefined
    return failed(state)
  })
}

// -- internals

const LIST = /^\s*(?:\*|(?:W\/)?"[^"]*"(?:\s*,\s*(?:W\/)?"[^"]*")*)\s*$/

// A weak tag never matches: what it tags may differ.
const matches = (wanted: string, state: State | undefined): boolean => {
  if (state === undefined) return false
  if (wanted.trim() === '*') return true
  return [...wanted.matchAll(/(W\/)?"([^"]*)"/g)].some(
    ([, weak, tag]) => weak === undefined && tag === String(state.revision),
  )
}

const malformed = (header: string): Reply =>
  invalid([
    {
      header,
      rule: header === 'if-match' ? 'a list of quoted tags, or *, expected' : '* expected',
    },
  ])

const failed = (state: State | undefined): Reply =>
  trouble(
    'precondition-failed',
    state === undefined
      ? 'There is no such service.'
      : `The service is at revision ${state.revision}.`,
    {
      members: { revision: state?.revision ?? null },
      headers: state === undefined ? {} : { etag: `"${state.revision}"` },
    },
  )
