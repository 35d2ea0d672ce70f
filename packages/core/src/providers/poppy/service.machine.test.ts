import { describe, expect, it } from 'vitest'
import type { Event } from '../../input.ts'
import { restoreState } from '../../restore.ts'
import { given, walk } from '../../testing.ts'
import type { Scenario } from '../../testing.ts'
import { ServiceContext } from './codecs.ts'
import type { AccessUrl, Domain, ServiceConfig } from './codecs.ts'
import { createPoppyLifecycle, poppyService } from './service.machine.ts'

const http = (domain: string): Domain => ({ domain, protocol: 'http', certificate: null })

const configOf = (...domains: ReadonlyArray<Domain>): ServiceConfig => ({
  name: 'shop',
  domains,
  origins: [
    {
      origin: 'o.shop-a.com',
      port: 80,
      ssl: false,
      rules: [{ name: 'default', request_url: '/*' }],
      hostheadertype: 'domain',
      hostheadervalue: null,
    },
  ],
  restrictions: [],
  caching: [],
  flavor_id: 'cdn',
  log_delivery: { enabled: false },
})

const config = configOf(http('www.shop-a.com'))
const changed = configOf(http('img.shop-a.com'), http('www.shop-a.com'))

const urlOf = (domain: string, members: Partial<AccessUrl> = {}): AccessUrl => ({
  domain,
  operatorUrl: `${domain}.cdn4.example.net`,
  providerUrl: '0b7e9d52.edge.mock.example.net',
  shared: false,
  ...members,
})

const accessUrls = [urlOf('www.shop-a.com')]

const COMMANDS = {
  update: { type: 'service.update', config: changed },
  purgeHard: { type: 'service.purge', hard: true, url: '/a' },
  purgeSoft: { type: 'service.purge', hard: false, url: '/*' },
  delete: { type: 'service.delete' },
  setDeployed: { type: 'service.setStatus', status: 'deployed', flavorExists: true },
  setFailed: { type: 'service.setStatus', status: 'failed', flavorExists: true },
  setWithoutFlavor: { type: 'service.setStatus', status: 'deployed', flavorExists: false },
  disable: { type: 'service.disable' },
  enable: { type: 'service.enable' },
} as const satisfies Record<string, Event>

const REPORTS = {
  provisioned: { type: 'service.provisioned', accessUrls, logUrl: 'log' },
  provisionFailed: { type: 'service.provisionFailed', message: 'no' },
  updated: { type: 'service.updated', accessUrls: [urlOf('new.shop-a.com')], logUrl: null },
  updateFailed: { type: 'service.updateFailed', message: 'no' },
  purged: { type: 'service.purged' },
  purgeFailed: { type: 'service.purgeFailed', message: 'no' },
  removed: { type: 'service.removed' },
  removeFailed: { type: 'service.removeFailed', message: 'no' },
} as const satisfies Record<string, Event>

const EVENTS = { ...COMMANDS, ...REPORTS }

type EventName = keyof typeof EVENTS

const created = (lifecycle = poppyService): Scenario =>
  given(
    lifecycle,
    { type: 'service.create', config, provider: 'mock' },
    { ref: { provider: 'poppy', tenant: 'acme-7', id: '0b7e9d52' } },
  )

type Place =
  | 'create_in_progress'
  | 'deployed'
  | 'update_in_progress'
  | 'delete_in_progress'
  | 'failed'

const PLACES: Readonly<Record<Place, () => Scenario>> = {
  create_in_progress: () => created(),
  deployed: () => created().when(REPORTS.provisioned),
  update_in_progress: () => PLACES.deployed().when(COMMANDS.update),
  delete_in_progress: () => PLACES.deployed().when(COMMANDS.delete),
  failed: () => created().when(REPORTS.provisionFailed),
}

const contextOf = ({ state }: Scenario): ServiceContext => {
  if (!ServiceContext.is(state.context)) throw new Error('not a context')
  return state.context
}

