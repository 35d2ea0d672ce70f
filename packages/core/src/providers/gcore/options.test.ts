import { describe, expect, it } from 'vitest'
import type { ServiceName } from './codecs.ts'
import { catalogue, renderOptions, spanOf, valueFault, writeOptions } from './options.ts'
import { serviceNames } from './rules.ts'

const DAY = 86_400_000
const MINUTE = 60_000

const holder = (name: ServiceName, options: Readonly<Record<string, string>> = {}) => ({
  id: 21797,
  name,
  options,
})

const values = (name: ServiceName, list: 'options' | 'status_transition_options') =>
  Object.fromEntries(
    renderOptions({}, holder(name), list).map((option) => [option.name, option.value]),
  )

describe('the catalogue', () => {
  it.each<[ServiceName, Readonly<Record<string, string>>]>([
    ['CDN', { CDN_TRIAL_DAYS_LIMIT: '14', CDN_TRIAL_TRAFFIC_LIMIT: '300' }],
    ['STORAGE', { STORAGE_TRIAL_DAYS_LIMIT: '14', STORAGE_TRIAL_CAPACITY_LIMIT: '100' }],
    [
      'STREAMING',
      {
        STREAMING_TRIAL_DAYS_LIMIT: '14',
        STREAMING_TRIAL_STREAMS_LIMIT: '1',
        STREAMING_TRIAL_LIMIT_ENCODING_VIDEO_MIN: '30',
        STREAMING_TRIAL_LIMIT_VIDEO_STORAGE_MIN: '30',
      },
    ],
    ['DNS', { DNS_TRIAL_DAYS_LIMIT: '14', DNS_REQUEST_COUNT_COMMIT: '10000000' }],
    ['DDOS', { DDOS_TRIAL_DAYS_LIMIT: '30', DDOS_TRIAL_RESOURCE_LIMIT: '1' }],
    ['CLOUD', { CLOUD_TRIAL_DAYS_LIMIT: '0' }],
  ])('gives %s its trial options, in order', (name, expected) => {
    expect(Object.entries(values(name, 'options'))).toEqual(Object.entries(expected))
  })

  it.each<[ServiceName, string, string]>([
    ['CDN', '90', '15'],
    ['STORAGE', '2', '0'],
    ['STREAMING', '90', '0'],
    ['DNS', '90', '0'],
    ['DDOS', '90', '0'],
    ['CLOUD', '2', '0'],
  ])('keeps a suspended %s for %s days and activates it in %s minutes', (name, days, minutes) => {
    expect(Object.entries(values(name, 'status_transition_options'))).toEqual([
      ['trialend_to_deleted_days', days],
      ['paused_to_deleted_days', days],
      ['activating_to_active_minutes', minutes],
    ])
  })

  it('has words for every option', () => {
    for (const { title, description } of serviceNames.flatMap((name) => catalogue({}, name))) {
      expect(title).not.toBe('')
      expect(description).not.toBe('')
    }
  })

  it('fits the room that ids leave for it', () => {
    for (const name of serviceNames) expect(catalogue({}, name).length).toBeLessThanOrEqual(8)
  })
})

describe('what is in force', () => {
  const settings = {
    services: { CDN: { trialDays: 7, retentionDays: 30, activationMinutes: 1 }, DNS: {} },
  }

  it('is the published term, unless the settings say otherwise, unless an option was written', () => {
    expect(spanOf({}, holder('CDN'), 'trial')).toBe(14 * DAY)
    expect(spanOf(settings, holder('CDN'), 'trial')).toBe(7 * DAY)
    expect(spanOf(settings, holder('DNS'), 'trial')).toBe(14 * DAY)
    expect(spanOf(settings, holder('CDN', { CDN_TRIAL_DAYS_LIMIT: '28' }), 'trial')).toBe(28 * DAY)
    expect(spanOf(settings, holder('CDN'), 'activating')).toBe(MINUTE)
    expect(spanOf(settings, holder('CDN'), 'trialend')).toBe(30 * DAY)
    expect(spanOf(settings, holder('CDN', { paused_to_deleted_days: '3' }), 'paused')).toBe(3 * DAY)
  })

  it('is nothing where no deadline waits', () => {
    for (const status of ['new', 'active', 'deleted'] as const)
      expect(spanOf({}, holder('CDN'), status)).toBeUndefined()
  })
})

describe('writeOptions', () => {
  it('keeps no value that equals the default of an option never written', () => {
    expect(writeOptions({}, holder('CDN'), { CDN_TRIAL_DAYS_LIMIT: '14' }).options).toEqual({})
  })

  it('keeps the default once another value was written', () => {
    const once = writeOptions({}, holder('CDN'), { CDN_TRIAL_DAYS_LIMIT: '28' })
    expect(writeOptions({}, once, { CDN_TRIAL_DAYS_LIMIT: '14' }).options).toEqual({
      CDN_TRIAL_DAYS_LIMIT: '14',
    })
  })

  it('drops options of another product', () => {
    expect(writeOptions({}, holder('DNS'), { CDN_TRIAL_DAYS_LIMIT: '28' }).options).toEqual({})
  })
})

describe('ids of options', () => {
  const idsOf = (id: number) => {
    const written = Object.fromEntries(catalogue({}, 'STREAMING').map(({ name }) => [name, '99']))
    const service = { id, name: 'STREAMING' as const, options: written }
    return [
      ...renderOptions({}, service, 'options'),
      ...renderOptions({}, service, 'status_transition_options'),
    ].map((option) => option.id)
  }

  it('are null until a value was written', () => {
    const [first, second] = renderOptions(
      {},
      holder('CDN', { CDN_TRIAL_TRAFFIC_LIMIT: '500' }),
      'options',
    )
    expect(first?.id).toBeNull()
    expect(second?.id).toSatisfy(Number.isSafeInteger)
  })

  it('are safe positive integers and differ within a service and between services', () => {
    const ids = [21797, 21798, 999_999_999_999_999].flatMap(idsOf)
    for (const id of ids) expect(Number.isSafeInteger(id) && Number(id) > 0).toBe(true)
    expect(new Set(ids).size).toBe(ids.length)
  })
})

describe('valueFault', () => {
  it.each([
    ['int', '12', undefined],
    ['int', '-3', undefined],
    ['int', '1.5', 'A valid integer is required.'],
    ['int', '', 'A valid integer is required.'],
    ['int', '5\n', 'A valid integer is required.'],
    ['utctimestamp', '1795291200', undefined],
    ['utctimestamp', 'now', 'A valid integer is required.'],
    ['bool', 'true', undefined],
    ['bool', 'True', 'Must be a valid boolean.'],
    ['json', '{"a":[1]}', undefined],
    ['json', '{', 'Value must be valid JSON.'],
    ['str', '', undefined],
  ] as const)('reads %s %j: %s', (type, value, fault) => {
    expect(valueFault({ type }, value)).toBe(fault)
  })

  it('names the bound that a number passes', () => {
    const days = { type: 'int', least: 1, most: 3650 } as const
    expect(valueFault(days, '1')).toBeUndefined()
    expect(valueFault(days, '3650')).toBeUndefined()
    expect(valueFault(days, '0')).toBe('Ensure this value is greater than or equal to 1.')
    expect(valueFault(days, '3651')).toBe('Ensure this value is less than or equal to 3650.')
  })
})
