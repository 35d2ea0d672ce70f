import { matrix, ServiceStatus } from '@signalbox/core/gcore'
import type { Cell, Outcome } from '@signalbox/core/gcore'

/** A host under test, freshly opened with the settings of a cell and `MATRIX_CALLERS`. */
export interface MatrixBench {
  /** Sends a request with the key `as`, its body as it is. */
  readonly call: (
    method: string,
    path: string,
    call: { readonly as: string; readonly body?: string },
  ) => Promise<MatrixAnswer>
  /** Lets time pass. */
  readonly advance: (ms: number) => Promise<void>
}

/** A response, read. */
export interface MatrixAnswer {
  readonly status: number
  readonly text: string
}

/** One request for a status: from where, to where and by whom. */
export interface MatrixCell {
  readonly from: string
  readonly wanted: ServiceStatus
  readonly caller: string
  readonly settings: object
  /** Makes the request, and says what was seen and what the table says of it. */
  readonly run: (
    bench: MatrixBench,
  ) => Promise<{ readonly seen: MatrixSight; readonly due: MatrixSight }>
}

/** What a request came to. */
export interface MatrixSight {
  /** The status at the start. */
  readonly from: unknown
  readonly code: number
  /** The status answered, or the errors. */
  readonly answer: unknown
  /** The status afterwards, of the service and in its client. */
  readonly after: unknown
  readonly inClient: unknown
  /** Whether nothing at all of the service is another. */
  readonly same: boolean
}

/** Who asks; the secret of each is `s`, and the seller belongs to the reseller. */
export const MATRIX_CALLERS = [
  { id: '7', role: 'reseller', tenants: '*' },
  { id: '8', role: 'seller', tenants: '*' },
  { id: '1', role: 'admin', tenants: '*' },
  { id: '12', role: 'common', tenants: ['3989'] },
] as const

/** The vendor's table of transitions as requests, each cell for each caller. */
export const gcoreMatrix = (): ReadonlyArray<MatrixCell> =>
  STARTS.flatMap((start) =>
    STATUSES.flatMap((wanted) => MATRIX_CALLERS.map((caller) => cellOf(start, wanted, caller))),
  )

// -- internals

const DAY_MS = 86_400_000

const PATH = '/iam/clients/3989/services/5'

type Caller = (typeof MATRIX_CALLERS)[number]

const cellOf = (start: Start, wanted: ServiceStatus, { id, role }: Caller): MatrixCell => ({
  from: start.name,
  wanted,
  caller: role,
  settings: {
    users: { '8': { reseller: 7 } },
    clients: [
      {
        id: 3989,
        name: 'A',
        email: 'a@example.com',
        companyName: 'A',
        reseller: 7,
        seller: 8,
        services: {
          [start.product]: { id: 5, status: start.requests === undefined ? start.status : 'new' },
        },
      },
    ],
  },
  run: async (bench) => {
    await bring(bench, start)
    const before = await get(bench, PATH)
    const { status, text } = await request(bench, wanted, `${id}$s`)
    const after = await get(bench, PATH)
    const client = valueOf(await get(bench, '/iam/clients/3989'))
    const answered = valueOf(text)
    const answer =
      status === 200 ? answered['status'] : status === 400 ? answered['errors'] : undefined
    const seen: MatrixSight = {
      from: valueOf(before)['status'],
      code: status,
      answer,
      after: valueOf(after)['status'],
      inClient: (client['serviceStatuses'] as Answered)[start.product]?.status,
      same: after === before,
    }
    const [code, due] =
      role === 'common' ? [403, undefined] : expected(start, wanted, STANDINGS[role])
    const stands = code === 200 ? due : start.status
    const same = stands === start.status
    return {
      seen,
      due: { from: start.status, code, answer: due, after: stands, inClient: stands, same },
    }
  },
})

type Answered = Readonly<Record<string, { readonly status: string }>>

const STANDINGS = { reseller: 'reseller', seller: 'reseller', admin: 'admin' } as const

const request = ({ call }: MatrixBench, status: string, as = '7$s'): Promise<MatrixAnswer> =>
  call('PUT', PATH, { as, body: JSON.stringify({ status }) })

const get = async ({ call }: MatrixBench, path: string): Promise<string> =>
  (await call('GET', path, { as: '7$s' })).text

const valueOf = (text: string): Readonly<Record<string, unknown>> => JSON.parse(text)