const lifecycleOf = ({ state }: Scenario): string | undefined => state.labels['lifecycle']

const effectsOf = ({ decision }: Scenario): ReadonlyArray<string> =>
  decision.effects.map(({ type }) => type)

interface Row {
  readonly to: string
  readonly effects?: ReadonlyArray<string>
  readonly newGeneration?: true
  /** Members of the context that change, running work apart. */
  readonly context?: Partial<ServiceContext>
}

const served = { accessUrls, logUrl: 'log', errors: [] }
const said = { errors: ['no'] }
const deletion: Row = { to: 'delete_in_progress', effects: ['remove'], newGeneration: true }
const overrideTo = (to: string): Row => ({ to, effects: ['pointDns'], newGeneration: true })
const overrides = {
  setDeployed: overrideTo('deployed'),
  setWithoutFlavor: overrideTo('deployed'),
  setFailed: overrideTo('failed'),
}
const update: Row = {
  to: 'update_in_progress',
  effects: ['update'],
  newGeneration: true,
  context: { config: changed },
}

const TABLE: Record<Place, Partial<Record<EventName, Row>>> = {
  create_in_progress: {
    provisioned: { to: 'deployed', context: served },
    provisionFailed: { to: 'failed', context: said },
    setDeployed: { to: 'create_in_progress', effects: ['provision'], newGeneration: true },
    setFailed: { to: 'create_in_progress', effects: ['provision'], newGeneration: true },
    delete: deletion,
  },
  deployed: {
    update,
    purgeHard: { to: 'deployed', effects: ['purge'] },
    purgeSoft: {
      to: 'update_in_progress',
      effects: ['purge', 'pointDns'],
      newGeneration: true,
    },
    purged: { to: 'deployed' },
    purgeFailed: { to: 'deployed', context: said },
    delete: deletion,
    ...overrides,
  },
  update_in_progress: {
    updated: {
      to: 'deployed',
      context: { accessUrls: REPORTS.updated.accessUrls, logUrl: null },
    },
    updateFailed: { to: 'failed', context: said },
    purged: { to: 'deployed' },
    purgeFailed: { to: 'failed', context: said },
    delete: deletion,
    ...overrides,
  },
  delete_in_progress: {
    delete: { to: 'delete_in_progress' },
    removed: { to: 'deleted', effects: ['removeCertificate'], newGeneration: true },
    removeFailed: { to: 'failed', context: said },
    ...overrides,
  },
  failed: { update, delete: deletion, ...overrides },
}

for (const place of Object.values(TABLE)) {
  place.disable = { to: '', effects: ['pointDns'], context: { enabled: false } }
  place.enable = { to: '' }
}

const names = Object.keys(EVENTS) as ReadonlyArray<EventName>
const places = Object.keys(TABLE) as ReadonlyArray<Place>

describe.each(places)('from %s', (place) => {
  const from = PLACES[place]()

  it.each(names.filter((name) => TABLE[place][name] !== undefined))('takes %s', (name) => {
    const row = TABLE[place][name]
    const to = row?.to === '' ? place : row?.to
    const next = from.when(EVENTS[name], { generation: from.state.generation })
    const { since: _, purges: __, ...context } = contextOf(next)
    const { since: ___, purges: ____, ...before } = contextOf(from)
    expect(lifecycleOf(next)).toBe(to)
    expect(effectsOf(next)).toEqual(row?.effects ?? [])
    expect(next.state.generation - from.state.generation).toBe(row?.newGeneration ? 1 : 0)
    expect(context).toEqual({ ...before, ...row?.context })
  })

  it.each(
    names.filter((name) => TABLE[place][name] === undefined && Object.hasOwn(COMMANDS, name)),
  )('refuses %s', (name) => {
    expect(from.refusal(EVENTS[name])).toMatchObject({ _tag: 'IllegalMove' })
  })

  it.each(names.filter((name) => TABLE[place][name] === undefined && Object.hasOwn(REPORTS, name)))(
    'notes %s and ignores it',
    (name) => {
      const next = from.when(EVENTS[name], { generation: from.state.generation })
      expect(next.state).toEqual(from.state)
      expect(next.decision.journal.map(({ outcome }) => outcome)).toEqual(['ignored'])
    },
  )

  it('notes every report of an older generation and keeps still', () => {
    for (const report of Object.values(REPORTS)) {
      const next = from.when(report, { generation: from.state.generation - 1 })
      expect(next.state).toEqual(from.state)
      expect(next.decision.journal.map(({ outcome }) => outcome)).toEqual(['stale'])
    }
  })
})

