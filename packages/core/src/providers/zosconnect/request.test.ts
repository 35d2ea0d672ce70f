import * as E from 'fp-ts/lib/Either.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Kind } from './codecs.ts'
import {
  dispatch,
  dispatchCollection,
  METHODS,
  parsePayload,
  readServicePath,
  splitPath,
} from './request.ts'
import type { Request } from './request.ts'

// A query string is enough to write a request down; the host parses it the same way.
const request = (
  method: string,
  search = '',
  [contentType, bodyLength]: readonly [string | undefined, number] = [undefined, 0],
): Request => ({
  method,
  query: [...new URLSearchParams(search)],
  contentType,
  bodyLength,
})

const zip = ['application/zip', 9] as const
const json = ['application/json; charset=utf-8', 9] as const
const bytes = ['application/octet-stream', 9] as const
const untyped = [undefined, 9] as const
const typedOnly = ['application/json', 0] as const

type Body = readonly [string | undefined, number]
type Case = readonly [method: string, search: string, body: Body | undefined, expected: unknown]

const verb = (name: string, more: object = {}): unknown => E.right({ verb: name, ...more })
const code = (name: string): unknown => E.left({ code: name })
const only = (...allow: ReadonlyArray<string>): unknown =>
  E.left({ code: 'method-not-allowed', allow })

const started = { desired: 'started' }
const stopped = { desired: 'stopped' }

const ROWS: ReadonlyArray<Case> = [
  // reads
  ['GET', '', undefined, verb('details')],
  ['HEAD', '', undefined, verb('details')],
  ['GET', 'action=status', undefined, verb('status')],
  ['GET', 'action=getRequestSchema', undefined, verb('requestSchema')],
  ['GET', 'action=getResponseSchema', undefined, verb('responseSchema')],
  ['GET', 'action=getStatistics', undefined, verb('statistics')],
  ['GET', 'status=paused', undefined, verb('details')],
  ['GET', 'action=status&status=x', undefined, verb('status')],
  ['GET', 'action=start', undefined, only('PUT', 'POST')],
  ['GET', 'action=stop', undefined, only('PUT', 'POST')],
  ['GET', 'action=invoke', undefined, only('PUT', 'POST')],
  ['GET', 'action=Status', undefined, code('unknown-action')],
  ['GET', 'action=', undefined, code('unknown-action')],
  ['GET', 'action=status&action=status', undefined, code('unknown-action')],
  ['GET', 'action=toString', undefined, code('unknown-action')],
  ['DELETE', '', undefined, verb('delete')],
  ['PATCH', '', undefined, only(...METHODS.service)],
  // writes, the same for both methods
  ...['PUT', 'POST'].flatMap((method): ReadonlyArray<Case> => [
    [method, 'action=start&status=started', undefined, code('bad-query')],
    [method, 'action=nope&status=paused', zip, code('bad-query')],
    [method, 'action=start', undefined, verb('start')],
    [method, 'action=stop', undefined, verb('stop')],
    [method, 'action=start', bytes, verb('start')],
    [method, 'action=invoke', undefined, verb('invoke')],
    [method, 'action=invoke', json, verb('invoke')],
    [method, 'action=invoke', untyped, verb('invoke')],
    [method, 'action=invoke', ['text/plain', 0], verb('invoke')],
    [method, 'action=invoke', bytes, code('unsupported-media-type')],
    [method, 'action=status', undefined, only('GET', 'HEAD')],
    [method, 'action=getStatistics', zip, only('GET', 'HEAD')],
    [method, 'action=started', undefined, code('unknown-action')],
    [method, 'action=Start', undefined, code('unknown-action')],
    [method, 'status=paused', undefined, code('unknown-status')],
    [method, 'status=Started', undefined, code('unknown-status')],
    [method, 'status=', undefined, code('unknown-status')],
    [method, 'status=started&status=started', undefined, code('unknown-status')],
    [method, 'status=paused', zip, code('unknown-status')],
    [method, 'status=started', undefined, verb('start')],
    [method, 'status=stopped', undefined, verb('stop')],
    [method, 'status=stopped', typedOnly, verb('stop')],
    [method, 'status=stopped', ['application/zip', 0], verb('stop')],
    [method, '', json, verb('invoke')],
    [method, 'status=started', json, code('unsupported-media-type')],
    [method, '', bytes, code('unsupported-media-type')],
    [method, '', untyped, code('unsupported-media-type')],
    [method, 'status=started', bytes, code('unsupported-media-type')],
    [method, '', undefined, code('bad-query')],
    [method, '', typedOnly, code('bad-query')],
  ]),
  ['PUT', '', zip, verb('update', started)],
  ['PUT', 'status=started', zip, verb('update', started)],
  ['PUT', 'status=stopped', ['Application/ZIP; a=b', 9], verb('update', stopped)],
  ['POST', '', zip, code('unknown-status')],
  ['POST', 'status=started', zip, verb('deployOrUpdate', started)],
  ['POST', 'status=stopped', zip, verb('deployOrUpdate', stopped)],
]

