import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import type { ServiceConfig } from './codecs.ts'
import { isDomain } from './formats.ts'
import { isGeography } from './geography.ts'
import { textOf } from './poppy-error.ts'
import type { PoppyError } from './poppy-error.ts'
import {
  documentOf,
  parseServiceId,
  placeShared,
  validateCreate,
  validateFlavor,
  validateUpdate,
} from './rules.ts'
import { isSecondLevelSuffix } from './suffixes.ts'

const shop = {
  name: 'shop',
  domains: [{ domain: 'www.shop-a.com' }],
  origins: [{ origin: 'o.shop-a.com' }],
  flavor_id: 'cdn',
}

const surroundings = { flavorExists: (flavor: string): boolean => flavor === 'cdn' }

const created = (members: object = {}): ServiceConfig =>
  right(validateCreate({ ...shop, ...members }, surroundings))

const refusedText = (members: object): string | ReadonlyArray<string> =>
  textOf(left(validateCreate({ ...shop, ...members }, surroundings)))

const rule = (request_url: string): object => ({ name: 'r', request_url })

const restriction = (access: string | undefined, ...rules: ReadonlyArray<object>): object => ({
  name: 'restriction',
  ...(access === undefined ? {} : { access }),
  rules: rules.map((members) => ({ name: 'r', ...members })),
})

