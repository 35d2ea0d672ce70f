import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { issuesOf } from '../../issue.ts'
import {
  CreateCertificate,
  CreateService,
  Flavor,
  ProjectLimit,
  ProviderDetails,
  ServiceAction,
  ServiceConfig,
  SetCertificateStatus,
  SetStatus,
} from './codecs.ts'
import { IP_RANGE } from './formats.ts'
import { renderViolation, violations } from './schema.ts'
import type { AnySchema } from './schema.ts'
import { validateCreate } from './rules.ts'

const shop = {
  name: 'shop',
  domains: [{ domain: 'www.shop-a.com' }],
  origins: [{ origin: 'o.shop-a.com' }],
  flavor_id: 'cdn',
}

const complaints = (schema: AnySchema, body: unknown): ReadonlyArray<string> =>
  violations(schema, body).map(renderViolation)

describe('CreateService', () => {
  it('accepts the least a service can be', () => {
    expect(complaints(CreateService, shop)).toEqual([])
  })

  it('lets members be that it does not know', () => {
    expect(complaints(CreateService, { ...shop, service_id: 7, client: {} })).toEqual([])
  })

  it.each<readonly [unknown, ReadonlyArray<string>]>([
    [[], ["[]-[] is not of type 'object'"]],
    [null, ["[]-None is not of type 'object'"]],
    ['x', ["[]-'x' is not of type 'object'"]],
    [
      {},
      [
        "['name']-'name' is a required property",
        "['domains']-'domains' is a required property",
        "['origins']-'origins' is a required property",
        "['flavor_id']-'flavor_id' is a required property",
      ],
    ],
    [{ ...shop, name: 'ab' }, ["['name']-'ab' is too short"]],
    [{ ...shop, name: 12 }, ["['name']-12 is not of type 'string'"]],
    [{ ...shop, name: '😀😀' }, ["['name']-'😀😀' is too short"]],
    [{ ...shop, name: '😀'.repeat(256) }, []],
    [{ ...shop, name: 'x'.repeat(257) }, [`['name']-'${'x'.repeat(257)}' is too long`]],
    [{ ...shop, name: '<b' }, ["['name']-'&lt;b' is too short"]],
    [{ ...shop, domains: [] }, ["['domains']-[] is too short"]],
    [{ ...shop, flavor_id: '' }, ["['flavor_id']-'' is too short"]],
    [
      { ...shop, log_delivery: {} },
      ["['log_delivery']['enabled']-'enabled' is a required property"],
    ],
    [
      { ...shop, log_delivery: { enabled: 1 } },
      ["['log_delivery']['enabled']-1 is not of type 'boolean'"],
    ],
  ])('says what is wrong with %j', (body, texts) => {
    expect(complaints(CreateService, body)).toEqual(texts)
  })

  it.each<readonly [string, unknown, boolean]>([
    ['nothing but a domain', { domain: 'a.b.com' }, true],
    ['http', { domain: 'a.b.com', protocol: 'http' }, true],
    [
      'http without a certificate',
      { domain: 'a.b.com', protocol: 'http', certificate: null },
      true,
    ],
    ['http with one', { domain: 'a.b.com', protocol: 'http', certificate: 'san' }, false],
    ['https', { domain: 'a.b.com', protocol: 'https', certificate: 'sni' }, true],
    ['https without a certificate', { domain: 'a.b.com', protocol: 'https' }, false],
    ['an unknown certificate', { domain: 'a.b.com', protocol: 'https', certificate: 'own' }, false],
    ['a certificate alone', { domain: 'a.b.com', certificate: null }, false],
    ['a member too many', { domain: 'a.b.com', port: 80 }, false],
    ['two characters', { domain: 'ab' }, false],
    ['a string', 'a.b.com', false],
  ])('takes or refuses a domain as a whole: %s', (_, entry, taken) => {
    expect(
      violations(CreateService, { ...shop, domains: [entry] }).map(({ path }) => path),
    ).toEqual(taken ? [] : [['domains', 0]])
  })

  it('names the forms that a domain can have', () => {
    expect(complaints(CreateService, { ...shop, domains: [{ domain: 1 }] })).toEqual([
      "['domains'][0]-{'domain': 1} is not of type 'domain', 'http domain', 'https domain'",
    ])
  })

  it.each<readonly [string, object, boolean]>([
    ['any extra member', { extra: 1 }, true],
    ['port 443', { port: 443, ssl: true }, true],
    ['another port', { port: 8080 }, false],
    ['ssl in words', { ssl: 'true' }, false],
    ['no rules', { rules: [] }, true],
    ['rules that are null', { rules: null }, false],
    ['a rule without a name', { rules: [{ request_url: '/a' }] }, false],
    ['a rule without a path', { rules: [{ name: 'a', request_url: '' }] }, false],
    ['a host header of the origin', { hostheadertype: 'origin' }, true],
    ['a custom one', { hostheadertype: 'custom', hostheadervalue: 'a.b.com' }, true],
    ['a custom one without a value', { hostheadertype: 'custom' }, false],
    ['a custom one that is null', { hostheadertype: 'custom', hostheadervalue: null }, false],
    ['a value that does not count', { hostheadertype: 'domain', hostheadervalue: null }, true],
  ])('takes or refuses an origin as a whole: %s', (_, members, taken) => {
    const body = { ...shop, origins: [{ origin: 'o.shop-a.com', ...members }] }
    expect(violations(CreateService, body).map(({ path }) => path)).toEqual(
      taken ? [] : [['origins', 0]],
    )
  })

  it.each<readonly [unknown, ReadonlyArray<string>]>([
    [[{ name: 'a', ttl: 0 }], []],
    [[{ name: 'a', ttl: -1 }], ["['caching'][0]['ttl']--1 is less than the minimum of 0"]],
    [
      [{ name: 'a', ttl: 31_536_001 }],
      ["['caching'][0]['ttl']-31536001 is greater than the maximum of 31536000"],
    ],
    [[{ name: 'a', ttl: 1.5 }], ["['caching'][0]['ttl']-1.5 is not of type 'integer'"]],
    [[{ name: 'a', ttl: true }], ["['caching'][0]['ttl']-True is not of type 'integer'"]],
    [
      [{ name: 'a', ttl: 1, rules: [{ name: 'r' }] }],
      ["['caching'][0]['rules'][0]['request_url']-'request_url' is a required property"],
    ],
    [
      [
        { name: 'a', ttl: 1 },
        { name: 'b', ttl: 2 },
      ],
      ["['caching'][1]['rules']-'rules' is a required property"],
    ],
    [
      [
        { name: 'a', ttl: 1, rules: [] },
        { name: 'b', ttl: 2, rules: [] },
      ],
      ["['caching'][1]['rules']-[] is too short"],
    ],
    [
      [
        { name: 'a', ttl: 1, rules: [{ name: 'r', request_url: '/a' }] },
        { ttl: 1, name: 'a', rules: [{ request_url: '/a', name: 'r' }] },
      ],
      [
        "['caching']-[{'name': 'a', 'ttl': 1, 'rules': [{'name': 'r', 'request_url': '/a'}]}, " +
          "{'ttl': 1, 'name': 'a', 'rules': [{'request_url': '/a', 'name': 'r'}]}] has non-unique elements",
      ],
    ],
  ])('says what is wrong with the caching %j', (caching, texts) => {
    expect(complaints(CreateService, { ...shop, caching })).toEqual(texts)
  })

  it.each<readonly [unknown, ReadonlyArray<ReadonlyArray<string | number>>]>([
    [{ name: 'r', rules: [] }, []],
    [{ name: 'r' }, [['restrictions', 0, 'rules']]],
    [{ name: 'r', access: 'greylist', rules: [] }, [['restrictions', 0, 'access']]],
    [{ name: 'r', rules: [{ name: 'x', referrer: 'a.b.com' }] }, []],
    [{ name: 'r', rules: [{ name: 'x', geography: 'Japan', request_url: '/a' }] }, []],
    [
      { name: 'r', rules: [{ name: 'x', geography: 'Japan', request_url: '/' }] },
      [['restrictions', 0, 'rules', 0]],
    ],
    [
      { name: 'r', rules: [{ name: 'x', geography: 'Japan', referrer: 'a.b.com' }] },
      [['restrictions', 0, 'rules', 0]],
    ],
    [{ name: 'r', rules: [{ name: 'x' }] }, [['restrictions', 0, 'rules', 0]]],
    [{ name: 'r', rules: [{ referrer: 'a.b.com' }] }, [['restrictions', 0, 'rules', 0]]],
    [
      { name: 'r', rules: [{ name: 'x', client_ip: '10.0.0.256' }] },
      [['restrictions', 0, 'rules', 0]],
    ],
  ])('finds where the restriction %j is wrong', (restriction, paths) => {
    expect(
      violations(CreateService, { ...shop, restrictions: [restriction] }).map(({ path }) => path),
    ).toEqual(paths)
  })

  it('decodes exactly what nothing can be said against, and to itself', () => {
    fc.assert(
      fc.property(bodies, (body) => {
        const decoded = CreateService.decode(body)
        expect(E.isRight(decoded)).toBe(violations(CreateService, body).length === 0)
        if (E.isRight(decoded)) expect(decoded.right).toBe(body)
        else
          expect(issuesOf(decoded.left).map(({ path }) => path)).toEqual(
            violations(CreateService, body).map(({ path }) => path.join('.')),
          )
      }),
      { seed: 20_261_122 },
    )
  })
})

