import { memoryStore } from '@signalbox/stores/memory'
import { beforeEach, expect, it } from 'vitest'
import { openBench } from './__fixtures__/bench.ts'
import type { Answer, Bench } from './__fixtures__/bench.ts'

const P = '/v1.0/acme-7'
const B = {
  name: 'a <b> & "c"',
  domains: [{ domain: 'www.shop-a.com' }],
  origins: [{ origin: 'o.shop-a.com' }],
  flavor_id: 'cdn',
}
const SHARED = { domain: 'shop', protocol: 'https', certificate: 'shared' }

let bench: Bench

beforeEach(async () => {
  bench = await openBench(memoryStore())
})

const create = async (body: object = B): Promise<string> => {
  const made = await bench.ask('ann', `POST ${P}/services`, body)
  expect(made.status, made.text).toBe(202)
  await bench.advance(200)
  return (made.headers.get('location') ?? '').replace('http://cdn.example', '')
}

const patch = (path: string, ...operations: ReadonlyArray<object>): Promise<Answer> =>
  bench.ask('ann', `PATCH ${path}`, operations)

const domainsOf = async (path: string): Promise<ReadonlyArray<unknown>> =>
  ((await bench.ask('ann', `GET ${path}`)).value as { domains: ReadonlyArray<unknown> }).domains

it('applies a patch to what was sent, not to what is shown', async () => {
  const path = await create({
    ...B,
    domains: [SHARED],
    origins: [{ origin: 'o.shop-a.com', hostheadertype: 'origin' }],
    log_delivery: { enabled: true },
  })
  const id = path.slice(path.lastIndexOf('/') + 1)
  expect(id).not.toBe('')
  const document = {
    name: B.name,
    domains: [SHARED],
    origins: [
      {
        origin: 'o.shop-a.com',
        port: 80,
        ssl: false,
        rules: [{ name: 'default', request_url: '/*' }],
        hostheadertype: 'origin',
        hostheadervalue: 'o.shop-a.com',
      },
    ],
    restrictions: [],
    caching: [{ name: 'default', ttl: 86_400, rules: [{ name: 'default', request_url: '/*' }] }],
    flavor_id: 'cdn',
    log_delivery: { enabled: true },
    project_id: 'acme-7',
  }
  expect((await patch(path, { op: 'test', path: '', value: document })).status).toBe(202)
})

it('keeps the place of a shared name, and finds one for a new name', async () => {
  const path = await create({ ...B, domains: [SHARED] })
  const [before] = await domainsOf(path)
  await create({ ...B, domains: [{ ...SHARED, domain: 'other' }] })
  const added = { ...SHARED, domain: 'other' }
  expect((await patch(path, { op: 'add', path: '/domains/-', value: added })).status).toBe(202)
  const [kept, found] = await domainsOf(path)
  expect(kept).toEqual(before)
  expect(found).toMatchObject({ domain: expect.stringMatching(/^other\.scdn[1-5]\.secure\./) })
})

it('frees what it drops, and takes what nobody has', async () => {
  const path = await create()
  const other = await create({ ...B, domains: [{ domain: 'b.shop-a.com' }] })
  const to = (domain: string): object => ({
    op: 'replace',
    path: '/domains/0/domain',
    value: domain,
  })
  expect(await patch(path, to('b.shop-a.com'))).toMatchObject({
    status: 400,
    value: { message: 'Domain b.shop-a.com has already been taken' },
  })
  expect((await patch(path, to('c.shop-a.com'))).status).toBe(202)
  expect((await patch(other, to('www.shop-a.com'))).status).toBe(202)
})

it('ignores what a service does not have, but not a status that does not exist', async () => {
  const path = await create()
  const status = (value: unknown): object => ({ op: 'add', path: '/status', value })
  expect(await patch(path, status('paused'))).toMatchObject({
    status: 400,
    value: {
      message:
        "Status 'paused' not in valid options: ['create_in_progress', 'deployed', 'update_in_progress', 'delete_in_progress', 'failed']",
    },
  })
  const answer = await patch(
    path,
    status('failed'),
    { op: 'add', path: '/mine', value: 1 },
    { op: 'replace', path: '/project_id', value: 'beta-1' },
  )
  expect(answer.status).toBe(202)
  await bench.advance(200)
  expect((await bench.ask('ann', `GET ${path}`)).value).toMatchObject({
    status: 'deployed',
    project_id: 'acme-7',
  })
})

