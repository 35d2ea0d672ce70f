import { memoryStore } from '@signalbox/stores/memory'
import fc from 'fast-check'
import { strToU8, zipSync } from 'fflate'
import { expect, it } from 'vitest'
import { aar, manifest, packageXml, PLACE_ORDER, sar } from './__fixtures__/archive.ts'
import { createBench } from './__fixtures__/bench.ts'
import type { Bench } from './__fixtures__/bench.ts'

const bench = createBench(memoryStore)

const Z = '/zosConnect'
const BAD = [400, 403, 404, 405, 409, 413, 415]

interface Asked {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

const furnished = async (): Promise<Bench> => {
  const made = await bench({ settings: { simulated: true, maxArchiveBytes: 64 * 1024 } })
  const { send } = made
  const answers = [
    await send(`POST ${Z}/services`, { body: sar() }),
    await send(`POST ${Z}/services?status=stopped`, { body: sar(manifest('still')) }),
    await send(`POST ${Z}/services`, { body: sar(manifest('My/v1', 'signalbox.simulated')) }),
    await send(`POST ${Z}/apis`, { body: aar() }),
    await send(`POST ${Z}/apiRequesters`, {
      body: aar(packageXml({ id: 'r', requester: true }), {}),
    }),
  ]
  expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201])
  await made.host.idle()
  return made
}

const stored = async ({ store }: Bench): Promise<string> => {
  const archives = await store.documents({ provider: 'zosconnect', kind: 'archive', limit: 99 })()
  return JSON.stringify([
    await store.list({ provider: 'zosconnect', done: 'include', limit: 100 })(),
    'right' in archives && archives.right.items.map(({ id, revision }) => [id, revision]),
  ])
}

const some = fc.constantFrom

const ITEMS = [
  `${Z}/services/placeOrder`,
  `${Z}/services/still`,
  `${Z}/services/My%2Fv1`,
  `${Z}/apis/catalog`,
  `${Z}/apiRequesters/r`,
]
const COLLECTIONS = [`${Z}/services`, `${Z}/apis`, `${Z}/apiRequesters`]
const READS = [`${Z}/api-docs`, `${Z}/operations/getStatistics`]

const json = { 'content-type': 'application/json' }
const zip = { 'content-type': 'application/zip' }

const text = fc.string({ unit: 'grapheme', maxLength: 12 })
const segment = text.map((each) => encodeURIComponent(each))

