import * as E from 'fp-ts/lib/Either.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  archivePath,
  entryNameProblem,
  filesOf,
  manifestTextProblem,
  packageDefinition,
  readManifest,
  readSchema,
  recordsOf,
  serviceDefinition,
} from './archive.ts'
import { ApiDefinition, ApiRequesterDefinition, ServiceDefinition } from './codecs.ts'

const archive = { id: 'archive-1', sha256: 'ff' }

// The manifest of section 8.2, as a YAML parser leaves it.
const placeOrder = {
  'Manifest-Version': '1.0',
  name: 'placeOrder',
  provider: 'CICS-1.0',
  requestSchema: { value: 'file:///schemas/placeOrderRequest.json', type: 'JSONSchema' },
  providerProperties: [{ propertyName: 'program', value: 'DFH0XCMN', type: 'STRING' }],
  version: '1.0',
  description: 'Place order service',
}

const manifest = (patch: object = {}) => {
  const read = readManifest({ ...placeOrder, ...patch })
  if (E.isLeft(read)) throw new Error(read.left.join('; '))
  return read.right
}

describe('the name of an entry', () => {
  it.each(['manifest.yml', 'schemas/a.json', '..a', 'a..b/c', 'x'.repeat(255)])(
    'may be %s',
    (name) => {
      expect(entryNameProblem(name)).toBeUndefined()
    },
  )

  it.each([
    ['', 'no name'],
    ['/etc', 'starts with a slash'],
    ['a\\b', 'backslash'],
    ['C:x', 'drive'],
    ['a\0', 'NUL'],
    ['../x', '".."'],
    ['a/./b', '".."'],
    ['a/..', '".."'],
    ['x'.repeat(256), 'longer than 255 bytes'],
    ['€'.repeat(86), 'longer than 255 bytes'],
    ['😀'.repeat(64), 'longer than 255 bytes'],
  ])('may not be %j: %s', (name, rule) => {
    expect(entryNameProblem(name)).toContain(rule)
  })

  it('is measured in bytes as UTF-8 has them', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 50, maxLength: 150 }), (text) => {
        const name = text.replaceAll(/[\0\\/:.]/g, 'x')
        const problem = entryNameProblem(name)
        expect(problem !== undefined).toBe(new TextEncoder().encode(name).length > 255)
      }),
      { seed: 20_261_122 },
    )
  })
})

describe('the text of a manifest', () => {
  it('may be as the vendor has it', () => {
    const text = `---
Manifest-Version: 1.0
name: "placeOrder"
providerProperties:
- {propertyName: "program", value: "DFH0XCMN", type: "STRING"}
- - a
description: "- - - ? no run: it does not start the line"
`
    expect(manifestTextProblem(text)).toBeUndefined()
    expect(manifestTextProblem('['.repeat(64) + '{'.repeat(64))).toBeUndefined()
  })

  it.each([
    ['brackets', '['.repeat(65) + '{'.repeat(64)],
    ['keys', 'a: b\n? c\n'],
    ['keys in a run', '? '.repeat(8000)],
    ['a key behind a dash', '  - ? a'],
    ['three dashes', '- - - a'],
    ['three dashes apart', ' -   -\t- a'],
    ['three dashes to the end of the line', 'a:\n- - -'],
    ['a mark before the first line', '\uFEFF- - - a'],
    ['lines that end in two characters', '- -\r\n- - -\r\n'],
  ])('may not nest by %s', (_, text) => {
    expect(manifestTextProblem(text)).toMatch(/^manifest\.yml: /)
  })
})

describe('the maps of a parser', () => {
  it('become records at every depth', () => {
    const parsed = new Map<string, unknown>([
      ['a', '1'],
      ['b', [new Map([['c', 'd']])]],
    ])
    expect(recordsOf(parsed)).toEqual(E.right({ a: '1', b: [{ c: 'd' }] }))
    expect(recordsOf(null)).toEqual(E.right(null))
  })

  it.each([
    ['a key that is no string', new Map([[['a'], 'b']])],
    ['a key deep inside', new Map([['a', [new Map([[1, 2]])]]])],
    ['the key __proto__', new Map([['__proto__', 'b']])],
  ])('are refused with %s', (_, parsed) => {
    expect(recordsOf(parsed)).toEqual(E.left('manifest.yml: a key is not usable'))
  })
})

