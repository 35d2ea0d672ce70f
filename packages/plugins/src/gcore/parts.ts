import type { Lifecycle } from '@signalbox/core'
import type { Clock, Failure, Incoming, Principal, Reply, Route, Services } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import type * as TE from 'fp-ts/lib/TaskEither.js'
import { forbidden, notFound, ok, refuse } from './answers.ts'
import { sees } from './caller.ts'
import type { Caller } from './caller.ts'
import type { ClientRecord } from './client-record.ts'
import type { Directory } from './directory.ts'
import type { Keys } from './keys.ts'
import type { Numbers } from './numbers.ts'
import type { ClientPath } from './paths.ts'
import type { Sessions } from './sessions.ts'
import type { PluginSettings } from './settings.ts'
import type { Trail } from './trail.ts'

/** What the routes are made of. */
export interface RouteParts {
  readonly lifecycle: Lifecycle
  readonly settings: PluginSettings
  readonly services: Services
  readonly directory: Directory
  readonly numbers: Numbers
  readonly trail: Trail
  readonly keys: Keys
  readonly sessions: Sessions
  readonly clock: Clock
}

/** Routes of which the paths still lack what they are mounted at; their names are told apart by a prefix. */
export type RoutesAt = (parts: RouteParts, at: Mount) => ReadonlyArray<Route>

/** Where routes are mounted. */
export interface Mount {
  readonly base: '/iam' | ''
  readonly prefix: '' | 'legacy.'
}

/** A request whose route is found. */
export type Found<Params> = Incoming & { readonly principal: Principal; readonly params: Params }

/** A client in sight. */
export interface Sighted {
  readonly caller: Caller
  readonly client: ClientRecord
}

/** Finds the client that the path names; absence and being out of sight are answered alike. */
export const sightOf =
  ({ directory }: Pick<RouteParts, 'directory'>) =>
  async <Params extends ClientPath>(request: Found<Params>): Promise<E.Either<Reply, Sighted>> => {
    const caller = directory.caller(request.principal)
    const found = await directory.find(request.params.clientId)()
    if (E.isLeft(found)) return E.left(refuse(request, found.left))
    const client = found.right
    return client !== undefined && sees(caller, client)
      ? E.right({ caller, client })
      : E.left(notFound(request))
  }

/** Lets every caller but a common one pass. */
export const unlessCommon =
  ({ directory }: Pick<RouteParts, 'directory'>) =>
  async (
    request: Incoming & { readonly principal: Principal },
  ): Promise<E.Either<Reply, Caller>> => {
    const caller = directory.caller(request.principal)
    return caller.role === 'common' ? E.left(forbidden(request)) : E.right(caller)
  }

/** Answers what a question comes to: nothing at all is not found. */
export const replyWith = async (
  request: Incoming,
  question: TE.TaskEither<Failure, unknown>,
): Promise<Reply> => {
  const answer = await question()
  if (E.isLeft(answer)) return refuse(request, answer.left)
  return answer.right === undefined ? notFound(request) : ok(answer.right)
}

/** Tries again what another's write has come between, a number of times. */
export const insist = async <L extends { readonly _tag: string }, A>(
  attempt: () => Promise<E.Either<L, A>>,
): Promise<E.Either<L, A>> => {
  for (let tries = 1; ; tries += 1) {
    const done = await attempt()
    if (E.isRight(done) || done.left._tag !== 'DocumentConflict' || tries >= MOST_TRIES) return done
  }
}

/** Turns what was refused or failed into its reply. */
export const replied = (
  request: Incoming,
  left: Failure | { readonly _tag: 'Answered'; readonly reply: Reply },
): Reply => (left._tag === 'Answered' ? left.reply : refuse(request, left))

/** A refusal that has its reply already. */
export interface Answered {
  readonly _tag: 'Answered'
  readonly reply: Reply
}

export const answered = (reply: Reply): E.Either<Answered, never> =>
  E.left({ _tag: 'Answered', reply })

// -- internals

const MOST_TRIES = 50
