import type { DocumentWrite } from '@signalbox/core/store'
import type { Audited, Failure, Incoming, Principal, Reply, Services } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import { dataOf, MOST_READ, requestRecords, told } from './activity.ts'
import { isAnonymous } from './anonymous.ts'
import type { Directory } from './directory.ts'
import type { Numbers } from './numbers.ts'

/** What a line of the log needs to be known before the change that it tells of. */
export interface Line {
  readonly id: number
  readonly email: string
}

/** Writes the log of requests. */
export interface Trail {
  /** Begins the line of a request. */
  readonly begin: (request: Asked) => Promise<E.Either<Failure, Line>>
  /** The records of a line: to be stored with the change that it tells of. Its reply is then to be marked as told. */
  readonly records: (
    request: Asked & { readonly bytes: Uint8Array },
    line: Line,
    answer: { readonly actions: string; readonly status: number },
  ) => ReadonlyArray<Omit<DocumentWrite, 'provider'>>
  /** Writes the line of a request, unless it is stored already. */
  readonly audit: (request: Audited, reply: Reply) => Promise<void>
  /** Writes the line of a request that was turned away before any route was looked for. */
  readonly turnedAway: (request: Asked, status: number) => Promise<void>
}

/** Makes the writer of the log. */
export const createTrail = ({
  services,
  numbers,
  directory,
}: {
  readonly services: Services
  readonly numbers: Numbers
  readonly directory: Directory
}): Trail => {
  const begin: Trail['begin'] = async ({ principal }) => {
    const email = await directory.emailOf(Number(principal.id))()
    if (E.isLeft(email)) return email
    const id = await numbers.take('request')
    return E.map((taken: number): Line => ({ id: taken, email: email.right }))(id)
  }
  const recordsOf = (
    request: Asked,
    { id, email }: Line,
    { actions, status, data }: Answered,
  ): ReadonlyArray<Omit<DocumentWrite, 'provider'>> => {
    const { userId, accountId, keyId } = directory.caller(request.principal)
    return requestRecords({
      id,
      at: request.at,
      actions,
      data,
      user_email: email,
      client: accountId ?? 0,
      token: keyId,
      path: request.url.pathname,
      remote_ip_address: request.remote,
      host: request.headers.get('host') ?? request.url.host,
      method: request.method,
      query_params: request.url.search.slice(1),
      status_code: status,
      user: userId,
    })
  }
  const write = async (request: Asked, answered: Answered): Promise<void> => {
    const line = await begin(request)
    if (E.isLeft(line)) throw new Error(line.left._tag)
    const written = await services.write(recordsOf(request, line.right, answered))()
    if (E.isLeft(written)) throw new Error(written.left._tag)
  }
  return {
    begin,
    records: (request, line, answer) =>
      recordsOf(request, line, { ...answer, data: dataOf(request.bytes) }),
    audit: async (request, reply) => {
      const { method, principal, route = '' } = request
      if (!WRITES.has(method) || isAnonymous(principal) || told.has(reply)) return
      const actions = ACTIONS[route.replace(/^legacy\./, '')] ?? ''
      const data = dataOf(await request.begin(MOST_READ))
      await write(request, { actions, status: reply.status, data })
    },
    turnedAway: async (request, status) => {
      if (WRITES.has(request.method)) await write(request, { actions: '', status, data: '' })
    },
  }
}

// -- internals

type Asked = Incoming & { readonly principal: Principal }

interface Answered {
  readonly actions: string
  readonly status: number
  readonly data: string
}

const WRITES: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])

// By the names of routes.
const ACTIONS: Readonly<Record<string, string>> = {
  'service.put': 'service.update',
  'service.patch': 'service.update',
  'client.patch': 'client.update',
  'client.put': 'client.update',
  'user.create': 'user.create',
  'defaults.patch': 'availability.update',
  'availability.patch': 'availability.update',
  'availability.reset': 'availability.reset',
  'availability.resetAll': 'availability.reset',
  'key.create': 'token.create',
  'key.delete': 'token.delete',
}
