import * as E from 'fp-ts/lib/Either.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { given } from '../../testing.ts'
import { PatchService, ServiceStatus } from './codecs.ts'
import { renderService } from './rules.ts'
import { gcoreService } from './service.machine.ts'
import { judgeWrite, readWrite } from './write.ts'

const reseller = { id: '7', roles: ['reseller'] }
const admin = { id: '1', roles: ['admin'] }
const creation = { type: 'service.create', id: 21797, name: 'CDN', client: 3989 }
const fresh = given(gcoreService, creation, { actor: reseller })
const active = fresh.when({ type: 'service.activate', available: true }).after(15 * 60_000)
const service = active.state

const shape = (body: unknown, method: 'PUT' | 'PATCH' = 'PATCH', state = service) =>
  readWrite({}, state, { method, body })

const meaning = (body: unknown, { actor = reseller, available = true, state = service } = {}) => {
  const write = readWrite({}, state, { method: 'PATCH', body })
  if (E.isLeft(write)) throw new Error(JSON.stringify(write.left))
  return judgeWrite({}, state, { write: write.right, actor, available })
}

describe('the shape of a body', () => {
  it('takes {} and no body for a PATCH', () => {
    const nothing = E.right({ status: undefined, enabled: undefined, options: [], ignored: [] })
    expect(shape({})).toEqual(nothing)
    expect(shape(undefined)).toEqual(nothing)
  })

  it('asks a PUT for a status', () => {
    const missing = E.left({ status: ['This field is required.'] })
    expect(shape({}, 'PUT')).toEqual(missing)
    expect(shape(undefined, 'PUT')).toEqual(missing)
    expect(shape({ status: 'paused' }, 'PUT')).toMatchObject({ right: { status: 'paused' } })
  })

  it.each<[unknown, object]>([
    [[], { non_field_errors: ['Invalid data. Expected a dictionary, but got list.'] }],
    ['x', { non_field_errors: ['Invalid data. Expected a dictionary, but got string.'] }],
    [null, { non_field_errors: ['Invalid data. Expected a dictionary, but got null.'] }],
    [{ status: 'bogus' }, { status: ['"bogus" is not a valid choice.'] }],
    [{ status: 5 }, { status: ['"5" is not a valid choice.'] }],
    [{ status: 'constructor' }, { status: ['"constructor" is not a valid choice.'] }],
    [{ status: null }, { status: ['This field may not be null.'] }],
    [{ status: '' }, { status: ['This field may not be blank.'] }],
    [{ enabled: 'yes' }, { enabled: ['Must be a valid boolean.'] }],
    [{ enabled: null }, { enabled: ['This field may not be null.'] }],
    [{ options: 'x' }, { options: ['Expected a list of items but got type "string".'] }],
    [{ options: {} }, { options: ['Expected a list of items but got type "dictionary".'] }],
    [{ options: null }, { options: ['This field may not be null.'] }],
    [
      { status_transition_options: 1 },
      { status_transition_options: ['Expected a list of items but got type "number".'] },
    ],
    [
      { options: [7] },
      { options: ['options[0]: Invalid data. Expected a dictionary, but got number.'] },
    ],
    [
      { options: [{ name: 'CDN_TRIAL_DAYS_LIMIT' }] },
      { options: ['options[0].value: This field is required.'] },
    ],
    [
      { options: [{ name: 'CDN_TRIAL_DAYS_LIMIT', value: null }] },
      { options: ['options[0].value: This field may not be null.'] },
    ],
    [
      { options: [{ name: 'unknown' }, { name: 'CDN_TRIAL_DAYS_LIMIT', value: 28 }] },
      { options: ['options[1].value: Not a valid string.'] },
    ],
  ])('refuses %j in words', (body, errors) => {
    expect(shape(body)).toEqual(E.left(errors))
  })

  it('answers all errors of shape together', () => {
    expect(shape({ status: 'x', enabled: 1, options: 2, status_transition_options: 3 })).toEqual(
      E.left({
        status: ['"x" is not a valid choice.'],
        enabled: ['Must be a valid boolean.'],
        options: ['Expected a list of items but got type "number".'],
        status_transition_options: ['Expected a list of items but got type "number".'],
      }),
    )
  })

  it('ignores read-only and unknown members, whatever they hold', () => {
    const body = {
      id: 'x',
      name: 5,
      client: [],
      previous_status: 'bogus',
      status_changed_at: false,
      start: {},
      deleted_date: 0,
      anything: null,
    }
    expect(shape(body)).toEqual(shape({}))
  })

  it('names the entries that match no option of the service, whatever they hold', () => {
    const body = {
      options: [
        { id: 1, value: 'x', name: 'string' },
        { name: 'CDN_TRIAL_TRAFFIC_LIMIT', value: '500' },
        { name: 'paused_to_deleted_days', value: 7 },
        {},
      ],
      status_transition_options: [{ name: 'CDN_TRIAL_DAYS_LIMIT', value: '1' }],
    }
    expect(shape(body)).toMatchObject({
      right: {
        options: [{ path: 'options[1]', value: '500' }],
        ignored: ['options[0]', 'options[2]', 'options[3]', 'status_transition_options[0]'],
      },
    })
  })

  it('finds an option by its name, else by its id, but never by a null id', () => {
    const state = active.when({
      type: 'service.configure',
      options: { CDN_TRIAL_TRAFFIC_LIMIT: '500' },
    }).state
    const id = renderService({}, state).options[1]?.id
    const found = (entry: object) => {
      const read = shape({ options: [{ ...entry, value: '9' }] }, 'PATCH', state)
      return E.isRight(read) ? read.right.options.map(({ definition }) => definition.name) : read
    }
    expect(found({ id, name: 'CDN_TRIAL_DAYS_LIMIT' })).toEqual(['CDN_TRIAL_DAYS_LIMIT'])
    expect(found({ id, name: 'unknown' })).toEqual(['CDN_TRIAL_TRAFFIC_LIMIT'])
    expect(found({ id })).toEqual(['CDN_TRIAL_TRAFFIC_LIMIT'])
    expect(found({ id: null })).toEqual([])
    expect(found({})).toEqual([])
  })

  it('takes every body of the documented shape', () => {
    const entry = fc.record(
      {
        value: fc.string(),
        name: fc.constantFrom('CDN_TRIAL_DAYS_LIMIT', 'unknown', null),
        id: fc.constantFrom(1, null),
      },
      { requiredKeys: ['value'] },
    )
    const body = fc.record(
      {
        status: fc.constantFrom(...Object.keys(ServiceStatus.keys)),
        enabled: fc.boolean(),
        options: fc.array(entry),
        status_transition_options: fc.array(entry),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(body, (value) => {
        expect(PatchService.is(value)).toBe(true)
        expect(E.isRight(shape(value))).toBe(true)
      }),
      { seed: 20_261_122 },
    )
  })

  it('answers any JSON at all without throwing', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (value, entry) => {
        shape(value)
        shape({ status: value, enabled: value, options: [entry], status_transition_options: value })
      }),
      { seed: 20_261_122 },
    )
  })
})

