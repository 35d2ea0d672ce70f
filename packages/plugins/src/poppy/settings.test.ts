import { issuesOf } from '@signalbox/core'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { CONTRACT_SETTINGS } from './contract.ts'
import { complete, PoppySettings } from './settings.ts'

const [flavor] = CONTRACT_SETTINGS.seedFlavors
const [provider] = flavor?.providers ?? []
const [link] = provider?.links ?? []

const issues = (settings: object) => E.getOrElseW(issuesOf)(PoppySettings.decode(settings))

it('have a default each', () => {
  expect(Object.keys(complete({})).toSorted()).toEqual(Object.keys(PoppySettings.props).toSorted())
})

it.each([
  {},
  CONTRACT_SETTINGS,
  { driver: { kind: 'manual' } },
  { driver: { kind: 'simulated', failureRate: 0, failNext: [] } },
  { driver: { kind: 'simulated', failureRate: 1 } },
  { effectDelay: 0, defaultCacheTtl: 0, maxServicesPerProject: 0 },
  { maxServicesPerPage: 1, sharedShards: 1, effectTimeout: 1, tokenLifetime: 1 },
  // What a client would send is judged as a client's.
  { seedServices: [{ project: 'p', id: 'i', service: { anything: true } }] },
])('take %j', (settings) => {
  expect(PoppySettings.decode(settings)).toEqual(E.right(settings))
})

describe('members that nobody knows', () => {
  it.each<[path: string, settings: object]>([
    ['maxServicePerPage', { maxServicePerPage: 5 }],
    ['driver.failurerate', { driver: { kind: 'simulated', failurerate: 1 } }],
    ['driver.failureRate', { driver: { kind: 'manual', failureRate: 1 } }],
    ['seedServices.0.name', { seedServices: [{ project: 'p', id: 'i', service: {}, name: 'n' }] }],
    ['seedFlavors.0.name', { seedFlavors: [{ ...flavor, name: 'n' }] }],
    [
      'seedFlavors.0.providers.0.url',
      { seedFlavors: [{ ...flavor, providers: [{ ...provider, url: 'u' }] }] },
    ],
    [
      'seedFlavors.0.providers.0.links.0.title',
      {
        seedFlavors: [
          { ...flavor, providers: [{ ...provider, links: [{ ...link, title: 't' }] }] },
        ],
      },
    ],
  ])('are refused by path: %s', (path, settings) => {
    expect(issues(settings)).toEqual([
      { path, expected: expect.stringMatching(/^unknown member; known are /) },
    ])
  })
})

it.each<[path: string, value: unknown]>([
  ['maxServicesPerPage', 0],
  ['maxServicesPerPage', 2.5],
  ['maxServicesPerProject', -1],
  ['defaultCacheTtl', -1],
  ['defaultCacheTtl', 31_536_001],
  ['sharedShards', 0],
  ['effectDelay', -1],
  ['effectDelay', Infinity],
  ['effectTimeout', 0],
  ['effectTimeout', 0.5],
  ['tokenLifetime', 0],
  ['tokenLifetime', '60'],
  ['driver.kind', { kind: 'real' }],
  ['driver.failureRate', { kind: 'simulated', failureRate: 1.1 }],
  ['driver.failureRate', { kind: 'simulated', failureRate: -0.1 }],
  ['driver.failureRate', { kind: 'simulated', failureRate: NaN }],
  ['seedFlavors.0.id', [{ ...flavor, id: 'x' }]],
])('refuse a %s of %j', (path, value) => {
  const [member = ''] = path.split('.')
  expect(issues({ [member]: value })).toMatchObject([{ path }])
})

it('say which drivers there are', () => {
  expect(issues({ driver: { kind: 'real' } })).toEqual([
    { path: 'driver.kind', expected: '"simulated" or "manual" or "webhook" or "upstream"' },
  ])
})