describe('validateCreate', () => {
  it('fills in every default', () => {
    expect(created()).toEqual({
      name: 'shop',
      domains: [{ domain: 'www.shop-a.com', protocol: 'http', certificate: null }],
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
      caching: [{ name: 'default', ttl: 86_400, rules: [{ name: 'default', request_url: '/*' }] }],
      flavor_id: 'cdn',
      log_delivery: { enabled: false },
    })
  })

  it('takes the ttl of an absent caching from the settings, and gives one for an empty list too', () => {
    const settings = { ...surroundings, defaultCacheTtl: 60 }
    for (const body of [shop, { ...shop, caching: [] }])
      expect(right(validateCreate(body, settings)).caching.map(({ ttl }) => ttl)).toEqual([60])
  })

  it('keeps what was said, trims names, paths and geographies, and drops what it does not know', () => {
    expect(
      created({
        service_id: 'x',
        name: ' shop ',
        origins: [
          {
            origin: 'o.shop-a.com',
            ssl: true,
            port: 443,
            rules: [{ name: ' a ', request_url: ' a ', extra: 1 }],
            hostheadertype: 'origin',
            extra: 1,
          },
        ],
        caching: [{ name: ' c ', ttl: 0, extra: 1 }],
        restrictions: [
          restriction(
            undefined,
            { geography: ' Japan ' },
            { referrer: 'a.b.com', request_url: 'x' },
          ),
        ],
        log_delivery: { enabled: true, extra: 1 },
      }),
    ).toMatchObject({
      name: ' shop ',
      origins: [
        {
          ssl: true,
          port: 443,
          rules: [{ name: 'a', request_url: 'a' }],
          hostheadertype: 'origin',
          hostheadervalue: 'o.shop-a.com',
        },
      ],
      caching: [{ name: 'c', ttl: 0, rules: [{ name: 'default', request_url: '/*' }] }],
      restrictions: [
        {
          access: 'whitelist',
          rules: [
            { name: 'r', geography: 'Japan', request_url: '/*' },
            { name: 'r', referrer: 'a.b.com', request_url: 'x' },
          ],
        },
      ],
      log_delivery: { enabled: true },
    })
    expect(JSON.stringify(created({ origins: [{ ...shop.origins[0], extra: 1 }] }))).not.toContain(
      'extra',
    )
  })

  it('answers a violated schema with one text for each violation', () => {
    expect(refusedText({ caching: [{ name: 'a', ttl: -5 }] })).toEqual([
      "['caching'][0]['ttl']--5 is less than the minimum of 0",
    ])
  })

  it.each<readonly [string, object]>([
    [
      'The origin http://o.x.com already exists for another origin on this service',
      { origins: [{ origin: 'o.x.com' }, { origin: 'o.x.com', ssl: false }] },
    ],
    [
      'The origin https://o.x.com already exists for another origin on this service',
      {
        origins: [
          { origin: 'o.x.com', ssl: true },
          { origin: 'o.x.com', ssl: true },
        ],
      },
    ],
    [
      'The path /a already exists for another origin on this service',
      {
        origins: [
          { origin: 'o.x.com', rules: [rule('a')] },
          { origin: 'p.x.com', rules: [rule('/a')] },
        ],
      },
    ],
    [
      'The path /* already exists for another origin on this service',
      { origins: [{ origin: 'o.x.com' }, { origin: 'p.x.com' }] },
    ],
    [
      'The path /a already exists for another caching rule on this service',
      {
        caching: [
          { name: 'a', ttl: 1, rules: [rule('/a')] },
          { name: 'b', ttl: 1, rules: [rule('/b'), rule('a')] },
        ],
      },
    ],
    [
      'The domain www.x.com already exists on another service',
      { domains: [{ domain: 'www.x.com' }, { domain: 'www.x.com', protocol: 'http' }] },
    ],
    ['Domain WWW.x.com is not a valid domain', { domains: [{ domain: 'WWW.x.com' }] }],
    ['Domain shop is not a valid domain', { domains: [{ domain: 'shop' }] }],
    [
      'Domain www.x.com is not a valid domain',
      { domains: [{ domain: 'www.x.com', protocol: 'https', certificate: 'shared' }] },
    ],
    [
      "Domains and origins cannot be same: {'origin': 'www.shop-a.com'}",
      { origins: [{ origin: 'www.shop-a.com' }] },
    ],
    [
      "Domains and origins cannot be same: {'origin': ' WWW.shop-a.com ', 'ssl': True}",
      { origins: [{ origin: ' WWW.shop-a.com ', ssl: true }] },
    ],
    ['Origin O.x.com is not valid', { origins: [{ origin: 'O.x.com' }] }],
    ['Origin 10.0.0.256 is not valid', { origins: [{ origin: '10.0.0.256' }] }],
    [
      'shop-a.com is a root domain. Most DNS providers do not allow setting a CNAME on a root domain. ' +
        'Please add a subdomain (e.g. www.shop-a.com)',
      { domains: [{ domain: 'shop-a.com' }] },
    ],
    [
      'shop-a.co.uk is a root domain. Most DNS providers do not allow setting a CNAME on a root domain. ' +
        'Please add a subdomain (e.g. www.shop-a.co.uk)',
      { domains: [{ domain: 'shop-a.co.uk', protocol: 'https', certificate: 'san' }] },
    ],
    [
      'The host header Bad is not valid',
      { origins: [{ origin: 'o.x.com', hostheadertype: 'custom', hostheadervalue: 'Bad' }] },
    ],
    [
      'The host header 5 is not valid',
      { origins: [{ origin: 'o.x.com', hostheadertype: 'domain', hostheadervalue: 5 }] },
    ],
    [
      'The host header 10.0.0.1 is not valid',
      { origins: [{ origin: '10.0.0.1', hostheadertype: 'origin' }] },
    ],
    [
      'Cannot blacklist and whitelist geography on /* at the same time',
      {
        restrictions: [
          restriction('blacklist', { geography: 'Japan' }),
          restriction('whitelist', { geography: 'India' }),
        ],
      },
    ],
    [
      "Cannot blacklist and whitelist ['geography'] on /* at the same time",
      {
        restrictions: [
          restriction(undefined, { geography: 'Japan' }),
          restriction('blacklist', { geography: 'India' }),
        ],
      },
    ],
    [
      'Cannot blacklist and whitelist client_ip on /a at the same time',
      {
        restrictions: [
          restriction('blacklist', { client_ip: '::1', request_url: '/a' }),
          restriction('whitelist', { client_ip: '::1', request_url: ' /a' }),
        ],
      },
    ],
    [
      'Referrer Bad is not a valid domain',
      { restrictions: [restriction('whitelist', { referrer: 'Bad' })] },
    ],
    ["Could not find a flavor with the id 'zinc'", { flavor_id: 'zinc' }],
    ["Could not find a flavor with the id '&lt;b&gt;'", { flavor_id: '<b>' }],
    [
      'Country/Area Atlantis is not supported in geo zones',
      { restrictions: [restriction('whitelist', { geography: ' Atlantis ' })] },
    ],
    [
      "Status 'bogus' not in valid options: ['create_in_progress', 'deployed', 'update_in_progress', " +
        "'delete_in_progress', 'failed']",
      { status: 'bogus' },
    ],
  ])('answers %s', (text, members) => {
    expect(refusedText(members)).toBe(text)
  })

  it('lets pass what only looks wrong', () => {
    created({ status: 'failed' })
    created({ domains: [{ domain: 'a.shop-a.co.uk' }, { domain: 'shop.co.ie' }] })
    created({ domains: [{ domain: 'shop', protocol: 'https', certificate: 'shared' }] })
    created({ origins: [{ origin: '10.0.0.1' }] })
    created({
      origins: [
        { origin: 'o.x.com', rules: [rule('/a')] },
        { origin: 'o.x.com', ssl: true, rules: [rule('/b')] },
      ],
    })
    created({
      restrictions: [
        restriction('whitelist', { geography: 'Japan' }),
        restriction('blacklist', { geography: 'India', request_url: '/a' }, { client_ip: '::1' }),
      ],
    })
  })

  it('answers what its defaults and trimming bring about', () => {
    expect(refusedText({ caching: [{ name: ' ', ttl: 1 }] })).toEqual([
      "['caching'][0]['name']-'' is too short",
    ])
  })

  it('answers the first rule that fails, the flavor before the defaults, the schema before all', () => {
    const steps: ReadonlyArray<readonly [PoppyError['_tag'], object]> = [
      ['SchemaViolated', { name: 1 }],
      ['DuplicateCachingPath', { caching: [{ name: 'c', ttl: 1, rules: [rule('a'), rule('a')] }] }],
      ['DuplicateDomain', { domains: [{ domain: 'x.com' }, { domain: 'x.com' }] }],
      ['InvalidDomain', { domains: [{ domain: 'BAD' }] }],
      ['RootDomain', { domains: [{ domain: 'x.com' }] }],
      ['InvalidReferrer', { restrictions: [restriction('whitelist', { referrer: 'Bad' })] }],
      ['UnknownFlavor', { flavor_id: 'zinc' }],
      ['InvalidStatus', { status: 1 }],
      ['DuplicateOriginPath', { origins: [{ origin: 'o.x.com' }, { origin: 'p.x.com' }] }],
    ]
    for (const [index, [tag, members]] of steps.entries())
      for (const [, later] of steps.slice(index + 1)) {
        const error = left(validateCreate({ ...shop, ...later, ...members }, surroundings))
        expect(error._tag).toBe(tag)
      }
  })

  it('never throws, whatever the body, and a configuration it makes is valid as it is', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.jsonValue({ maxDepth: 3 }), (any, member) => {
        expect(E.isLeft(validateCreate(any, surroundings))).toBe(true)
        for (const key of Object.keys(shop)) {
          const made = validateCreate({ ...shop, [key]: member }, surroundings)
          if (E.isRight(made))
            expect(validateUpdate(documentOf(made.right, 'acme-7'), surroundings)).toEqual(made)
        }
      }),
      { seed: 20_261_122 },
    )
  })
})