describe('creation', () => {
  it('provisions for the project of the ref and says so in the vendor’s word', () => {
    const service = created()
    expect(service.state.status).toBe('create_in_progress')
    expect(service.state.generation).toBe(1)
    expect(service.decision.effects.map(({ type, params }) => [type, params])).toEqual([
      ['provision', { provider: 'mock', config }],
    ])
    expect(contextOf(service)).toMatchObject({
      project: 'acme-7',
      provider: 'mock',
      accessUrls: [],
      errors: [],
    })
  })
})

describe('work', () => {
  it('exchanges certificates: one for a domain that was plain, none for one that is dropped', () => {
    const san = (domain: string): Domain => ({ domain, protocol: 'https', certificate: 'san' })
    const secured = PLACES.deployed().when({
      type: 'service.update',
      config: configOf(san('www.shop-a.com'), san('new.shop-a.com')),
    })
    expect(secured.decision.effects[0]).toMatchObject({
      type: 'exchangeCertificates',
      lane: 'certificates',
      params: { requested: [{ domain: 'www.shop-a.com', cert_type: 'san' }], dropped: [] },
    })
    const dropped = secured
      .when(REPORTS.updated)
      .when({ type: 'service.update', config: configOf(san('www.shop-a.com')) })
    expect(dropped.decision.effects[0]).toMatchObject({
      type: 'exchangeCertificates',
      params: { requested: [], dropped: [{ domain: 'new.shop-a.com', cert_type: 'san' }] },
    })
  })

  it('hands an update what the service had, even after one has failed', () => {
    const again = PLACES.update_in_progress().when(REPORTS.updateFailed).when({
      type: 'service.update',
      config,
    })
    expect(again.decision.effects[0]?.params).toEqual({ provider: 'mock', config, accessUrls })
  })

  it('keeps the new configuration and the old access URLs when an update fails', () => {
    const failed = PLACES.update_in_progress().when(REPORTS.updateFailed)
    expect(failed.state.status).toBe('failed')
    expect(contextOf(failed)).toMatchObject({ config: changed, accessUrls, errors: ['no'] })
  })

  it('purges a path of the domains it serves', () => {
    const [purge] = PLACES.deployed().when(COMMANDS.purgeHard).decision.effects
    expect(purge?.params).toEqual({
      provider: 'mock',
      hard: true,
      url: '/a',
      domains: ['www.shop-a.com'],
    })
  })

  it('gives back the certificates that are the service’s own', () => {
    const secure = configOf(
      http('www.shop-a.com'),
      { domain: 'a.shop-a.com', protocol: 'https', certificate: 'san' },
      { domain: 'b.shop-a.com', protocol: 'https', certificate: 'sni' },
      { domain: 'c.scdn1.s.net', protocol: 'https', certificate: 'shared' },
      { domain: 'd.shop-a.com', protocol: 'https', certificate: 'custom' },
    )
    const removed = PLACES.failed()
      .when({ type: 'service.update', config: secure })
      .when(COMMANDS.delete)
      .when(REPORTS.removed)
    expect(removed.decision.effects[0]?.params).toEqual({
      provider: 'mock',
      certificates: [
        { domain: 'a.shop-a.com', cert_type: 'san' },
        { domain: 'b.shop-a.com', cert_type: 'sni' },
      ],
    })
  })

  it('clears the last failure when a purge succeeds', () => {
    const failed = PLACES.deployed().when(COMMANDS.purgeHard).when(REPORTS.purgeFailed)
    expect(contextOf(failed).errors).toEqual(['no'])
    expect(contextOf(failed.when(COMMANDS.purgeHard).when(REPORTS.purged)).errors).toEqual([])
  })
})

