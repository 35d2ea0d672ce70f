import { issuesOf } from '@signalbox/core'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { CLIENT, SETTINGS } from './__fixtures__/house.ts'
import { PluginSettings } from './settings.ts'

const issues = (settings: object) => E.getOrElseW(issuesOf)(PluginSettings.decode(settings))

const UPSTREAM = { kind: 'upstream', url: 'https://api.example', apiKey: '7$s' }

const ofClient = (members: object): object => ({ clients: [{ ...CLIENT, ...members }] })

it.each([
  {},
  SETTINGS,
  { services: { CDN: { trialDays: 0, retentionDays: 1, activationMinutes: 0 } } },
  { users: { '7': { password: { env: 'NAME' } }, '8': { password: { scrypt: 'hash' } } } },
  { driver: { kind: 'manual' } },
  { driver: UPSTREAM },
  { latencyMs: 0, rateLimit: { perSecond: 1 }, legacy: true, sessionSecret: 's' },
])('take %j', (settings) => {
  expect(PluginSettings.decode(settings)).toEqual(E.right(settings))
})

describe('members that nobody knows', () => {
  it.each<[path: string, settings: object]>([
    ['latency', { latency: 5 }],
    ['services.CDM', { services: { CDM: {} } }],
    ['services.CDN.trialdays', { services: { CDN: { trialdays: 5 } } }],
    ['users.7.mail', { users: { '7': { mail: 'a@example.com' } } }],
    ['rateLimit.perMinute', { rateLimit: { perSecond: 5, perMinute: 5 } }],
    ['clients.0.phone', ofClient({ phone: '1' })],
    ['clients.0.users.0.role', ofClient({ users: [{ email: 'a@example.com', role: 'x' }] })],
    ['clients.0.services.CDM', ofClient({ services: { CDM: {} } })],
    ['clients.0.services.CDN.state', ofClient({ services: { CDN: { state: 'trial' } } })],
  ])('are refused by path: %s', (path, settings) => {
    expect(issues(settings)).toEqual([
      { path, expected: expect.stringMatching(/^unknown member; known are /) },
    ])
  })

  it('are refused of a secret too', () => {
    const password = { scrypt: 'hash', salt: 'x' }
    expect(issues({ users: { '7': { password } } })).toContainEqual({
      path: 'users.7.password.salt',
      expected: 'unknown member; known are scrypt',
    })
  })
})

it.each<[path: string, settings: object]>([
  ['latencyMs', { latencyMs: -1 }],
  ['latencyMs', { latencyMs: 0.5 }],
  ['latencyMs', { latencyMs: 86_400_001 }],
  ['driver.kind', { driver: { kind: 'real' } }],
  ['driver.apiKey', { driver: { kind: 'upstream', url: 'https://api.example' } }],
  ['driver.clients.3989', { driver: { ...UPSTREAM, clients: { '3989': '77' } } }],
  ['rateLimit.perSecond', { rateLimit: { perSecond: 0 } }],
  ['users.8.reseller', { users: { '8': { reseller: 0 } } }],
  ['clients.0.id', ofClient({ id: '3989' })],
  ['clients.0.reseller', ofClient({ reseller: 1.5 })],
  ['clients.0.services.CDN.id', ofClient({ services: { CDN: { id: 0 } } })],
])('refuse what is out of bounds: %s of %j', (path, settings) => {
  expect(issues(settings)).toMatchObject([{ path }])
})