describe('a manifest', () => {
  it('is read and makes a definition', () => {
    const definition = serviceDefinition(manifest(), { archive, requestSchema: { type: 'object' } })
    expect(definition).toEqual({
      kind: 'service',
      name: 'placeOrder',
      description: 'Place order service',
      version: '1.0',
      archive,
      provider: 'CICS-1.0',
      properties: [{ propertyName: 'program', value: 'DFH0XCMN', type: 'STRING' }],
      objects: [],
      requestSchema: { type: 'object' },
      responseSchema: null,
    })
    expect(ServiceDefinition.is(definition)).toBe(true)
  })

  it('needs no more than a name and a provider', () => {
    const read = readManifest({ name: 'a', provider: 'p', description: '', providerProperties: '' })
    expect(read).toEqual(E.right({ name: 'a', provider: 'p' }))
    const bare = serviceDefinition({ name: 'a', provider: 'p' }, { archive })
    expect([bare.description, bare.version]).toEqual(['', null])
  })

  it.each([
    [{ name: '../x' }, 'name'],
    [{ name: undefined }, 'name'],
    [{ name: '' }, 'name'],
    [{ provider: '' }, 'provider'],
    [{ provider: ['a'] }, 'provider'],
    [{ 'Manifest-Version': '2.0' }, 'Manifest-Version'],
    [{ version: { a: 'b' } }, 'version'],
    [{ description: [] }, 'description'],
    [{ requestSchema: 'x.json' }, 'requestSchema'],
    [{ responseSchema: { value: 'x.json', type: 'XSD' } }, 'responseSchema'],
    [{ providerProperties: { a: 'b' } }, 'providerProperties'],
    [
      { providerProperties: [{ propertyName: 'a', value: 'b', type: 'URL' }] },
      'providerProperties',
    ],
    [{ providerObjects: 'a' }, 'providerObjects'],
  ])('is refused with %j, and told which key', (patch, key) => {
    const read = readManifest({ ...placeOrder, ...patch })
    expect(E.isLeft(read) && read.left.length).toBe(1)
    expect(E.isLeft(read) && read.left[0]).toMatch(new RegExp(`^manifest\\.yml: ${key}: .`))
  })

  it.each([null, 'text', ['a']])('is refused when it is %j', (parsed) => {
    const read = readManifest(parsed)
    expect(read).toEqual(E.left(['manifest.yml: must be a mapping of keys to values']))
  })

  it('tells every key that is wrong, once', () => {
    const read = readManifest({
      name: 'a b',
      provider: 'p',
      version: [],
      providerProperties: [{ type: 'x' }, {}],
    })
    expect(E.isLeft(read) && read.left.map((line) => line.split(': ')[1])).toEqual([
      'name',
      'version',
      'providerProperties',
    ])
  })

  it('names the files that must be in the archive', () => {
    const read = manifest({
      responseSchema: { value: './schemas/b.json', type: 'JSONSchema' },
      providerProperties: [
        { propertyName: 'map', value: 'files/map.bin', type: 'FILE' },
        { propertyName: 'path', value: '/etc/passwd', type: 'STRING' },
      ],
    })
    expect(filesOf(read)).toEqual(
      E.right([
        { key: 'requestSchema', path: 'schemas/placeOrderRequest.json', is: 'schema' },
        { key: 'responseSchema', path: 'schemas/b.json', is: 'schema' },
        { key: 'map', path: 'files/map.bin', is: 'file' },
      ]),
    )
    const outside = manifest({
      requestSchema: { value: 'file:///../x.json', type: 'JSONSchema' },
      providerProperties: [{ propertyName: 'map', value: '/etc/passwd', type: 'FILE' }],
    })
    expect(filesOf(outside)).toEqual(
      E.left([
        'manifest.yml: requestSchema: not a file of the archive',
        'manifest.yml: map: not a file of the archive',
      ]),
    )
  })
})

it.each([
  ['file:///schemas/x.json', 'schemas/x.json'],
  ['file:///a%20b.json', 'a b.json'],
  ['schemas/x.json', 'schemas/x.json'],
  ['./x.json', 'x.json'],
  ['a%20b.json', 'a%20b.json'],
  ['file:///', undefined],
  ['file:///%zz', undefined],
  ['file:///%2e%2e/x', undefined],
  ['file://host/x', undefined],
  ['http://h/x.json', undefined],
  ['/x.json', undefined],
  ['../x.json', undefined],
  ['schemas/', undefined],
  ['', undefined],
])('finds %s in the archive at %s', (value, expected) => {
  expect(archivePath(value)).toBe(expected)
})

