import { describe, expect, it } from 'vitest'
import type { ArtefactContext, Kind, Status } from './codecs.ts'
import {
  basePathsOverlap,
  isDraining,
  mismatchOf,
  newsOf,
  propertiesOf,
  refusalOf,
  refusalOfInvoke,
} from './rules.ts'
import type { Change } from './rules.ts'

const contextOf = (patch: Partial<ArtefactContext> = {}): ArtefactContext => ({
  kind: 'service',
  definition: {
    kind: 'apiRequester',
    name: 'x',
    description: '',
    version: null,
    archive: { id: '1', sha256: '' },
    basePath: null,
    connectionRef: null,
  },
  desired: 'started',
  candidate: null,
  after: null,
  problem: null,
  status: 'unknown',
  ...patch,
})

const DRAINING = { stopped: 'draining' }
const QUIET = { stopped: 'quiet' }

describe('a change', () => {
  const refused = (
    change: Change,
    value: Parameters<typeof refusalOf>[0]['value'],
    patch: Partial<ArtefactContext> = {},
  ): string | undefined => refusalOf({ value, context: contextOf(patch) }, change)

  it.each(['service.update', 'service.delete'] as const)('%s wants a stopped service', (change) => {
    expect(refused(change, 'started')).toBe('service-started')
    expect(refused(change, 'unknown')).toBe('service-started')
    expect(refused(change, 'unknown', { desired: 'stopped' })).toBeUndefined()
    expect(refused(change, DRAINING)).toBeUndefined()
    expect(refused(change, QUIET)).toBeUndefined()
  })

  it.each<[Kind, string | undefined]>([
    ['service', undefined],
    ['api', 'outstanding-requests'],
    ['apiRequester', undefined],
  ])('may delete a draining %s: %s', (kind, expected) => {
    expect(refused('service.delete', DRAINING, { kind })).toBe(expected)
    expect(refused('service.update', DRAINING, { kind })).toBeUndefined()
    expect(refused('service.delete', QUIET, { kind })).toBeUndefined()
  })

  it.each(['deploying', 'starting', 'stopping', 'updating', 'undeploying'])(
    'waits while it is %s, unless it is what is being done',
    (value) => {
      const changes = ['service.start', 'service.stop', 'service.update', 'service.delete'] as const
      for (const change of changes) {
        const joins =
          (value === 'starting' && change === 'service.start') ||
          (value === 'stopping' && change === 'service.stop')
        expect(refused(change, value)).toBe(joins ? undefined : 'busy')
      }
    },
  )
})

it.each<[string | typeof DRAINING, 'started' | 'stopped', Status, string | undefined]>([
  ['started', 'started', 'started', undefined],
  ['started', 'stopped', 'started', undefined],
  ['unknown', 'started', 'unknown', undefined],
  ['unknown', 'stopped', 'unknown', 'service-unknown'],
  [DRAINING, 'stopped', 'stopped', 'service-stopped'],
  ['stopping', 'stopped', 'started', 'service-stopped'],
  ['starting', 'started', 'stopped', 'service-stopped'],
  ['starting', 'started', 'unknown', 'service-unknown'],
  ['deploying', 'started', 'unknown', 'service-unknown'],
  ['updating', 'stopped', 'stopped', 'service-stopped'],
])(
  'admits an invoke in %j, wanted %s, last known %s: refused by %s',
  (value, desired, status, expected) => {
    expect(refusalOfInvoke({ value, context: contextOf({ desired, status }) })).toBe(expected)
  },
)

it('reports a status that differs, and only when no change is under way', () => {
  const context = contextOf({ status: 'started' })
  expect(newsOf({ value: 'started', context }, 'stopped')).toEqual({
    type: 'provider.reported',
    status: 'stopped',
  })
  expect(newsOf({ value: 'started', context }, 'started')).toBeUndefined()
  expect(newsOf({ value: 'stopping', context }, 'stopped')).toBeUndefined()
  expect(newsOf({ value: DRAINING, context: contextOf({ status: 'stopped' }) }, 'unknown')).toEqual(
    {
      type: 'provider.reported',
      status: 'unknown',
    },
  )
})

it('drains only behind a stop', () => {
  expect([DRAINING, QUIET, 'started', 'draining'].map(isDraining)).toEqual([
    true,
    false,
    false,
    false,
  ])
})

it('tells an archive of another name', () => {
  expect(mismatchOf({ name: 'X' }, { name: 'Y' })).toEqual({ name: 'X', found: 'Y' })
  expect(mismatchOf({ name: 'X' }, { name: 'X' })).toBeUndefined()
})

it('gives properties by name, the later of two, whatever the name', () => {
  const property = (propertyName: string, value: string) =>
    ({ propertyName, value, type: 'STRING' }) as const
  const properties = propertiesOf([
    property('a', '1'),
    property('a', '2'),
    property('__proto__', '3'),
  ])
  expect(Object.entries(properties)).toEqual([
    ['a', '2'],
    ['__proto__', '3'],
  ])
})

it.each([
  ['/a', '/a', true],
  ['/a', '/a/', true],
  ['/a', '/a/b', true],
  ['/a/b/c', '/a/b', true],
  ['/', '/a', true],
  ['/a', '/ab', false],
  ['/a/b', '/a/c', false],
  ['/a', '/A', false],
])('tells whether %s and %s overlap: %s', (a, b, expected) => {
  expect(basePathsOverlap(a, b)).toBe(expected)
  expect(basePathsOverlap(b, a)).toBe(expected)
})