describe('validateUpdate', () => {
  it('leaves a document alone that a service gives', () => {
    const config = created({
      domains: [{ domain: 'shop', protocol: 'https', certificate: 'shared' }],
      origins: [{ origin: 'o.x.com', hostheadertype: 'custom', hostheadervalue: 'h.x.com' }],
    })
    const placed = right(placeShared(config, { order: [3], suffix: 's.net', taken: () => false }))
    expect(documentOf(placed, 'acme-7').domains).toEqual(config.domains)
    expect(right(validateUpdate(documentOf(placed, 'acme-7'), surroundings))).toEqual(config)
  })

  it('adds no caching, but fills rules before it looks', () => {
    const document = documentOf(created(), 'acme-7')
    expect(right(validateUpdate({ ...document, caching: [] }, surroundings)).caching).toEqual([])
    const caching = [
      { name: 'a', ttl: 1, rules: [rule('/a')] },
      { name: 'b', ttl: 2 },
    ]
    expect(right(validateUpdate({ ...document, caching }, surroundings)).caching[1]?.rules).toEqual(
      [{ name: 'default', request_url: '/*' }],
    )
    const origins = [{ origin: 'o.x.com' }, { origin: 'p.x.com', rules: [] }]
    expect(left(validateUpdate({ ...document, origins }, surroundings))).toEqual({
      _tag: 'DuplicateOriginPath',
      path: '/*',
    })
  })

  it('ignores what was added, except a status that is none', () => {
    const document = documentOf(created(), 'acme-7')
    const added = { ...document, client: 1, project_id: 'beta-1' }
    expect(validateUpdate(added, surroundings)).toEqual(E.right(created()))
    expect(left(validateUpdate({ ...document, status: null }, surroundings))).toEqual({
      _tag: 'InvalidStatus',
      status: null,
    })
  })

  it('takes the host header from the origin anew', () => {
    const document = documentOf(
      created({ origins: [{ origin: 'o.x.com', hostheadertype: 'origin' }] }),
      'acme-7',
    )
    const origins = document.origins.map((entry) => ({ ...entry, origin: 'p.x.com' }))
    expect(
      right(validateUpdate({ ...document, origins }, surroundings)).origins[0]?.hostheadervalue,
    ).toBe('p.x.com')
  })
})