it('reads a schema that is a JSON object, and says what else it is', () => {
  expect(readSchema('requestSchema', '{"type":"object"}')).toEqual(E.right({ type: 'object' }))
  expect(readSchema('requestSchema', '{')).toEqual(E.left('requestSchema: not valid JSON'))
  for (const text of ['[]', 'null', '1'])
    expect(readSchema('a', text)).toEqual(E.left('a: not a JSON object'))
})

describe('a package.xml', () => {
  const parsed = {
    zosConnectApi: {
      id: 'catalog',
      xmlns: 'http://www.ibm.com/zosConnect/2.0/zosConnectApi',
      apiSpec: {
        title: 'catalog',
        basePath: '/catalogManager',
        description: 'Catalog',
        version: '1.0.0',
        path: [
          {
            relativePath: '/items',
            method: [
              { type: 'GET', zosConnectServiceRef: 'inquireCatalog' },
              { type: 'PUT', zosConnectServiceRef: 'placeOrder' },
              '',
            ],
          },
          { relativePath: '/orders', method: [{ zosConnectServiceRef: 'placeOrder' }] },
          '',
        ],
        apiDoc: ['x', { docType: 'SWAGGER', '#text': ' api-docs/swagger.json ' }],
      },
    },
  }
  const withSpec = (apiSpec: unknown, more: object = {}): unknown => ({
    zosConnectApi: { id: 'catalog', apiSpec, ...more },
  })

  it('makes the definition of an API, its services once each', () => {
    const made = packageDefinition(parsed, { kind: 'api', archive })
    expect(made).toEqual(
      E.right({
        kind: 'api',
        name: 'catalog',
        description: 'Catalog',
        version: '1.0.0',
        archive,
        basePath: '/catalogManager',
        services: ['inquireCatalog', 'placeOrder'],
        swagger: 'api-docs/swagger.json',
      }),
    )
    expect(E.isRight(made) && ApiDefinition.is(made.right)).toBe(true)
  })

  it('makes the definition of an API requester', () => {
    const made = packageDefinition(
      withSpec({ connectionRef: 'conn', basePath: '' }, { packageType: 'requester' }),
      { kind: 'apiRequester', archive },
    )
    expect(made).toEqual(
      E.right({
        kind: 'apiRequester',
        name: 'catalog',
        description: '',
        version: null,
        archive,
        basePath: null,
        connectionRef: 'conn',
      }),
    )
    expect(E.isRight(made) && ApiRequesterDefinition.is(made.right)).toBe(true)
  })

  it('belongs to the collection that its type says', () => {
    const requester = withSpec({ basePath: '/a' }, { packageType: 'requester' })
    expect(packageDefinition(requester, { kind: 'api', archive })).toEqual(
      E.left(['package.xml: the archive is an API requester']),
    )
    expect(packageDefinition(parsed, { kind: 'apiRequester', archive })).toEqual(
      E.left(['package.xml: the archive is not an API requester']),
    )
  })

  it.each(['/', '', undefined, 'a', '/a//b', '/a?b', '/a b', '/a#'])(
    'of an API may not have the base path %j',
    (basePath) => {
      const made = packageDefinition(withSpec(basePath === undefined ? {} : { basePath }), {
        kind: 'api',
        archive,
      })
      expect(E.isLeft(made) && made.left[0]).toMatch(/^package\.xml: basePath: /)
    },
  )

  it.each([
    [{}, 'zosConnectApi'],
    ['', 'zosConnectApi'],
    [withSpec(''), 'apiSpec'],
    [{ zosConnectApi: { apiSpec: {} } }, 'id'],
    [withSpec({ basePath: '/a' }, { id: '..' }), 'id'],
    [withSpec({ basePath: ['/a', '/b'] }), 'basePath'],
  ])('is refused when it is %j, and told where', (wrong, key) => {
    const made = packageDefinition(wrong, { kind: 'api', archive })
    expect(made).toEqual(E.left([`package.xml: ${key}: missing or not usable`]))
  })
})
