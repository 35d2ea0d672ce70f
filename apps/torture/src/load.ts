import type { Call, Reply } from './check/evidence.ts'
import { exchange } from './exchange.ts'
import type { Answer } from './exchange.ts'
import { gcoreRequest } from './gcore-requests.ts'
import { poppyRequest } from './poppy-requests.ts'
import { createRandom } from './random.ts'
import type { Request } from './request.ts'
import { zosRequest } from './zos-requests.ts'

/** What clients know of the services so far. */
export interface World {
  /** Ids of Poppy services whose creation was acknowledged. */
  readonly poppy: Set<string>
  /** Services of Gcore clients by client. */
  readonly gcore: Map<number, ReadonlyArray<{ readonly id: number; readonly product: string }>>
  /** Names of z/OS services that were deployed at some time. */
  readonly zos: Set<string>
}

/** Calls of many clients at once. */
export interface Load {
  /** Sends requests until a promise is kept; answers what was sent, in the order of the replies. */
  readonly run: (options: {
    readonly round: number
    readonly until: Promise<unknown>
    readonly address: (choice: number) => string | undefined
    /** Hears of every reply that a host has given. */
    readonly replied: () => void
  }) => Promise<ReadonlyArray<Call>>
}

/** Makes a load of so many clients; which requests they send follows from the seed, how far they get does not. */
export const createLoad = ({
  seed,
  clients,
  world,
}: {
  readonly seed: string
  readonly clients: number
  readonly world: World
}): Load => {
  let sent = 0
  return {
    run: async ({ round, until, address, replied }) => {
      const calls: Array<Call> = []
      let isOver = false
      const over = until.finally(() => {
        isOver = true
      })
      const client = async (index: number): Promise<void> => {
        const random = createRandom(`${seed}/round ${round}/client ${index}`)
        while (!isOver) {
          const base = address(random.next())
          if (base === undefined) {
            await pause(20)
            continue
          }
          const draw = random.next()
          const make = draw < 0.4 ? poppyRequest : draw < 0.8 ? gcoreRequest : zosRequest
          sent += 1
          const made = make({ world, random, number: sent, round })
          const request = `r${round}-${index}-${sent}`
          const reply = await send(base, made, request)
          if (reply.kind !== 'unknown') replied()
          const { method, path, mark } = made
          calls.push({
            request,
            round,
            what: `${method} ${path}`,
            ...(mark === undefined ? {} : { mark }),
            reply,
          })
          await pause(random.whole(0, 12))
        }
      }
      await Promise.all([over, ...Array.from({ length: clients }, (_, index) => client(index))])
      return calls
    },
  }
}

// -- internals

// A little longer than the work of a dead host stays with it.
const PATIENCE_MS = 3000

const send = async (base: string, made: Request, request: string): Promise<Reply> => {
  const { method, path, headers, body } = made
  const answer = await exchange(`${base}${path}`, {
    method,
    headers: { ...headers, 'x-request-id': request },
    ...(body === undefined ? {} : { body }),
    patienceMs: PATIENCE_MS,
  })
  if (answer === undefined) return { kind: 'unknown', words: 'no answer' }
  const { status, text } = answer
  const retryAfter = answer.headers.has('retry-after')
  if (status >= 500)
    return { kind: 'unknown', fault: { status, retryAfter }, words: text.slice(0, 300) }
  if (status >= 300) return { kind: 'refused', status }
  await learn(base, made, answer)
  return { kind: 'accepted', status, promise: made.promise(answer) }
}

const learn = async (base: string, { follow }: Request, answer: Answer): Promise<void> => {
  if (follow === undefined) return
  const { path, headers, learn: take } = follow(answer)
  const read = await exchange(`${base}${path}`, { method: 'GET', headers, patienceMs: PATIENCE_MS })
  if (read?.status === 200) take(read)
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
