import type { Incoming } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import type { Caller } from './caller.ts'
import type { Directory } from './directory.ts'
import type { BodyErrors } from './fields.ts'

/** The reseller that a request is about: the caller's own or, for an admin, the one that the query names or the only one. */
export const resellerOf = (
  { resellers }: Directory,
  { role, accountId }: Caller,
  { url }: Incoming,
): E.Either<BodyErrors, number> => {
  if (role !== 'admin')
    return accountId === undefined ? wrong('This field is required.') : E.right(accountId)
  const given = url.searchParams.getAll('reseller_id').at(-1) ?? ''
  const [only, ...others] = resellers
  if (given === '')
    return only === undefined || others.length > 0
      ? wrong('This field is required.')
      : E.right(only)
  if (!/^\d{1,15}$/.test(given)) return wrong('A valid integer is required.')
  return resellers.includes(Number(given))
    ? E.right(Number(given))
    : wrong(`Invalid pk "${given}" - object does not exist.`)
}

// -- internals

const wrong = (text: string): E.Either<BodyErrors, never> => E.left({ reseller_id: [text] })