describe('placeShared', () => {
  const shared = (...names: ReadonlyArray<string>): ServiceConfig =>
    created({
      domains: names.map((domain) => ({ domain, protocol: 'https', certificate: 'shared' })),
    })
  const free = (): boolean => false
  const suffix = 'secure.example.net'

  it('gives the first place in order that nobody has', () => {
    const placed = placeShared(shared('shop', 'other'), {
      order: [4, 2, 1],
      suffix,
      taken: (domain) => domain === 'shop.scdn4.secure.example.net',
    })
    expect(right(placed).domains.map(({ domain }) => domain)).toEqual([
      'shop.scdn2.secure.example.net',
      'other.scdn4.secure.example.net',
    ])
  })

  it('keeps the full name that the service had', () => {
    const previous = right(placeShared(shared('shop'), { order: [5], suffix, taken: free }))
    const placed = placeShared(shared('shop'), { order: [1], suffix, taken: () => true, previous })
    expect(placed).toEqual(E.right(previous))
  })

  it('does not take the place of a domain that the service names itself', () => {
    const config = created({
      domains: [
        { domain: 'shop', protocol: 'https', certificate: 'shared' },
        { domain: 'shop.scdn1.secure.example.net' },
      ],
    })
    const placed = right(placeShared(config, { order: [1, 2], suffix, taken: free }))
    expect(placed.domains[0]?.domain).toBe('shop.scdn2.secure.example.net')
  })

  it('answers that the domain is taken when every place is', () => {
    const none = placeShared(shared('shop'), { order: [1, 2, 3, 4, 5], suffix, taken: () => true })
    expect(textOf(left(none))).toBe('Domain shop has already been taken')
  })

  it('leaves other domains as they are, taken or not', () => {
    expect(placeShared(created(), { order: [1], suffix, taken: () => true })).toEqual(
      E.right(created()),
    )
  })
})