describe('the meaning of a body', () => {
  it('comes to nothing when everything is already as asked', () => {
    const echo = renderService({}, service)
    expect(meaning(JSON.parse(JSON.stringify(echo)))).toEqual(E.right([]))
    expect(meaning({ status: 'active', enabled: false })).toEqual(E.right([]))
  })

  it('comes to one command that carries options, switch and status together', () => {
    expect(
      meaning({
        status: 'paused',
        enabled: true,
        options: [{ name: 'CDN_TRIAL_TRAFFIC_LIMIT', value: '500' }],
      }),
    ).toEqual(
      E.right([
        { type: 'service.pause', enabled: true, options: { CDN_TRIAL_TRAFFIC_LIMIT: '500' } },
      ]),
    )
  })

  it('comes to service.configure when the status stays', () => {
    expect(meaning({ status: 'active', enabled: true })).toEqual(
      E.right([{ type: 'service.configure', enabled: true }]),
    )
    expect(meaning({ options: [{ name: 'CDN_TRIAL_DAYS_LIMIT', value: '28' }] })).toEqual(
      E.right([{ type: 'service.configure', options: { CDN_TRIAL_DAYS_LIMIT: '28' } }]),
    )
  })

  it('refuses values outside their type and bounds, each with its path', () => {
    const options = [
      { name: 'CDN_TRIAL_DAYS_LIMIT', value: '3651' },
      { name: 'CDN_TRIAL_TRAFFIC_LIMIT', value: 'x' },
    ]
    expect(meaning({ options })).toEqual(
      E.left({
        options: [
          'options[0].value: Ensure this value is less than or equal to 3650.',
          'options[1].value: A valid integer is required.',
        ],
      }),
    )
    expect(meaning({ options: [{ name: 'CDN_TRIAL_TRAFFIC_LIMIT', value: '-1' }] })).toEqual(
      E.left({ options: ['options[0].value: Ensure this value is greater than or equal to 0.'] }),
    )
  })

  it('refuses a second entry for one option', () => {
    const entry = { name: 'CDN_TRIAL_DAYS_LIMIT', value: '28' }
    expect(meaning({ options: [entry, entry] })).toEqual(
      E.left({ options: ['options[1]: Duplicate option "CDN_TRIAL_DAYS_LIMIT".'] }),
    )
  })

  it('lets only an admin change how statuses follow each other, and anybody echo it', () => {
    const body = {
      status_transition_options: [
        { name: 'trialend_to_deleted_days', value: '90' },
        { name: 'paused_to_deleted_days', value: '10' },
      ],
    }
    expect(meaning(body)).toEqual(
      E.left({
        status_transition_options: ['status_transition_options[1]: You cannot change this value.'],
      }),
    )
    expect(meaning(body, { actor: admin })).toEqual(
      E.right([{ type: 'service.configure', options: { paused_to_deleted_days: '10' } }]),
    )
    expect(
      meaning(
        { status_transition_options: [{ name: 'paused_to_deleted_days', value: '0' }] },
        { actor: admin },
      ),
    ).toEqual(
      E.left({
        status_transition_options: [
          'status_transition_options[0].value: Ensure this value is greater than or equal to 1.',
        ],
      }),
    )
  })

  it('answers all errors of meaning together', () => {
    expect(
      meaning({
        status: 'deleted',
        options: [{ name: 'CDN_TRIAL_TRAFFIC_LIMIT', value: 'x' }],
        status_transition_options: [{ name: 'paused_to_deleted_days', value: '10' }],
      }),
    ).toEqual(
      E.left({
        status: ['Status "deleted" is set by the system.'],
        options: ['options[0].value: A valid integer is required.'],
        status_transition_options: ['status_transition_options[0]: You cannot change this value.'],
      }),
    )
  })

  it('judges the status with the values of the same body', () => {
    const none = { options: [{ name: 'CDN_TRIAL_DAYS_LIMIT', value: '0' }], status: 'trial' }
    expect(meaning(none, { state: fresh.state })).toEqual(
      E.left({ status: ['Trial is not offered for this product.'] }),
    )
  })
})