describe('SetStatus', () => {
  const body = {
    project_id: 'acme-7',
    service_id: '0b7e9d52-0000-4000-8000-000000000001',
    status: 'failed',
  }

  it('accepts the three members and nothing else', () => {
    expect(complaints(SetStatus, body)).toEqual([])
  })

  it.each<readonly [string, unknown]>([
    ['another case', { ...body, status: 'Deployed' }],
    ['another status', { ...body, status: 'create_in_progress' }],
    ['an extra key', { ...body, reason: 'x' }],
    ['an id in upper case', { ...body, service_id: body.service_id.toUpperCase() }],
    ['a blank in the project', { ...body, project_id: 'a b' }],
    ['a line after the project', { ...body, project_id: 'acme-7\n' }],
    ['no status', { project_id: body.project_id, service_id: body.service_id }],
    ['an array', []],
    ['nothing', null],
  ])('answers one error at the root for %s', (_, refused) => {
    const texts = complaints(SetStatus, refused)
    expect(texts).toHaveLength(1)
    expect(texts[0]).toMatch(/^\[\]-.* is not of type 'service status'$/)
  })
})

describe('the other bodies', () => {
  it('finds two things missing in an empty flavor', () => {
    expect(complaints(Flavor, {})).toEqual([
      "['id']-'id' is a required property",
      "['providers']-'providers' is a required property",
    ])
    expect(
      complaints(Flavor, { id: 'lite', providers: [{ provider: 'mock', links: [] }] }),
    ).toEqual(["['providers'][0]['links']-[] is too short"])
  })

  it('takes an action on a project or on a domain, not on both', () => {
    expect(complaints(ServiceAction, { project_id: 'acme-7', action: 'delete' })).toEqual([])
    expect(complaints(ServiceAction, { domain: 'a.b.com', action: 'enable' })).toEqual([])
    expect(
      complaints(ServiceAction, { project_id: 'acme-7', domain: 'a.b.com', action: 'enable' }),
    ).toHaveLength(1)
    expect(complaints(ServiceAction, { domain: 'A.b.com', action: 'enable' })).toHaveLength(1)
  })

  it('takes a limit from 0', () => {
    expect(complaints(ProjectLimit, { limit: 0 })).toEqual([])
    expect(complaints(ProjectLimit, { limit: -1 })).toEqual([
      "[]-{'limit': -1} is not of type 'limit'",
    ])
    expect(complaints(ProjectLimit, [])).toEqual(["[]-[] is not of type 'limit'"])
  })

  it('names the members that a closed body does not have', () => {
    const details = {
      project_id: 'acme-7',
      domain_name: 'a.b.com',
      operator_url: 'a.b.com.cdn1.example.net',
      provider_url: '0b7e9d52.edge.mock.example.net',
    }
    expect(complaints(ProviderDetails, details)).toEqual([])
    expect(complaints(ProviderDetails, { ...details, z: 1 })).toEqual([
      "[]-Additional properties are not allowed ('z' was unexpected)",
    ])
    expect(complaints(ProviderDetails, { ...details, y: 1, z: 1 })).toEqual([
      "[]-Additional properties are not allowed ('y', 'z' were unexpected)",
    ])
  })

  it('takes two types of certificates and one replacement of a status', () => {
    const request = {
      flavor_id: 'cdn',
      cert_type: 'shared',
      domain_name: 'a.b.com',
      project_id: 'acme-7',
    }
    expect(complaints(CreateCertificate, request)).toEqual([
      "['cert_type']-'shared' is not one of ['san', 'sni']",
    ])
    const replacement = { op: 'replace', path: 'status', value: 'cancelled' }
    expect(complaints(SetCertificateStatus, [replacement])).toEqual([])
    expect(violations(SetCertificateStatus, [replacement, replacement])).toHaveLength(1)
  })
})