describe('an override', () => {
  it('wins over an update that is reported late', () => {
    const updating = PLACES.update_in_progress()
    const failed = updating.when(COMMANDS.setFailed)
    const late = failed.when(REPORTS.updated, { generation: updating.state.generation })
    expect(late.state.status).toBe('failed')
    expect(contextOf(late).accessUrls).toEqual(accessUrls)
  })

  it('keeps the errors, and can be repeated', () => {
    const deployed = PLACES.failed().when(COMMANDS.setDeployed)
    expect(deployed.state.status).toBe('deployed')
    expect(contextOf(deployed).errors).toEqual(['no'])
    expect(deployed.when(COMMANDS.setDeployed).state.status).toBe('deployed')
  })

  it('provisions again while the service is being created, and the new report decides', () => {
    const again = PLACES.create_in_progress().when(COMMANDS.setFailed)
    expect(again.when(REPORTS.provisioned, { generation: 1 }).state.status).toBe(
      'create_in_progress',
    )
    expect(again.when(REPORTS.provisioned, { generation: 2 }).state.status).toBe('deployed')
  })

  it('is refused there when the flavor is gone', () => {
    expect(PLACES.create_in_progress().refusal(COMMANDS.setWithoutFlavor)).toMatchObject({
      _tag: 'IllegalMove',
      reasons: [{ guard: 'flavorExists' }],
    })
  })

  it('is refused there when the service is disabled, which is said first', () => {
    const disabled = PLACES.create_in_progress().when(COMMANDS.disable)
    expect(disabled.refusal(COMMANDS.setDeployed)).toMatchObject({
      reasons: [{ guard: 'enabled' }],
    })
    expect(disabled.refusal(COMMANDS.setWithoutFlavor)).toMatchObject({
      reasons: [{ guard: 'enabled' }, { guard: 'flavorExists' }],
    })
  })

  it('keeps a service that was being deleted, which then can be rebuilt or deleted', () => {
    const deleting = PLACES.delete_in_progress()
    const kept = deleting.when(COMMANDS.setFailed)
    const late = kept.when(REPORTS.removed, { generation: deleting.state.generation })
    expect(late.state.status).toBe('failed')
    expect(kept.when(COMMANDS.update).state.status).toBe('update_in_progress')
    expect(kept.when(COMMANDS.delete).state.status).toBe('delete_in_progress')
  })

  it('asks again for DNS work that it made stale', () => {
    const next = PLACES.update_in_progress().when(COMMANDS.disable).when(COMMANDS.setFailed)
    expect(next.decision.effects.map(({ type, params }) => [type, params['enabled']])).toEqual([
      ['pointDns', false],
    ])
  })
})