const bring = async (bench: MatrixBench, { requests = [], days }: Start): Promise<void> => {
  const [first, ...others] = requests
  if (first === undefined) return
  await request(bench, first)
  // A pause may come in a trial's very last moment.
  const late = others.length > 0 ? 1 : 0
  if (days !== undefined) await bench.advance(days * DAY_MS - late)
  for (const status of others) await request(bench, status)
  if (days !== undefined && late > 0)
    // Cut to what is used up, so that nothing is left.
    await bench.call('PATCH', PATH, {
      as: '7$s',
      body: '{"options":[{"name":"CDN_TRIAL_DAYS_LIMIT","value":"13"}]}',
    })
}

const STATUSES = Object.keys(ServiceStatus.keys).filter(ServiceStatus.is)

/** Where a service may stand, as far as the table tells it apart. */
interface Start {
  readonly name: string
  readonly status: ServiceStatus
  readonly product: 'CDN' | 'CLOUD'
  /** What the seed leaves to be requested. */
  readonly requests?: ReadonlyArray<string>
  /** Lets the trial run out first. */
  readonly days?: number
  readonly holds: Readonly<Record<NonNullable<Cell['when']>, boolean>>
  readonly trialStarted: boolean
}

const holds = (trialOffered: boolean, trialLeft: boolean, trialResumable: boolean) => ({
  trialOffered,
  trialLeft,
  trialResumable,
})

const STARTS: ReadonlyArray<Start> = [
  {
    name: 'new',
    status: 'new',
    product: 'CDN',
    holds: holds(true, true, false),
    trialStarted: false,
  },
  {
    name: 'new without a trial',
    status: 'new',
    product: 'CLOUD',
    holds: holds(false, false, false),
    trialStarted: false,
  },
  {
    name: 'trial',
    status: 'trial',
    product: 'CDN',
    holds: holds(true, true, false),
    trialStarted: true,
  },
  {
    name: 'trialend with time left',
    status: 'trialend',
    product: 'CDN',
    holds: holds(true, true, true),
    trialStarted: true,
  },
  {
    name: 'trialend without time left',
    status: 'trialend',
    product: 'CDN',
    requests: ['trial'],
    days: 14,
    holds: holds(true, false, false),
    trialStarted: true,
  },
  {
    name: 'active',
    status: 'active',
    product: 'CDN',
    holds: holds(true, true, false),
    trialStarted: true,
  },
  {
    name: 'paused from active',
    status: 'paused',
    product: 'CDN',
    holds: holds(true, true, false),
    trialStarted: true,
  },
  {
    name: 'paused from trial',
    status: 'paused',
    product: 'CDN',
    requests: ['trial', 'paused'],
    holds: holds(true, true, true),
    trialStarted: true,
  },
  {
    name: 'paused after a trial without time left',
    status: 'paused',
    product: 'CDN',
    requests: ['trial', 'paused'],
    days: 14,
    holds: holds(true, false, false),
    trialStarted: true,
  },
  {
    name: 'activating',
    status: 'activating',
    product: 'CDN',
    holds: holds(true, true, false),
    trialStarted: false,
  },
  {
    name: 'deleted',
    status: 'deleted',
    product: 'CDN',
    holds: holds(true, true, false),
    trialStarted: false,
  },
]

const verdictOf = ({ outcome, when, otherwise }: Cell, start: Start): Outcome =>
  when === undefined || start.holds[when] ? outcome : (otherwise ?? outcome)

// The most telling words for a trial that cannot be.
const trialWords = (start: Start, wanted: string): string => {
  if (start.trialStarted) return 'Trial has already been used.'
  return start.holds.trialOffered
    ? `Transition from "${start.status}" to "${wanted}" is not allowed.`
    : 'Trial is not offered for this product.'
}

const expected = (
  start: Start,
  wanted: ServiceStatus,
  standing: 'reseller' | 'admin',
): readonly [number, unknown] => {
  const verdict = verdictOf(matrix[start.status][wanted][standing], start)
  const refused = (text: string): readonly [number, unknown] => [400, { status: [text] }]
  switch (verdict) {
    case 'same':
      return [200, start.status]
    case 'ACT':
      return [
        200,
        // What was on trial is provided already, and a CLOUD is at once.
        start.product === 'CDN' && !start.trialStarted ? 'activating' : 'active',
      ]
    case 'E1':
      return refused(`Transition from "${start.status}" to "${wanted}" is not allowed.`)
    case 'E2':
      return refused(`Status "${wanted}" is set by the system.`)
    case 'E3':
    case 'E4':
      return refused(trialWords(start, wanted))
    default:
      return [200, verdict]
  }
}
