import { matrix, ServiceStatus } from '@signalbox/core/gcore'
import type { Cell, Outcome } from '@signalbox/core/gcore'
import { memoryStore } from '@signalbox/stores/memory'
import { describe, expect, it } from 'vitest'
import { bootWith, DAY, principal } from './__fixtures__/house.ts'
import type { Booted } from './__fixtures__/house.ts'

const boot = bootWith(memoryStore)

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

const CALLERS = [
  { name: 'reseller', key: '7$s', standing: 'reseller' },
  { name: 'seller', key: '8$s', standing: 'reseller' },
  { name: 'admin', key: '1$s', standing: 'admin' },
  { name: 'common', key: '12$s', standing: undefined },
] as const

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

const given = async (start: Start): Promise<Booted & { readonly path: string }> => {
  const seeded = start.requests === undefined ? start.status : 'new'
  const house = await boot(
    {
      users: { '8': { reseller: 7 } },
      clients: [
        {
          id: 3989,
          name: 'A',
          email: 'a@example.com',
          companyName: 'A',
          reseller: 7,
          seller: 8,
          services: { [start.product]: { id: 5, status: seeded } },
        },
      ],
    },
    [
      principal('1', 'admin', '*'),
      principal('7', 'reseller', '*'),
      principal('8', 'seller', '*'),
      principal('12', 'common', ['3989']),
    ],
  )
  const path = '/iam/clients/3989/services/5'
  const [first, ...others] = start.requests ?? []
  if (first !== undefined) {
    await house.call('PUT', path, { body: JSON.stringify({ status: first }) })
    // A pause may come in a trial's very last moment.
    const late = others.length > 0 ? 1 : 0
    if (start.days !== undefined) await house.clock.advance(start.days * DAY - late)
    for (const status of others) await house.call('PUT', path, { body: JSON.stringify({ status }) })
    if (start.days !== undefined && late > 0)
      // Cut to what is used up, so that nothing is left.
      await house.call('PATCH', path, {
        body: '{"options":[{"name":"CDN_TRIAL_DAYS_LIMIT","value":"13"}]}',
      })
  }
  return { ...house, path }
}

describe.each(STARTS.map((start) => [start.name, start] as const))('from %s', (_, start) => {
  it.each(
    STATUSES.flatMap((wanted) => CALLERS.map((caller) => [wanted, caller.name, caller] as const)),
  )('to %s as %s', async (wanted, _name, { key, standing }) => {
    const { path, call, get } = await given(start)
    const before = (await get(path)).text
    expect(JSON.parse(before).status).toBe(start.status)
    const { status, json } = await call('PUT', path, {
      body: JSON.stringify({ status: wanted }),
      as: key,
    })
    const after = (await get(path)).text
    if (standing === undefined) {
      expect([status, after]).toEqual([403, before])
      return
    }
    const [code, what] = expected(start, wanted, standing)
    expect([status, code === 200 ? json.status : json.errors]).toEqual([code, what])
    if (code !== 200 || what === start.status) expect(after).toBe(before)
    expect((await get('/iam/clients/3989')).json.serviceStatuses[start.product].status).toBe(
      JSON.parse(after).status,
    )
  })
})