describe('a request to a service', () => {
  it.each(ROWS)(
    'reads %s ?%s with body %j as what it asks for',
    (method, search, body, expected) => {
      expect(dispatch(request(method, search, body))).toEqual(expected)
    },
  )

  it('always comes to an answer, and writes nothing for a reader', () => {
    const member = fc.constantFrom('action', 'status', 'x')
    const value = fc.constantFrom(
      'start',
      'stop',
      'invoke',
      'status',
      'started',
      'stopped',
      'x',
      '',
    )
    fc.assert(
      fc.property(
        fc.constantFrom('GET', 'HEAD', 'PUT', 'POST', 'DELETE', 'PATCH'),
        fc.array(fc.tuple(member, value), { maxLength: 3 }),
        fc.constantFrom(undefined, 'application/zip', 'application/json', 'text/plain'),
        fc.constantFrom(0, 9),
        fc.constantFrom<Kind>('service', 'api', 'apiRequester'),
        (method, query, contentType, bodyLength, kind) => {
          const asked = dispatch({ kind, method, query, contentType, bodyLength })
          const reads = ['details', 'status', 'requestSchema', 'responseSchema', 'statistics']
          if (E.isRight(asked) && (method === 'GET' || method === 'HEAD'))
            expect(reads).toContain(asked.right.verb)
          if (E.isRight(asked) && (method === 'PUT' || method === 'POST'))
            expect(reads).not.toContain(asked.right.verb)
          if (E.isLeft(asked) && asked.left.code === 'method-not-allowed')
            expect(asked.left.allow).not.toContain(method)
          // An empty body is never of the wrong type.
          if (bodyLength === 0)
            expect(E.isLeft(asked) && asked.left.code).not.toBe('unsupported-media-type')
        },
      ),
      { seed: 20_261_122 },
    )
  })
})

describe.each(['api', 'apiRequester'] as const)('a request to an %s', (kind) => {
  it.each<Case>([
    ['GET', '', undefined, verb('details')],
    ['GET', 'action=status', undefined, code('unknown-action')],
    ['PUT', 'status=stopped', undefined, verb('stop')],
    ['PUT', 'status=started', undefined, verb('start')],
    ['PUT', 'status=paused', undefined, code('unknown-status')],
    ['PUT', '', zip, verb('update', started)],
    ['PUT', 'status=stopped', zip, verb('update', stopped)],
    ['PUT', 'action=start', undefined, code('unknown-action')],
    ['PUT', 'action=status', undefined, code('unknown-action')],
    ['PUT', 'action=start&status=started', undefined, code('bad-query')],
    ['PUT', '', json, code('unsupported-media-type')],
    ['PUT', '', undefined, code('bad-query')],
    ['POST', 'status=started', undefined, only(...METHODS.item)],
    ['DELETE', '', undefined, verb('delete')],
    ['DELETE', 'action=start', undefined, code('unknown-action')],
  ])('reads %s ?%s with body %j as what it asks for', (method, search, body, expected) => {
    expect(dispatch({ kind, ...request(method, search, body) })).toEqual(expected)
  })
})