describe('the operator', () => {
  it.each(places)('disables and enables a service in %s, and nothing else moves', (place) => {
    const from = PLACES[place]()
    const disabled = from.when(COMMANDS.disable)
    expect(disabled.state.status).toBe('disabled')
    expect(lifecycleOf(disabled)).toBe(place)
    expect(disabled.state.deadlines).toEqual(from.state.deadlines)
    expect(disabled.decision.effects.map(({ params }) => params['enabled'])).toEqual([false])
    const enabled = disabled.when(COMMANDS.enable)
    expect(enabled.state.status).toBe(place)
    expect(enabled.decision.effects.map(({ params }) => params['enabled'])).toEqual([true])
  })

  it('changes nothing by saying it twice', () => {
    const disabled = PLACES.deployed().when(COMMANDS.disable)
    expect(disabled.when(COMMANDS.disable).decision).toMatchObject({ changed: false, effects: [] })
    expect(PLACES.deployed().when(COMMANDS.enable).decision).toMatchObject({
      changed: false,
      effects: [],
    })
  })

  it('lets running work end, under the disabled word', () => {
    const disabled = PLACES.update_in_progress().when(COMMANDS.disable)
    const ended = disabled.when(REPORTS.updated, { generation: disabled.state.generation })
    expect(ended.state.status).toBe('disabled')
    expect(lifecycleOf(ended)).toBe('deployed')
    expect(ended.when(COMMANDS.enable).state.status).toBe('deployed')
  })

  it('refuses an update of a disabled service, and neither a purge nor a deletion', () => {
    const disabled = PLACES.deployed().when(COMMANDS.disable)
    expect(disabled.refusal(COMMANDS.update)).toMatchObject({ reasons: [{ guard: 'enabled' }] })
    expect(effectsOf(disabled.when(COMMANDS.purgeHard))).toEqual(['purge'])
    expect(lifecycleOf(disabled.when(COMMANDS.delete))).toBe('delete_in_progress')
    expect(lifecycleOf(disabled.when(COMMANDS.setFailed))).toBe('failed')
  })

  it('ends a disabled service too', () => {
    const removed = PLACES.delete_in_progress().when(COMMANDS.disable).when(REPORTS.removed)
    expect(removed.state).toMatchObject({ status: 'deleted', done: true, deadlines: [] })
  })

  it('changes an access URL that the service has, unless its certificate is shared', () => {
    const move = (domain: string): Event => ({
      type: 'service.setOperatorUrl',
      domain,
      operatorUrl: `${domain}.cdn9.example.net`,
    })
    const service = created().when({
      ...REPORTS.provisioned,
      accessUrls: [urlOf('www.shop-a.com'), urlOf('s.scdn1.s.net', { shared: true })],
    })
    const moved = service.when(move('www.shop-a.com'))
    expect(moved.state.status).toBe('deployed')
    expect(contextOf(moved).accessUrls[0]?.operatorUrl).toBe('www.shop-a.com.cdn9.example.net')
    expect(effectsOf(moved)).toEqual(['pointDns'])
    for (const domain of ['s.scdn1.s.net', 'x.shop-a.com'])
      expect(service.refusal(move(domain))).toMatchObject({ reasons: [{ guard: 'served' }] })
  })
})

