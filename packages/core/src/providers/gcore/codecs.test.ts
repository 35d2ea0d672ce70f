import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { ClientService, GcoreSettings, PatchService, PutService, ServiceContext } from './codecs.ts'
import { ConfigureService, CreateService, UseService } from './events.ts'

describe('ServiceContext', () => {
  const context: ServiceContext = {
    id: 21797,
    name: 'CDN',
    client: 3989,
    previousStatus: 'new',
    statusChangedAt: 1,
    start: 1,
    deletedDate: null,
    enabled: false,
    options: { CDN_TRIAL_DAYS_LIMIT: '28' },
    trialStarted: false,
    trialSince: 1,
    trialSpent: 0,
    provisioned: false,
    retentionFrom: null,
    batch: null,
  }

  it('decodes to the identical value after a JSON round trip', () => {
    expect(ServiceContext.decode(JSON.parse(JSON.stringify(context)))).toEqual(E.right(context))
  })

  it('refuses an unknown status', () => {
    expect(E.isLeft(ServiceContext.decode({ ...context, previousStatus: 'gone' }))).toBe(true)
  })
})

describe('ClientService', () => {
  it('reads the vendor’s example', () => {
    const example = {
      id: 21797,
      name: 'CDN',
      client: 3989,
      status: 'paused',
      previous_status: 'active',
      status_changed_at: '2026-11-21T20:00:00.000000Z',
      start: '2026-10-01T11:31:40.000000Z',
      deleted_date: '2027-02-19T20:00:00.000000Z',
      enabled: true,
      options: [
        {
          id: null,
          value: '300',
          value_type: 'int',
          name: 'CDN_TRIAL_TRAFFIC_LIMIT',
          category: 'trial',
          description: 'GB.',
          title: 'Trial traffic',
        },
      ],
      status_transition_options: [],
    }
    expect(ClientService.decode(example)).toEqual(E.right(example))
  })
})

describe('the bodies', () => {
  it('ask a PUT, and only a PUT, for a status', () => {
    expect([PutService.is({}), PatchService.is({})]).toEqual([false, true])
    expect(PutService.is({ status: 'paused', enabled: false })).toBe(true)
  })
})

describe('GcoreSettings', () => {
  it.each([
    { trialDays: 0, retentionDays: 1, activationMinutes: 0 },
    { trialDays: 3650, retentionDays: 3650 },
    {},
  ])('takes %j for a product', (CDN) => {
    expect(GcoreSettings.decode({ services: { CDN } })).toEqual(E.right({ services: { CDN } }))
  })

  it.each([
    { trialDays: -1 },
    { trialDays: 1.5 },
    { trialDays: 3651 },
    { retentionDays: 0 },
    { activationMinutes: '15' },
  ])('refuses %j for a product', (CDN) => {
    expect(E.isLeft(GcoreSettings.decode({ services: { CDN } }))).toBe(true)
  })
})

describe('the commands', () => {
  it('drop members that they do not know', () => {
    const payload = { available: true, enabled: true, options: { CDN_TRIAL_DAYS_LIMIT: '28' } }
    expect(UseService.decode({ ...payload, actor: 'forged', at: 1 })).toEqual(E.right(payload))
    const service = { id: 1, name: 'CDN', client: 2 }
    expect(CreateService.decode({ ...service, status: 'active' })).toEqual(E.right(service))
  })

  it('say whether the product is available, where it matters', () => {
    expect(E.isLeft(UseService.decode({}))).toBe(true)
  })

  it.each([
    { NOT_AN_OPTION: '1' },
    { CDN_TRIAL_DAYS_LIMIT: 'x' },
    { CDN_TRIAL_DAYS_LIMIT: '3651' },
    { paused_to_deleted_days: '0' },
    { CDN_TRIAL_DAYS_LIMIT: 28 },
    [],
    null,
  ])('refuse the option values %j', (options) => {
    expect(E.isLeft(ConfigureService.decode({ options }))).toBe(true)
  })
})
