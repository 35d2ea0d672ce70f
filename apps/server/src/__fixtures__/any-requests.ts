import type { State } from '@signalbox/core'
import { strToU8, zipSync } from 'fflate'
import { DEMO_SECRETS } from '../demo.ts'

/** A request that somebody may send. */
export interface AnyRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

/** What is there when a request is made up. */
export interface World {
  readonly services: ReadonlyArray<State>
  /** Ids of tokens and of subscriptions. */
  readonly tokens: ReadonlyArray<string>
  readonly subscriptions: ReadonlyArray<string>
  /** Ids of effects, of which some have ended. */
  readonly effects: ReadonlyArray<string>
}

/** Chances that come out the same every time. */
export interface Dice {
  /** A whole number from 0, below a bound. */
  readonly below: (bound: number) => number
  readonly of: <A>(items: ReadonlyArray<A>) => A
  /** True so many times in a hundred. */
  readonly percent: (share: number) => boolean
}

/** Makes dice from a seed. */
export const diceFrom = (seed: number): Dice => {
  let state = seed >>> 0
  const below = (bound: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * bound)
  }
  const of = <A>(items: ReadonlyArray<A>): A => {
    const item = items[below(items.length)]
    if (item === undefined) throw new Error('there is nothing to choose from')
    return item
  }
  return { below, of, percent: (share) => below(100) < share }
}

/** Makes up a write of one kind, legal or not, well-formed or not. */
export const anyRequest = (kind: keyof typeof KINDS, dice: Dice, world: World): AnyRequest => {
  const made = KINDS[kind](dice, world)
  return dice.percent(6) ? spoiled(made, dice) : made
}

/** The kinds of requests: those of each vendor, and those of the control plane. */
export const KINDS = {
  poppy: (dice: Dice, world: World) => anyPoppy(dice, world),
  gcore: (dice: Dice, world: World) => anyGcore(dice, world),
  zosconnect: (dice: Dice, world: World) => anyZosconnect(dice, world),
  control: (dice: Dice, world: World) => anyControl(dice, world),
}

// -- internals

const JSON_TYPE = { 'content-type': 'application/json' }

const json = (
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body?: unknown,
): AnyRequest => ({
  method,
  path,
  headers: { ...headers, ...(body !== undefined && JSON_TYPE) },
  ...(body !== undefined && { body: JSON.stringify(body) }),
})

const spoiled = (request: AnyRequest, dice: Dice): AnyRequest => {
  const { body } = request
  switch (dice.below(5)) {
    case 0:
      return { ...request, path: `${request.path}%` }
    case 1:
      return { ...request, headers: { ...request.headers, 'content-type': 'text/plain' } }
    case 2:
      return { ...request, body: dice.of(['{', '[]', 'null', '"x"', '{"a":1e400}', '']) }
    case 3:
      return typeof body === 'string' ? { ...request, body: body.slice(0, -3) } : request
    default:
      return { ...request, headers: { ...request.headers, authorization: 'x', 'x-auth-token': 'x' } }
  }
}

const idsOf = (
  { services }: World,
  provider: string,
  lifecycle = '',
): ReadonlyArray<State['ref']> =>
  services
    .filter(({ ref, lifecycle: of }) => ref.provider === provider && of.includes(lifecycle))
    .map(({ ref }) => ref)

