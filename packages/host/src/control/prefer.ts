import * as E from 'fp-ts/lib/Either.js'
import type { Reply } from '../reply.ts'
import { invalid } from './problems.ts'

/** What a request prefers of the answer. */
export interface Preferences {
  readonly dryRun: boolean
  readonly respondAsync: boolean
}

/** Reads `Prefer`; what it does not know is ignored, but for a `handling` that is none. @see https://www.rfc-editor.org/rfc/rfc7240 */
export const preferencesOf = (headers: Headers): E.Either<Reply, Preferences> => {
  const named = (headers.get('prefer') ?? '')
    .split(',')
    .map((preference) => (preference.split(';', 1)[0] ?? '').trim().toLowerCase())
  const handling = named.find((preference) => preference.startsWith('handling'))
  const asked = handling?.replaceAll(/["\s]/g, '')
  if (asked !== undefined && !HANDLINGS.includes(asked))
    return E.left(invalid([{ header: 'prefer', rule: 'handling=dry-run or none expected' }]))
  return E.right({
    dryRun: asked === 'handling=dry-run',
    respondAsync: named.includes('respond-async'),
  })
}

// -- internals

// The registered values are about errors in requests, and there is one way here: they are errors.
const HANDLINGS = ['handling=dry-run', 'handling=strict', 'handling=lenient']