// Each kind of request is wrong in a way of its own, whatever else it says.
const request: fc.Arbitrary<Asked> = fc.oneof(
  // Paths that lead nowhere, or do not decode.
  fc.record({
    method: some('GET', 'PUT', 'POST', 'DELETE', 'PATCH'),
    path: fc.oneof(
      segment.map((each) => `${Z}/x${each}`),
      fc.tuple(some(...COLLECTIONS), some('%', '%zz', '%E0', '%C0%AF')).map((all) => all.join('/')),
      fc.tuple(some(...COLLECTIONS), segment).map(([at, each]) => `${at}//${each}x`),
      some(`${Z}/Services`, `${Z}/services/placeOrder/schema/other`, `${Z}/operations`),
    ),
    query: some('', '?status=started', '?action=invoke'),
    headers: some({}, json),
  }),
  // What is not installed, by names of every kind.
  fc.record({
    method: some('GET', 'PUT', 'DELETE'),
    path: fc.tuple(some(...COLLECTIONS), segment).map(([at, each]) => `${at}/no-${each}`),
    query: some('', '?status=started', '?status=x', '?action=start', '?action=nope'),
    headers: some({}, json, zip),
  }),
  // Methods that a path does not have.
  fc.record({
    method: some('PATCH', 'QUERY'),
    path: some(...ITEMS, ...COLLECTIONS, ...READS),
    query: some('', '?status=started'),
    headers: some({}, json),
  }),
  fc.record({
    method: some('PUT', 'POST', 'DELETE'),
    path: some(...READS, `${Z}/services/placeOrder/schema/request`),
    query: some('', '?status=started'),
    headers: some({}, json),
  }),
  fc.record({
    method: some('PUT', 'DELETE'),
    path: some(...COLLECTIONS),
    query: some('', '?status=started', '?action=stop'),
    headers: some({}, json, zip),
  }),
  // Queries that say nothing that can be done.
  fc.record({
    method: some('PUT'),
    path: some(...ITEMS),
    query: fc.oneof(
      text
        .filter((each) => !['started', 'stopped'].includes(each))
        .map((each) => `?status=${encodeURIComponent(each)}`),
      some(
        '',
        '?status=Started',
        '?status=started&status=started',
        '?status=stopped&status=started',
        '?status=started&action=start',
        '?action=START',
        '?action=started',
        '?action=',
        '?action=start&action=start',
        '?action=getStatistics',
        '?x=1',
      ),
    ),
    headers: some({}, json, zip, { 'content-type': 'text/plain' }),
  }),
  fc.record({
    method: some('GET'),
    path: some(...ITEMS),
    query: text
      .filter((each) => each.trim() !== '' && !/^(status|get\w+Schema|getStatistics)$/.test(each))
      .map((each) => `?action=x${encodeURIComponent(each)}`),
    headers: some({}, json),
  }),
  // Bodies of the wrong type, or encoded.
  fc.record({
    method: some('PUT'),
    path: some(...ITEMS),
    query: some('?status=started', '?status=stopped'),
    headers: some(json, { 'content-type': 'text/plain' }, { ...zip, 'content-encoding': 'gzip' }),
    body: some('{}', 'PK', '<x/>'),
  }),
  // Archives that are none.
  fc.record({
    method: some('POST'),
    path: some(...COLLECTIONS),
    query: some('', '?status=started', '?status=paused'),
    headers: some(zip, json, { 'content-type': 'application/octet-stream' }),
    body: fc.oneof(text, fc.uint8Array({ maxLength: 200 })),
  }),
  fc.record({
    method: some('POST'),
    path: some(...COLLECTIONS),
    query: some('', '?status=stopped'),
    headers: some(zip),
    body: some(new Uint8Array(70 * 1024), new Uint8Array(64 * 1024)),
  }),
  // Payloads that are no JSON object.
  fc.record({
    method: some('PUT', 'POST'),
    path: some(`${Z}/services/placeOrder`, `${Z}/services/My%2Fv1`),
    query: some('', '?action=invoke'),
    headers: some(json),
    body: fc.oneof(
      fc.json().filter((each) => !each.startsWith('{') && each !== ''),
      fc.string({ minLength: 1 }).map((each) => `{${each}`),
      some('[', '{"a":', `${'['.repeat(5000)}`, '\uFEFF', '{"a":1}}'),
    ),
  }),
  // What is started is neither updated nor deleted.
  fc.record({
    method: some('DELETE'),
    path: some(ITEMS[0] ?? '', ITEMS[2] ?? '', ITEMS[3] ?? '', ITEMS[4] ?? ''),
    query: some('', '?x=1'),
    headers: some({}, json),
  }),
  // Hosts that are none, and other sites.
  fc.record({
    method: some('GET', 'PUT'),
    path: some(...ITEMS),
    query: some('?status=started'),
    headers: some({ host: 'a/b' }, { host: 'a b' }, { host: 'a@b' }, { host: ':80' }),
  }),
  fc.record({
    method: some('PUT', 'DELETE'),
    path: some(...ITEMS),
    query: some('?status=started', '?status=stopped'),
    headers: some({ 'sec-fetch-site': 'cross-site' }),
  }),
)

it('answers 10,000 bad requests with the contract’s errors, and changes nothing', async () => {
  const made = await furnished()
  const before = await stored(made)
  const began = performance.now()
  const seen = new Map<number, number>()
  await fc.assert(
    fc.asyncProperty(request, async ({ method, path, query, headers, body }) => {
      const call = `${method} ${path}${query}`
      const answer = await made.send(call, { headers, ...(body !== undefined && { body }) })
      seen.set(answer.status, (seen.get(answer.status) ?? 0) + 1)
      expect(BAD, `${call} ${answer.text}`).toContain(answer.status)
      expect(answer.headers.get('content-type')).toBe('application/json')
      const { errorMessage, errorDetails = '' } = answer.body as Record<string, string>
      expect(errorMessage).toMatch(/^(?:signalbox\.[a-z-]+|BAQR\d{4}[WE]): /)
      expect(`${errorMessage}${errorDetails}`).not.toMatch(/[<>"']/)
      if (answer.status === 405) expect(answer.headers.get('allow')).toMatch(/^[A-Z, ]+$/)
    }),
    { seed: 20261121, numRuns: 10_000 },
  )
  expect(performance.now() - began).toBeLessThan(30_000)
  expect([...seen.keys()].toSorted()).toEqual(BAD)
  expect(await stored(made)).toBe(before)
}, 60_000)

const archives = [
  { path: `${Z}/services`, bytes: sar(manifest('fresh')) },
  { path: `${Z}/services`, bytes: sar(PLACE_ORDER.replace('"placeOrder"', '"fresh"')) },
  { path: `${Z}/apis`, bytes: aar(packageXml({ id: 'fresh', basePath: '/fresh' })) },
  {
    path: `${Z}/apiRequesters`,
    bytes: aar(packageXml({ id: 'fresh', requester: true, basePath: '/fresh' }), {}),
  },
]

const cut = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(40))

type Mutation = (bytes: Uint8Array) => Uint8Array

const at = (share: number, { length }: Uint8Array): number => Math.floor(share * length)

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(cut, fc.nat(255)).map(([[share], value]): Mutation => (bytes) => {
    const copy = bytes.slice()
    copy[at(share, copy)] = value
    return copy
  }),
  cut.map(
    ([share]): Mutation =>
      (bytes) =>
        bytes.slice(0, at(share, bytes)),
  ),
  cut.map(
    ([share, count]): Mutation =>
      (bytes) =>
        Uint8Array.from([
          ...bytes.slice(0, at(share, bytes)),
          ...bytes.slice(at(share, bytes) + count),
        ]),
  ),
  fc.tuple(cut, fc.uint8Array({ minLength: 1, maxLength: 20 })).map(
    ([[share], more]): Mutation =>
      (bytes) =>
        Uint8Array.from([
          ...bytes.slice(0, at(share, bytes)),
          ...more,
          ...bytes.slice(at(share, bytes)),
        ]),
  ),
  cut.map(([share, count]): Mutation => (bytes) => {
    const start = at(share, bytes)
    return Uint8Array.from([...bytes, ...bytes.slice(start, start + count)])
  }),
)