const DOMAINS = [
  ...['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((name) => `www.${name}-site.com`),
  'root-site.com',
]

const poppyService = (dice: Dice): object => ({
  name: dice.percent(90) ? dice.of(['one', 'two']) : dice.of(['', 'x'.repeat(300)]),
  domains: dice.percent(10)
    ? dice.of([[], [{ domain: 'no domain' }], [{}]])
    : dice.of([
        [{ domain: dice.of(DOMAINS) }],
        [{ domain: dice.of(DOMAINS) }, { domain: dice.of(DOMAINS) }],
        [{ domain: dice.of(DOMAINS), protocol: 'https', certificate: 'san' }],
        [{ domain: dice.of(['shop', 'cart']), protocol: 'https', certificate: 'shared' }],
      ]),
  origins: [{ origin: dice.percent(90) ? 'origin.a-site.com' : 'not an origin' }],
  flavor_id: dice.percent(85) ? 'cdn' : dice.of(['lite', 'none']),
  ...(dice.percent(20) && { caching: [{ name: 'default', ttl: dice.of([3600, -1, 'x']) }] }),
})

const poppyPatch = (dice: Dice): unknown =>
  dice.of<unknown>([
    [],
    {},
    [{ op: 'replace', path: '/name', value: dice.of(['three', '', 5]) }],
    [{ op: 'replace', path: '/domains', value: [{ domain: dice.of(DOMAINS) }] }],
    [{ op: 'add', path: '/domains/-', value: { domain: dice.of(DOMAINS) } }],
    [
      {
        op: 'replace',
        path: '/domains',
        value: [{ domain: dice.of(DOMAINS), protocol: 'https', certificate: 'san' }],
      },
    ],
    [{ op: 'remove', path: '/origins/0' }],
    [{ op: 'test', path: '/name', value: 'else' }],
  ])

const anyPoppy = (dice: Dice, world: World): AnyRequest => {
  const project = dice.percent(85) ? '110011' : '220022'
  const token = dice.percent(85) ? DEMO_SECRETS.poppyOperator : DEMO_SECRETS.poppyTenant
  const headers = { 'x-auth-token': token }
  const known = idsOf(world, 'poppy', 'service')
  const { id, tenant } =
    known.length > 0 && dice.percent(90)
      ? dice.of(known)
      : { id: '11111111-71b7-4074-9bc8-1b5037ade112', tenant: project }
  const own = `/v1.0/${tenant}/services/${id}`
  const admin = `/v1.0/${project}/admin`
  const action = dice.of(['enable', 'disable', 'delete', 'explode'])
  const status = dice.of(['deployed', 'failed', 'create_in_progress', 'x'])
  const domain_name = dice.of(DOMAINS)
  switch (dice.below(18)) {
    case 0:
    case 1:
    case 2:
    case 3:
      return json('POST', `/v1.0/${project}/services`, headers, poppyService(dice))
    case 4:
    case 5:
    case 6:
      return json('PATCH', own, headers, poppyPatch(dice))
    case 7:
      return json('DELETE', own, headers)
    case 8:
      return json('DELETE', `${own}/assets${dice.of(['?all=true', '?url=/a', '', '?x'])}`, headers)
    case 9:
      return json('POST', `/v1.0/${project}/flavors`, headers, {
        id: dice.of(['lite', 'cdn', 'a b']),
        providers: [{ provider: 'mock', links: [{ href: 'http://m.net', rel: 'provider_url' }] }],
      })
    case 10:
      return json('DELETE', `/v1.0/${project}/flavors/${dice.of(['lite', 'none'])}`, headers)
    case 11:
    case 12:
      return json('POST', `${admin}/services/status`, headers, {
        project_id: tenant,
        service_id: id,
        status,
      })
    case 13:
      return json('PUT', `${admin}/limits/${project}`, headers, { limit: dice.of([3, 30, -1]) })
    case 14:
      return json('POST', `${admin}/services/action`, headers, {
        action,
        ...(dice.percent(70) ? { domain: domain_name } : { project_id: tenant }),
      })
    case 15:
      return json('POST', `/v1.0/${project}/ssl_certificate`, headers, {
        flavor_id: 'cdn',
        cert_type: dice.of(['san', 'sni', 'gold']),
        domain_name,
        project_id: project,
      })
    case 16:
      return json(
        'DELETE',
        `/v1.0/${project}/ssl_certificate/${domain_name}${dice.of(['', '?cert_type=san'])}`,
        headers,
      )
    default:
      return json('PATCH', `${admin}/certificates/${domain_name}`, headers, [
        { op: 'replace', path: 'status', value: dice.of(['deployed', 'failed', 'gone']) },
      ])
  }
}

const anyGcore = (dice: Dice, world: World): AnyRequest => {
  const key = dice.percent(90)
    ? dice.of([`1$${DEMO_SECRETS.gcoreAdmin}`, `7$${DEMO_SECRETS.gcoreReseller}`])
    : `8$${DEMO_SECRETS.gcoreClient}`
  const headers = { authorization: `APIKey ${key}` }
  const { tenant, id } = dice.percent(95)
    ? dice.of(idsOf(world, 'gcore'))
    : { tenant: '3989', id: '1' }
  const client = `/iam/clients/${tenant}`
  const availability = '/iam/products/availability'
  const product_name = dice.of(['CDN', 'DNS', 'STORAGE', 'STREAMING', 'DDOS', 'CLOUD', 'X'])
  const available = dice.of([true, false, null, 'x'])
  const write = {
    ...(dice.percent(90) && {
      status: dice.percent(85)
        ? dice.of(['trial', 'trialend', 'active', 'paused', 'active', 'paused', 'deleted'])
        : dice.of(['new', 'activating', 5]),
    }),
    ...(dice.percent(40) && { enabled: dice.of([true, true, false, 'no']) }),
    ...(dice.percent(15) && { start: dice.of(['2026-11-21T00:00:00Z', 'soon', null]) }),
    ...(dice.percent(15) && { options: dice.of([{}, [], []]) }),
  }
  switch (dice.below(14)) {
    case 0:
      return json('PATCH', client, headers, {
        name: dice.of(['N', '', 7]),
        ...(dice.percent(30) && { custom_id: dice.of(['c', null]) }),
      })
    case 1:
      return json('PATCH', `${availability}/defaults`, headers, { product_name, available })
    case 2:
      return json('PATCH', `${availability}/clients/${tenant}`, headers, {
        product_name,
        available,
      })
    case 3:
      return json('DELETE', `${availability}/clients${dice.of(['', `/${tenant}`])}`, headers)
    case 4:
      // A password takes long to hash: most of them are refused before.
      return json('POST', '/iam/users', headers, {
        email: `u${dice.below(40)}@example.com`,
        password: dice.percent(15) ? 'long enough' : 'short',
        company: 'X Ltd',
      })
    case 5:
      return json('DELETE', `/iam/v2/clients/${tenant}/tokens/${dice.below(5)}`, headers)
    case 6:
    case 7:
    case 8:
      return json('PATCH', `${client}/services/${id}`, headers, write)
    default:
      return json('PUT', `${client}/services/${id}`, headers, write)
  }
}

const zipped = (files: Readonly<Record<string, string>>): Uint8Array =>
  zipSync(
    Object.fromEntries(
      Object.entries(files).map(([path, text]) => [
        path,
        // With an instant of its own an archive would be another one each time.
        [strToU8(text), { mtime: '2026-01-01' }] as const,
      ]),
    ),
  )

const serviceArchive = (name: string, dice: Dice): Uint8Array => {
  const property = dice.of([
    '{propertyName: "note", value: "x", type: "STRING"}',
    '{propertyName: "failStart", value: "500", type: "STRING"}',
    '{propertyName: "failStop", value: "503", type: "STRING"}',
    '{propertyName: "afterStart", value: "unknown", type: "STRING"}',
    '{propertyName: "initial", value: "stopped", type: "STRING"}',
    '{propertyName: "failStop", value: "5", type: "STRING"}',
  ])
  const provider = dice.percent(94) ? dice.of(['signalbox.simulated', 'CICS-1.0']) : 'nobody'
  return zipped({
    'manifest.yml': [
      `name: "${name}"`,
      `provider: "${provider}"`,
      `version: "${dice.of(['1', '2'])}"`,
      'providerProperties:',
      `- ${property}`,
    ].join('\n'),
  })
}

const packageArchive = (id: string, dice: Dice, requester: boolean): Uint8Array => {
  const basePath = dice.percent(85) ? `/${id}` : dice.of(['/one', '/one/deeper', '/iam/x'])
  const extra = requester ? ' packageType="requester"' : ''
  return zipped({
    'package.xml': `<?xml version="1.0" encoding="UTF-8"?>
<zosConnectApi id="${id}"${extra}>
  <apiSpec basePath="${basePath}" description="" version="${dice.of(['1', '2'])}"${requester ? ' connectionRef="c"' : ''}>
    <path relativePath="/orders"><method name="GET" zosConnectServiceRef="orders"/></path>
    ${requester ? '' : '<apiDoc docType="SWAGGER">api-docs/swagger.json</apiDoc>'}
  </apiSpec>
</zosConnectApi>`,
    'api-docs/swagger.json': '{"swagger":"2.0","host":"o:1","basePath":"/one","paths":{}}',
  })
}

const anyZosconnect = (dice: Dice, world: World): AnyRequest => {
  const secret = dice.percent(92)
    ? `ADMIN:${DEMO_SECRETS.zosAdmin}`
    : `READER:${DEMO_SECRETS.zosReader}`
  const headers = { authorization: `Basic ${btoa(secret)}` }
  const collection = dice.of(['services', 'services', 'apis', 'apiRequesters'] as const)
  const known = idsOf(world, 'zosconnect', PREFIXES[collection].lifecycle).map(({ id }) =>
    id.replace(PREFIXES[collection].prefix, ''),
  )
  const names =
    collection === 'services' ? ['orders', 'stock', 'dateTimeService'] : ['one', 'two', 'three']
  const fresh = dice.of(names)
  const name = known.length > 0 && dice.percent(85) ? dice.of(known) : fresh
  const at = `/zosConnect/${collection}`
  const item = `${at}/${encodeURIComponent(name)}`
  const archiveOf = (one: string): Uint8Array =>
    collection === 'services'
      ? serviceArchive(one, dice)
      : packageArchive(one, dice, collection === 'apiRequesters')
  const status = dice.percent(90)
    ? dice.of(['?status=started', '?status=stopped', ''])
    : dice.of(['?status=x', '?action=start'])
  const zip = { ...headers, 'content-type': 'application/zip' }
  const verbs = ['?status=started', '?status=stopped', '?status=stopped', '?action=stop', '?x']
  switch (dice.below(10)) {
    case 0:
    case 1:
    case 2:
      return { method: 'POST', path: `${at}${status}`, headers: zip, body: archiveOf(fresh) }
    case 3:
      return { method: 'PUT', path: `${item}${status}`, headers: zip, body: archiveOf(name) }
    case 4:
      return { method: 'POST', path: `${item}${status}`, headers: zip, body: archiveOf(name) }
    case 5:
    case 6:
      return { method: 'DELETE', path: item, headers }
    default:
      return {
        method: 'PUT',
        path: `${item}${dice.of(verbs)}`,
        headers,
      }
  }
}

const PREFIXES = {
  services: { lifecycle: 'service', prefix: '' },
  apis: { lifecycle: '/api', prefix: 'api:' },
  apiRequesters: { lifecycle: 'apiRequester', prefix: 'apiRequester:' },
} as const

const COMMANDS: Readonly<Record<string, ReadonlyArray<object>>> = {
  poppy: [
    { type: 'service.enable' },
    { type: 'service.disable' },
    { type: 'service.delete' },
    { type: 'service.purge' },
    { type: 'service.explode' },
  ],
  gcore: [
    { type: 'trial.start' },
    { type: 'trial.end' },
    { type: 'service.activate' },
    { type: 'service.pause' },
    { type: 'service.delete' },
    { type: 'service.configure', enabled: true },
  ],
  zosconnect: [
    { type: 'service.start' },
    { type: 'service.stop' },
    { type: 'service.delete' },
    { type: 'service.start', more: 1 },
  ],
}

const anyControl = (dice: Dice, world: World): AnyRequest => {
  const token = dice.percent(95) ? DEMO_SECRETS.controlOperator : 'nobody'
  const headers = { authorization: `Bearer ${token}` }
  const { ref, revision } = dice.of(world.services)
  const { provider, tenant, id } = ref
  const service = `/_signalbox/v1/services/${provider}/${tenant}/${encodeURIComponent(id)}`
  const event = dice.of(COMMANDS[provider] ?? [{}])
  if (dice.percent(10)) return anyBulk(dice, world, headers)
  if (dice.percent(8)) return anyAdministration(dice, world)
  if (dice.percent(8) && world.effects.length > 0)
    return json(
      'POST',
      `/_signalbox/v1/effects/${encodeURIComponent(dice.of(world.effects))}/${dice.of(['retry', 'abandon'])}`,
      headers,
    )
  return json(
    'POST',
    `${service}${dice.percent(3) ? 'x' : ''}/commands`,
    {
      ...headers,
      ...(dice.percent(20) && { 'if-match': `"${revision + dice.of([0, 0, 1])}"` }),
      ...(dice.percent(20) && { 'idempotency-key': `key-${dice.below(30)}` }),
    },
    event,
  )
}

// One command for services of one provider or of several, some of them twice, some of them nowhere.
const anyBulk = (
  dice: Dice,
  { services }: World,
  headers: Readonly<Record<string, string>>,
): AnyRequest => {
  const provider = dice.of(['poppy', 'gcore', 'zosconnect'])
  const command = dice.of(COMMANDS[provider] ?? [{}])
  const some = Array.from({ length: dice.below(6) }, () => dice.of(services).ref)
  const absent = { provider, tenant: '110011', id: 'nobody' }
  const wanted = dice.percent(50)
    ? { services: dice.percent(20) ? [...some, absent] : some }
    : { filter: dice.of<object>([{ provider }, { provider, status: 'active' }, { status: 'none' }]) }
  const both = dice.percent(4) ? { services: some, filter: {} } : {}
  return json(
    'POST',
    '/_signalbox/v1/bulk',
    {
      ...headers,
      ...(dice.percent(30) && { accept: 'application/x-ndjson' }),
      ...(dice.percent(20) && { 'idempotency-key': `many-${dice.below(10)}` }),
    },
    { command, ...wanted, ...both },
  )
}

// What admins do, and what others try.
const anyAdministration = (dice: Dice, { tokens, subscriptions }: World): AnyRequest => {
  const secret = dice.percent(90) ? DEMO_SECRETS.controlAdmin : DEMO_SECRETS.controlOperator
  const headers = { authorization: `Bearer ${secret}` }
  const mount = '/_signalbox/v1'
  const known = (ids: ReadonlyArray<string>): string =>
    ids.length > 0 && dice.percent(80) ? dice.of(ids) : 'nobody'
  switch (dice.below(5)) {
    case 0:
      return json('POST', `${mount}/tokens`, headers, {
        name: dice.of(['ci', 'a b']),
        roles: ['viewer'],
      })
    case 1:
      return json('DELETE', `${mount}/tokens/${known(tokens)}`, headers)
    case 2:
      return json('POST', `${mount}/subscriptions`, headers, {
        url: dice.of(['https://hooks.example/in', 'ftp://x']),
      })
    case 3:
      return json('POST', `${mount}/subscriptions/${known(subscriptions)}/resume`, headers)
    default:
      return json('DELETE', `${mount}/subscriptions/${known(subscriptions)}`, headers)
  }
}
