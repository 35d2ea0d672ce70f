import type { State } from '@signalbox/core'
import type { Violation } from './check/evidence.ts'
import { exchange } from './exchange.ts'
import { linearize } from './linearize.ts'
import type { Model, Operation, Verdict } from './linearize.ts'
import type { Random } from './random.ts'
import { gcoreRegister, poppyRegister } from './register.ts'
import type { StatusOp, StatusResult } from './register.ts'
import { PROJECT, RULES, SECRET } from './setting.ts'

/** The recorded history of one service's status. */
export interface History {
  readonly service: string
  readonly model: Model<State, StatusOp, StatusResult>
  readonly operations: ReadonlyArray<Operation<StatusOp, StatusResult>>
}

/** What a race came to. */
export interface Race {
  readonly histories: ReadonlyArray<History>
  readonly violations: ReadonlyArray<Violation>
}

/**
 * Lets writers and readers change and read the status of a few new services through any of the hosts at once, records when
 * each began and ended and what it was told, and tells whether some order of them explains it all.
 */
export const race = async (options: {
  readonly random: Random
  readonly callers: number
  /** No other race has it. */
  readonly name: string
  /** The race is over when it is kept. */
  readonly until: () => Promise<unknown>
  readonly address: (choice: number) => string | undefined
}): Promise<Race> => {
  const { random, callers, name, until, address } = options
  const lanes = [...(await gcoreLanes(name, address)), await poppyLane(name, address)]
  const recorded = lanes.map((): Array<Operation<StatusOp, StatusResult>> => [])
  let isOver = false
  const over = until().finally(() => {
    isOver = true
  })
  let processes = 0
  const caller = async (index: number): Promise<void> => {
    const dice = random.fork(`caller ${index}`)
    let process = (processes += 1)
    while (!isOver) {
      const choice = dice.whole(0, lanes.length - 1)
      const lane = lanes[choice]
      const base = address(dice.next())
      if (lane === undefined || base === undefined) {
        await pause(10)
        continue
      }
      const op = lane.draw(dice)
      const start = performance.now()
      const result = await lane.send(base, op)
      const end = result === undefined ? Infinity : performance.now()
      recorded[choice]?.push({ process, op, start, end, result })
      // Whoever does not know what became of a request is somebody else from then on.
      if (result === undefined) process = processes += 1
    }
  }
  await Promise.all([over, ...Array.from({ length: callers }, (_, index) => caller(index))])
  const histories = lanes.map(({ service, model }, index) => ({
    service,
    model,
    operations: recorded[index] ?? [],
  }))
  return { histories, violations: histories.flatMap(judge) }
}

/** Says what is wrong with a history, if anything is. */
export const judge = ({ service, model, operations }: History): ReadonlyArray<Violation> => {
  const verdict = linearize(model, operations)
  return verdict.kind === 'linearizable'
    ? []
    : [{ kind: 'order', subject: service, words: wordsOf(verdict) }]
}

// -- internals

const PATIENCE_MS = 5000

const GCORE_HEADERS = { 'content-type': 'application/json' }

// A service with what can be asked of it.
interface Lane {
  readonly service: string
  readonly model: Model<State, StatusOp, StatusResult>
  readonly draw: (random: Random) => StatusOp
  readonly send: (base: string, op: StatusOp) => Promise<StatusResult | undefined>
}

const lifecycleOf = (name: string): (typeof RULES.lifecycles)[number] => {
  const found = RULES.lifecycles.find((lifecycle) => lifecycle.name === name)
  if (found === undefined) throw new Error(`no lifecycle ${name}`)
  return found
}

const insist = async <A>(
  address: (choice: number) => string | undefined,
  work: (base: string) => Promise<A | undefined>,
): Promise<A> => {
  for (let attempt = 1; attempt <= 200; attempt += 1) {
    const base = address(0.5)
    const done = base === undefined ? undefined : await work(base)
    if (done !== undefined) return done
    await pause(50)
  }
  throw new Error('the services of a race could not be made')
}

const gcoreLanes = async (
  name: string,
  address: (choice: number) => string | undefined,
): Promise<ReadonlyArray<Lane>> => {
  const headers = { ...GCORE_HEADERS, authorization: `apikey 7$${SECRET}` }
  const client = await insist(address, async (base) => {
    const email = `race-${name}-${performance.now()}@example.com`
    const made = await exchange(`${base}/iam/users`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ email, password: 'of a race', company: `Race ${name}` }),
      patienceMs: PATIENCE_MS,
    })
    if (made?.status !== 201) return undefined
    const user = JSON.parse(made.text) as {
      readonly client_and_roles: readonly [{ readonly client_id: number }]
    }
    return user.client_and_roles[0].client_id
  })
  const services = await insist(address, async (base) => {
    const read = await exchange(`${base}/iam/clients/${client}/services`, {
      method: 'GET',
      headers,
      patienceMs: PATIENCE_MS,
    })
    if (read?.status !== 200) return undefined
    return JSON.parse(read.text) as ReadonlyArray<{ readonly id: number; readonly name: string }>
  })
  return services.slice(0, 3).map(({ id, name: product }) => gcoreLane({ id, product, client }))
}