// Texts that are zipped anew, so that it is what they say that is broken.
const retold = fc
  .tuple(some(0, 1), cut, fc.string({ maxLength: 10 }))
  .map(([kind, [share, count], more]) => {
    const [name, whole] =
      kind === 0
        ? (['manifest.yml', PLACE_ORDER.replace('"placeOrder"', '"fresh"')] as const)
        : (['package.xml', packageXml({ id: 'fresh', basePath: '/fresh' })] as const)
    const start = Math.floor(share * whole.length)
    const broken = whole.slice(0, start) + more + whole.slice(start + count)
    const files = { [name]: broken, 'schemas/placeOrderRequest.json': '{}', 'a.json': '{}' }
    return {
      path: kind === 0 ? `${Z}/services` : `${Z}/apis`,
      bytes: zipSync(
        Object.fromEntries(Object.entries(files).map(([path, said]) => [path, strToU8(said)])),
      ),
    }
  })

const mutated = fc.oneof(
  fc
    .tuple(some(...archives), fc.array(mutation, { minLength: 1, maxLength: 3 }))
    .map(([{ path, bytes }, mutations]) => ({
      path,
      bytes: mutations.reduce((all, mutate) => mutate(all), bytes),
    })),
  retold,
)

it('refuses 500 mutated archives in words, or takes what is whole all the same', async () => {
  const made = await furnished()
  const before = await stored(made)
  const seen = new Map<number, number>()
  await fc.assert(
    fc.asyncProperty(mutated, async ({ path, bytes }) => {
      const began = performance.now()
      const answer = await made.send(`POST ${path}`, { body: bytes })
      expect(performance.now() - began).toBeLessThan(1000)
      seen.set(answer.status, (seen.get(answer.status) ?? 0) + 1)
      if (answer.status === 201) {
        const shown = answer.body as { name?: string; zosConnect?: { serviceName: string } }
        const name = encodeURIComponent(shown.name ?? shown.zosConnect?.serviceName ?? '')
        expect((await made.send(`PUT ${path}/${name}?status=stopped`)).status).toBe(200)
        // Nothing runs in an API, yet it takes a turn to know.
        await made.host.idle()
        expect((await made.send(`DELETE ${path}/${name}`)).status).toBe(200)
        return
      }
      if (bytes.length === 0) expect(answer.text).toContain('signalbox.archive-missing')
      else if (answer.status === 503) expect(answer.text).toContain('provider-unsupported')
      else {
        expect([answer.status, answer.text]).toEqual([400, expect.stringContaining('errorDetails')])
      }
    }),
    { seed: 20261122, numRuns: 500 },
  )
  expect([...seen.keys()].toSorted()).toEqual(expect.arrayContaining([201, 400]))
  const live = (all: string): string =>
    JSON.stringify(
      (
        JSON.parse(all) as [{ right: { items: ReadonlyArray<{ done: boolean }> } }, unknown]
      )[0].right.items.filter(({ done }) => !done),
    )
  await made.host.idle()
  expect(live(await stored(made))).toBe(live(before))
}, 60_000)