describe('time', () => {
  const timeout = 600_000
  const failing = ['create_in_progress', 'update_in_progress', 'delete_in_progress'] as const

  it.each(failing)('fails %s when nothing is reported, and makes the work stale', (place) => {
    const from = PLACES[place]()
    expect(from.after(timeout - 1).state).toEqual(from.state)
    const late = from.after(timeout)
    expect(late.state.status).toBe('failed')
    expect(late.state.generation).toBe(from.state.generation + 1)
    expect(late.state.deadlines).toEqual([])
    expect(contextOf(late)).toMatchObject({ errors: ['Timed out after 600 s'], since: null })
    for (const report of Object.values(REPORTS))
      expect(late.when(report, { generation: from.state.generation }).state).toEqual(late.state)
  })

  it('points no DNS at what a deletion has left half removed', () => {
    expect(effectsOf(PLACES.delete_in_progress().after(timeout))).toEqual([])
    expect(effectsOf(PLACES.update_in_progress().after(timeout))).toEqual(['pointDns'])
  })

  it('says the time it was told', () => {
    const late = created(createPoppyLifecycle({ effectTimeoutMs: 1500 })).after(1500)
    expect(contextOf(late).errors).toEqual(['Timed out after 1.5 s'])
  })

  it('starts anew when provisioning does', () => {
    const again = PLACES.create_in_progress()
      .after(timeout - 1)
      .when(COMMANDS.setDeployed)
    expect(again.after(timeout - 1).state.status).toBe('create_in_progress')
    expect(again.after(timeout).state.status).toBe('failed')
  })

  it('runs through disabling', () => {
    const late = PLACES.update_in_progress().when(COMMANDS.disable).after(timeout)
    expect([late.state.status, lifecycleOf(late)]).toEqual(['disabled', 'failed'])
  })

  it.each(['deployed', 'failed'] as const)('waits for nothing in %s', (place) => {
    expect(PLACES[place]().state.deadlines).toEqual([])
  })

  it('waits for each hard purge, beside the deployed state', () => {
    const one = PLACES.deployed().when(COMMANDS.purgeHard).after(400_000)
    const two = one.when(COMMANDS.purgeHard)
    const late = two.after(200_000)
    expect(late.state).toMatchObject({ status: 'deployed', deadlines: [] })
    expect(late.state.generation).toBe(two.state.generation + 1)
    expect(contextOf(late)).toMatchObject({ errors: ['Timed out after 600 s'], purges: 0 })
    const half = two.when(REPORTS.purged)
    expect(half.after(timeout - 1).state.deadlines).toHaveLength(1)
    expect(contextOf(half.after(timeout)).errors).toEqual(['Timed out after 600 s'])
    expect(half.when(REPORTS.purged).state.deadlines).toEqual([])
  })

  it('waits no more for a purge that an override made stale', () => {
    const over = PLACES.deployed().when(COMMANDS.purgeHard).when(COMMANDS.setDeployed)
    expect(over.state.deadlines).toEqual([])
    expect(contextOf(over).purges).toBe(0)
  })
})

describe('claims and quotas', () => {
  const claim = (domain: string): string => `poppy/domain/${domain}`
  const quota = 'poppy/services/acme-7'

  it('takes the domains and a place in the project', () => {
    expect(created().decision).toMatchObject({
      claims: { take: [claim('www.shop-a.com')], release: [] },
      quotas: { take: [quota], release: [] },
    })
  })

  it('takes what an update adds and gives up what it drops, at once', () => {
    const other = configOf(http('img.shop-a.com'), http('new.shop-a.com'))
    const updated = PLACES.failed().when(COMMANDS.update).when(REPORTS.updated)
    expect(updated.when({ type: 'service.update', config: other }).decision.claims).toEqual({
      take: [claim('new.shop-a.com')],
      release: [claim('www.shop-a.com')],
    })
  })

  it('gives up the place when deletion begins, and the domains when it has ended', () => {
    const deleting = PLACES.deployed().when(COMMANDS.delete)
    expect(deleting.decision).toMatchObject({
      claims: { take: [], release: [] },
      quotas: { take: [], release: [quota] },
    })
    expect(deleting.when(REPORTS.removed).decision).toMatchObject({
      claims: { take: [], release: [claim('www.shop-a.com')] },
      quotas: { take: [], release: [] },
    })
  })

  it('keeps the domains and takes the place again when removal fails', () => {
    expect(PLACES.delete_in_progress().when(REPORTS.removeFailed).decision).toMatchObject({
      claims: { take: [], release: [] },
      quotas: { take: [quota], release: [] },
    })
  })
})

describe('what is stored', () => {
  const { states } = walk(poppyService)

  it('survives a JSON round trip, everywhere', () => {
    for (const state of states) {
      const stored: unknown = JSON.parse(JSON.stringify(state))
      expect(restoreState(poppyService, stored)).toEqual({ _tag: 'Right', right: state })
      expect(ServiceContext.decode(state.context)).toEqual({ _tag: 'Right', right: state.context })
    }
  })

  it('says of the operator’s region the same twice', () => {
    for (const { context, status, done } of states)
      if (!done) expect(context['enabled']).toBe(status !== 'disabled')
  })

  it('waits exactly where work runs', () => {
    for (const { context, deadlines } of states)
      expect(deadlines.length > 0).toBe(context['since'] !== null)
  })
})