describe('ServiceConfig', () => {
  it('decodes a validated service to the identical value after a JSON round trip', () => {
    const made = validateCreate(
      {
        ...shop,
        domains: [
          { domain: 'www.shop-a.com' },
          { domain: 'shop', protocol: 'https', certificate: 'shared' },
        ],
        restrictions: [
          {
            name: 'r',
            rules: [
              { name: 'a', referrer: 'a.b.com' },
              { name: 'b', geography: 'Japan' },
              { name: 'c', client_ip: '10.0.0.0/8' },
            ],
          },
        ],
      },
      { flavorExists: () => true },
    )
    if (E.isLeft(made)) throw new Error(JSON.stringify(made.left))
    expect(ServiceConfig.decode(JSON.parse(JSON.stringify(made.right)))).toEqual(made)
  })
})

describe('IP_RANGE', () => {
  const isIpRange = (range: string): boolean => new RegExp(IP_RANGE, 'u').test(range)

  it.each([
    '0.0.0.0',
    '255.255.255.255',
    '10.0.0.0/8',
    '10.0.0.1/32',
    '::',
    '::1',
    'fe80::1%eth0',
    '2001:DB8::/32',
    '1:2:3:4:5:6:7:8',
    '1:2:3:4:5:6:7::',
    '::ffff:10.0.0.1',
    '1:2:3:4:5:6:1.2.3.4/128',
  ])('accepts %s', (range) => {
    expect(isIpRange(range)).toBe(true)
  })

  it.each([
    '',
    '10.0.0',
    '10.0.0.0.1',
    '10.0.0.',
    '256.0.0.1',
    '01.0.0.1',
    '10.0.0.1/0',
    '10.0.0.1/33',
    '10.0.0.1/',
    '10.0.0.1/8/8',
    '10.0.0.1%eth0',
    ':',
    ':::',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    '1::2::3',
    '12345::',
    'g::',
    '::1/129',
    '::1%',
    '1.2.3.4::',
    '::1\n',
  ])('refuses %j', (range) => {
    expect(isIpRange(range)).toBe(false)
  })
})