it.each([
  [
    { op: 'replace', path: '/flavor_id', value: 'zinc' },
    "Could not find a flavor with the id 'zinc'",
  ],
  [{ op: 'replace', path: '/domains/0/domain', value: 'shop-a.com' }, /is a root domain/],
  [
    { op: 'remove', path: '/origins' },
    { errors: [{ message: "['origins']-'origins' is a required property" }] },
  ],
  [
    { op: 'replace', path: '', value: 7 },
    { errors: [{ message: "[]-7 is not of type 'object'" }] },
  ],
  [{ op: 'test', path: '/name', value: '<i>' }, /^'a &lt;b&gt; &amp; "c"' is not equal to tested/],
])('refuses %j', async (operation, message) => {
  const path = await create()
  const before = (await bench.ask('ann', `GET ${path}`)).text
  const answer = await patch(path, operation)
  expect(answer.status).toBe(400)
  const said = (answer.value as { readonly message: unknown }).message
  if (message instanceof RegExp) expect(said).toMatch(message)
  else expect(said).toEqual(message)
  expect((await bench.ask('ann', `GET ${path}`)).text).toBe(before)
})

it('is done once, however many come at once', async () => {
  const path = await create()
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, index) =>
      patch(path, { op: 'replace', path: '/name', value: `name ${index}` }),
    ),
  )
  expect(answers.filter(({ status }) => status === 202).length).toBe(1)
  expect(answers.filter(({ status }) => status === 400).length).toBe(29)
})

it('gives each of many services that want one shared name at once a place, while there is one', async () => {
  const paths: Array<string> = []
  for (let index = 0; index < 8; index += 1)
    paths.push(await create({ ...B, domains: [{ domain: `www${index}.shop-a.com` }] }))
  const answers = await Promise.all(
    paths.map((path) => patch(path, { op: 'add', path: '/domains/-', value: SHARED })),
  )
  expect(answers.filter(({ status }) => status === 202).length).toBe(5)
  for (const { status, value } of answers)
    if (status !== 202) expect(value).toEqual({ message: 'Domain shop has already been taken' })
})

it('shows a custom certificate as deployed once its domain is', async () => {
  const path = await create()
  const value = { domain: 'b.shop-a.com', protocol: 'https', certificate: 'custom' }
  await patch(path, { op: 'add', path: '/domains/-', value })
  expect((await domainsOf(path))[1]).toMatchObject({ certificate_status: 'create_in_progress' })
  await bench.advance(200)
  expect((await domainsOf(path))[1]).toMatchObject({ certificate_status: 'deployed' })
})

it.each([
  ['url=/a%C3%A9', 'non ascii character present in url'],
  ['hard=maybe&all=true&url=/a', 'hard can only be set to True or False'],
  ['ALL=TRUE&all=TRUE&url=/a', 'Cannot provide all=true and a url at the same time'],
])('purges nothing by %s', async (query, message) => {
  const path = await create()
  expect(await bench.ask('ann', `DELETE ${path}/assets?${query}`)).toMatchObject({
    status: 400,
    value: { message },
  })
})

it('purges what is asked for, deployed or disabled, and nothing else', async () => {
  const path = await create()
  for (const query of [
    '',
    '?url=',
    '?all=true&url=/*',
    '?hard=TRUE&url=/a',
    '?hard=1',
    '?hard=0',
  ]) {
    expect((await bench.ask('ann', `DELETE ${path}/assets${query}`)).status, query).toBe(202)
    await bench.advance(200)
  }
  const none = '00000000-0000-4000-8000-000000000000'
  expect(await bench.ask('ann', `DELETE ${P}/services/${none}/assets`)).toMatchObject({
    status: 404,
    value: { message: `No service found: ${none}` },
  })
  await bench.ask('ann', `DELETE ${path}`)
  expect(await bench.ask('ann', `DELETE ${path}/assets`)).toMatchObject({
    status: 400,
    value: { message: expect.stringMatching(/ is not deployed\.$/) },
  })
  const effects = await bench.store.effects({ limit: 100 })()
  const purges =
    effects._tag === 'Right'
      ? effects.right.items.flatMap(({ effect: { type, params } }) =>
          type === 'purge' ? [[params['hard'], params['url']]] : [],
        )
      : []
  expect(purges).toEqual([
    [true, '/*'],
    [true, '/*'],
    [true, '/*'],
    [true, '/a'],
    [true, '/*'],
    [false, '/*'],
  ])
})