describe('validateFlavor', () => {
  const lite = {
    id: 'lite',
    providers: [
      { provider: 'mock', links: [{ href: 'http://e.example.net', rel: 'provider_url' }] },
    ],
  }
  const there = { providers: ['mock'], flavorExists: (id: string): boolean => id === 'cdn' }

  it('accepts one of known providers and drops what it does not know', () => {
    expect(validateFlavor({ ...lite, extra: 1 }, there)).toEqual(E.right(lite))
  })

  it('refuses others, in this order', () => {
    const nope = { provider: 'nope', links: lite.providers[0]?.links }
    const text = (body: unknown): unknown => textOf(left(validateFlavor(body, there)))
    expect(text({})).toHaveLength(2)
    expect(text({ id: 'cdn', providers: [...lite.providers, nope] })).toBe(
      "nope is not a valid Provider.  Please choose from ['mock']",
    )
    expect(text({ ...lite, id: 'cdn' })).toBe("A flavor with the id 'cdn' already exists")
  })
})

describe('parseServiceId', () => {
  const id = '0b7e9d52-1234-4abc-8def-0123456789ab'

  it('reads any spelling of a UUID', () => {
    fc.assert(
      fc.property(fc.uuid(), (uuid) => {
        const bare = uuid.replaceAll('-', '')
        for (const spelled of [
          uuid,
          uuid.toUpperCase(),
          bare,
          `{${uuid}}`,
          `urn:uuid:${uuid}`,
          `{urn:uuid:${bare}}`,
          [...bare].join('-'),
        ])
          expect(parseServiceId(spelled)).toEqual(E.right(uuid))
      }),
      { seed: 20_261_122 },
    )
  })

  it.each(['', 'xyz', id.slice(1), `${id}0`, id.replace('0', 'g'), `${id}\n`, ` ${id}`, `(${id})`])(
    'refuses %j',
    (text) => {
      expect(textOf(left(parseServiceId(text)))).toBe('Invalid service id')
    },
  )
})

describe('the tables', () => {
  it('know the suffixes below which names are sold', () => {
    for (const name of [
      'co.uk',
      'com.au',
      'nsw.au',
      'experts-comptables.fr',
      'law.za',
      'ulan-ude.ru',
    ])
      expect(isSecondLevelSuffix(name)).toBe(true)
    for (const name of ['co.ie', 'com', 'nsw.uk', 'a.co.uk', 'shop.com', '', 'co.'])
      expect(isSecondLevelSuffix(name)).toBe(false)
  })

  it('know geographies exactly, and the two pairs singly as well', () => {
    const known = [
      'North America',
      'EMEA(Europe, Middle East and Africa)',
      'Rest Of APAC',
      "Cote D'Ivoire",
      'Jordan, Kenya',
      'Jordan',
      'Kenya',
      'Senegal, Seychelles',
      'Senegal',
      'Seychelles',
      'Zimbabwe',
    ]
    for (const name of known) expect(isGeography(name)).toBe(true)
    for (const name of ['japan', 'Europe', '', 'Japan|India', 'constructor'])
      expect(isGeography(name)).toBe(false)
  })
})

describe('isDomain', () => {
  it('wants lower-case labels and a top level of letters', () => {
    for (const name of ['a.co', 'a-b.example.com', `${'a'.repeat(63)}.com`, 'xn--bcher-kva.de'])
      expect(isDomain(name), name).toBe(name !== 'xn--bcher-kva.de')
    for (const name of [
      'a',
      'a.b1',
      '-a.com',
      'a-.com',
      'a..com',
      `${'a'.repeat(64)}.com`,
      'a.com\n',
    ])
      expect(isDomain(name), name).toBe(false)
  })
})

const right = <A>(either: E.Either<PoppyError, A>): A => {
  if (E.isLeft(either)) throw new Error(JSON.stringify(either.left))
  return either.right
}

const left = <A>(either: E.Either<PoppyError, A>): PoppyError => {
  if (E.isRight(either)) throw new Error(JSON.stringify(either.right))
  return either.left
}