// Bodies close to a service: each member is right, missing or anything at all.
const bodies = ((): fc.Arbitrary<unknown> => {
  const member = (right: unknown): fc.Arbitrary<unknown> =>
    fc.oneof({ weight: 4, arbitrary: fc.constant(right) }, fc.jsonValue({ maxDepth: 2 }))
  return fc.oneof(
    { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
    {
      weight: 9,
      arbitrary: fc.record(
        {
          name: member('shop'),
          domains: member([{ domain: 'www.shop-a.com' }]),
          origins: member([{ origin: 'o.shop-a.com', port: 80 }]),
          flavor_id: member('cdn'),
          caching: member([{ name: 'a', ttl: 1 }]),
          restrictions: member([{ name: 'r', rules: [] }]),
          log_delivery: member({ enabled: true }),
          status: member('deployed'),
        },
        { requiredKeys: ['name', 'domains', 'origins'] },
      ),
    },
  )
})()

it('says of a body that is wrong all over no more than a hundred things', () => {
  const wrong = violations(CreateService, {
    name: 'shop',
    domains: Array.from({ length: 500_000 }, () => 1),
  })
  expect(wrong.length).toBe(100)
  expect(wrong[0]?.reason).toMatch(/ is too long$/)
  expect(wrong[99]).toEqual({
    path: ['domains', 98],
    reason: "1 is not of type 'domain', 'http domain', 'https domain'",
  })
})