describe('a request to a collection', () => {
  it.each<Case>([
    ['GET', '', undefined, verb('list')],
    ['HEAD', '', undefined, verb('list')],
    ['POST', '', zip, verb('deploy', started)],
    ['POST', 'status=stopped', zip, verb('deploy', stopped)],
    ['POST', 'status=started', zip, verb('deploy', started)],
    ['POST', 'status=paused', zip, code('unknown-status')],
    ['POST', 'action=start', zip, code('unknown-action')],
    ['POST', '', undefined, code('archive-missing')],
    ['POST', '', ['application/octet-stream', 0], code('archive-missing')],
    ['POST', '', bytes, code('unsupported-media-type')],
    ['PUT', '', zip, only(...METHODS.collection)],
  ])('reads %s ?%s with body %j as what it asks for', (method, search, body, expected) => {
    expect(dispatchCollection(request(method, search, body))).toEqual(expected)
  })
})

describe('a path', () => {
  it.each([
    ['/', []],
    ['/zosConnect/services', ['zosConnect', 'services']],
    ['/zosConnect/services/', ['zosConnect', 'services']],
    ['/services/My%2Fv1', ['services', 'My/v1']],
    ['/services/My%252Fv1', ['services', 'My%2Fv1']],
    ['/services/a%3Cb', ['services', 'a<b']],
    ['/services/%C3%A4', ['services', 'ä']],
    ['/a+b', ['a+b']],
  ])('splits %s and decodes each segment once', (pathname, expected) => {
    expect(splitPath(pathname)).toEqual(E.right(expected))
  })

  it.each([
    ['/a/%', 'bad-path'],
    ['/a/%zz', 'bad-path'],
    ['/a/%C3', 'bad-path'],
    ['/a//%zz', 'bad-path'],
    ['/a//b', 'no-resource'],
    ['//', 'no-resource'],
    ['/a//', 'no-resource'],
    ['a/b', 'no-resource'],
  ])('refuses %s as %s', (pathname, expected) => {
    expect(splitPath(pathname)).toEqual(E.left(expected))
  })

  it('gives back whatever segments it was made of, with or without a slash at the end', () => {
    const segment = fc.string({ minLength: 1, unit: 'binary' })
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1 }), fc.boolean(), (segments, slash) => {
        const path = `/${segments.map(encodeURIComponent).join('/')}${slash ? '/' : ''}`
        expect(splitPath(path)).toEqual(E.right(segments))
      }),
      { seed: 20_261_122 },
    )
  })

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('/', '%', '2', 'F', 'C', 'a') }), (path) => {
        const split = splitPath(path)
        expect(E.isLeft(split) || split.right.every((segment) => segment !== '')).toBe(true)
      }),
      { seed: 20_261_122 },
    )
  })
})

describe('the segments behind /services', () => {
  it.each([
    [[], []],
    [['a'], [{ name: 'a', schema: null, whole: true }]],
    [['My/v1'], [{ name: 'My/v1', schema: null, whole: true }]],
    [['My', 'v1'], [{ name: 'My/v1', schema: null, whole: false }]],
    [
      ['a', 'schema', 'request'],
      [
        { name: 'a', schema: 'request', whole: true },
        { name: 'a/schema/request', schema: null, whole: false },
      ],
    ],
    [
      ['My', 'v1', 'schema', 'response'],
      [
        { name: 'My/v1', schema: 'response', whole: false },
        { name: 'My/v1/schema/response', schema: null, whole: false },
      ],
    ],
    [['schema', 'request'], [{ name: 'schema/request', schema: null, whole: false }]],
    [['a', 'schema', 'other'], [{ name: 'a/schema/other', schema: null, whole: false }]],
  ])('reads %j', (segments, expected) => {
    expect(readServicePath(segments)).toEqual(expected)
  })
})

describe('the payload of an invoke', () => {
  it.each([
    ['notjson', 'is not valid JSON'],
    ['', 'is not valid JSON'],
    ['[]', 'is an array'],
    ['"a"', 'is a string'],
    ['1', 'is a number'],
    ['true', 'is a boolean'],
    ['null', 'is null'],
  ])('refuses %j because it %s', (text, reason) => {
    expect(parsePayload(text)).toEqual(E.left(reason))
  })

  it('is any JSON object', () => {
    expect(parsePayload('{"a":[1]}')).toEqual(E.right({ a: [1] }))
  })
})