const gcoreLane = (service: {
  readonly id: number
  readonly product: string
  readonly client: number
}): Lane => {
  const { id, client } = service
  const path = `/iam/clients/${client}/services/${id}`
  return {
    service: `gcore ${client}/${id}`,
    model: gcoreRegister(lifecycleOf('gcore/service'), service),
    draw: (random) =>
      random.chance(0.5)
        ? { kind: 'get' }
        : {
            kind: 'set',
            status: random.pick(['trial', 'active', 'paused', 'trialend', 'deleted']),
            as: random.pick(['1', '7']),
          },
    send: async (base, op) => {
      const key = op.kind === 'set' ? op.as : '7'
      const answer = await exchange(`${base}${path}`, {
        method: op.kind === 'set' ? 'PUT' : 'GET',
        headers: { ...GCORE_HEADERS, authorization: `apikey ${key}$${SECRET}` },
        ...(op.kind === 'set' && { body: JSON.stringify({ status: op.status }) }),
        patienceMs: PATIENCE_MS,
      })
      return resultOf(answer?.status, answer?.text ?? '')
    },
  }
}

const poppyLane = async (
  name: string,
  address: (choice: number) => string | undefined,
): Promise<Lane> => {
  const headers = { 'x-auth-token': SECRET }
  const domain = `www.race-${name}-${Math.round(performance.now())}.example`.toLowerCase()
  const id = await insist(address, async (base) => {
    const made = await exchange(`${base}/v1.0/${PROJECT}/services`, {
      method: 'POST',
      headers,
      body: JSON.stringify({
        name: `race ${name}`,
        domains: [{ domain }],
        origins: [{ origin: `origin.${domain}` }],
        flavor_id: 'cdn',
      }),
      patienceMs: PATIENCE_MS,
    })
    return new URL(made?.headers.get('location') ?? 'x:').pathname.split('/').at(-1) || undefined
  })
  const read = (base: string): ReturnType<typeof exchange> =>
    exchange(`${base}/v1.0/${PROJECT}/services/${id}`, {
      method: 'GET',
      headers,
      patienceMs: PATIENCE_MS,
    })
  const post = (base: string, path: string, body: object): ReturnType<typeof exchange> =>
    exchange(`${base}/v1.0/${PROJECT}/admin/services/${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
      patienceMs: PATIENCE_MS,
    })
  const service = { project_id: PROJECT, service_id: id }
  // Once nothing is under way there, only calls change it.
  await insist(address, async (base) => {
    const { text = '' } = (await read(base)) ?? {}
    if (text.includes('"status":"deployed"')) return true
    if (text.includes('"status":"failed"'))
      await post(base, 'status', { ...service, status: 'deployed' })
    return undefined
  })
  return {
    service: `poppy ${PROJECT}/${id}`,
    model: poppyRegister(lifecycleOf('poppy/service'), { project: PROJECT, id }),
    draw: (random) => {
      const draw = random.next()
      if (draw < 0.5) return { kind: 'get' }
      if (draw < 0.8)
        return { kind: 'set', status: random.pick(['deployed', 'failed']), as: 'operator' }
      return { kind: random.pick(['enable', 'enable', 'disable']) }
    },
    send: async (base, op) => {
      const answer = await (op.kind === 'get'
        ? read(base)
        : op.kind === 'set'
          ? post(base, 'status', { ...service, status: op.status })
          : post(base, 'action', { action: op.kind, domain }))
      return resultOf(answer?.status, op.kind === 'get' ? (answer?.text ?? '') : '{}')
    },
  }
}

const resultOf = (status: number | undefined, text: string): StatusResult | undefined => {
  if (status === undefined || status >= 500) return undefined
  if (status >= 300) return { kind: 'refused' }
  const shown = JSON.parse(text === '' ? '{}' : text) as { readonly status?: string }
  return { kind: 'accepted', ...(shown.status !== undefined && { status: shown.status }) }
}

const wordsOf = (
  verdict: Exclude<Verdict<StatusOp, StatusResult>, { readonly kind: 'linearizable' }>,
): string =>
  verdict.kind === 'undecided'
    ? `not decided after ${verdict.visited} steps`
    : `after ${verdict.order.slice(-3).map(spell).join(', ')} none of these can follow: ${verdict.stuck.map(spell).join(', ')}`

const spell = ({ process, op, start, end, result }: Operation<StatusOp, StatusResult>): string =>
  `${JSON.stringify(op)} = ${JSON.stringify(result)} (by ${process}, ${start.toFixed(1)} to ${end.toFixed(1)})`

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
