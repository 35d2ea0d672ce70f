import type { Dialled, DialRequest } from '@signalbox/host'
import { memoryStore } from '@signalbox/stores/memory'
import { describe, expect, it } from 'vitest'
import { manifest, sar } from './__fixtures__/archive.ts'
import { createBench, during } from './__fixtures__/bench.ts'

const bench = createBench(memoryStore)

const S = '/zosConnect/services'
const REST = { allow: ['https://api.example/v1/', 'http://[::1]:81'] }

const answered = (status: number, body: string, mediaType = 'application/json'): Dialled => ({
  _tag: 'Answered',
  status,
  mediaType,
  headers: {},
  body: new TextEncoder().encode(body),
})

const deployed = async (
  properties: Readonly<Record<string, string | number>>,
  answer: (request: DialRequest) => Dialled | Promise<Dialled> = () => answered(200, '{}'),
  rest: object = REST,
) => {
  const requests: Array<DialRequest> = []
  const made = await bench({
    settings: { rest },
    dial: async (request) => {
      requests.push(request)
      return answer(request)
    },
  })
  const body = sar(manifest('x', 'signalbox.rest', properties))
  const deployment = await made.send(`POST ${S}`, { body })
  const invoke = (payload?: string) =>
    made.send(
      `PUT ${S}/x?action=invoke`,
      payload === undefined
        ? {}
        : { body: payload, headers: { 'content-type': 'application/json' } },
    )
  return { ...made, deployment, requests, invoke }
}

const URL_OK = 'https://api.example/v1/orders?k=1'

describe('the REST provider', () => {
  it('hands an invoke on and passes the reply back with its status', async () => {
    const { invoke, requests, deployment, send } = await deployed({ url: URL_OK }, () =>
      answered(409, '{"taken":true}'),
    )
    expect(deployment.status).toBe(201)
    const answer = await invoke('{"a":1}')
    expect([answer.status, answer.text]).toEqual([409, '{"taken":true}'])
    const [request] = requests
    expect(request).toMatchObject({ method: 'POST', body: '{"a":1}', limit: 5 * 1024 * 1024 })
    expect(request?.url.href).toBe(URL_OK)
    expect(request?.headers).toEqual({
      accept: 'application/json',
      'content-type': 'application/json',
    })
    expect((await send(`GET ${S}/x`)).body).toMatchObject({
      x: { url: 'https://api.example/v1/orders' },
    })
  })

  it('sends what its properties say, with the credentials of a connection', async () => {
    const connections = { back: { user: 'böx', password: 'p:w' } }
    const properties = { url: URL_OK, method: 'GET', connectionRef: 'back' }
    const { invoke, requests } = await deployed(
      properties,
      () => answered(200, '[1]', 'application/problem+json'),
      { ...REST, connections },
    )
    expect((await invoke('{}')).text).toBe('[1]')
    expect(requests[0]?.headers).toEqual({
      accept: 'application/json',
      authorization: 'Basic YsO2eDpwOnc=',
    })
    expect(requests[0]).not.toHaveProperty('body')
  })

  it.each([
    [502, 'redirects', answered(302, '{}')],
    [502, 'is no JSON', answered(200, '<html>', 'text/html')],
    [502, 'is no JSON', answered(200, '{', 'application/json')],
    [502, 'is too large', { _tag: 'TooLarge' } as const],
    [503, 'cannot be reached', { _tag: 'Unreachable', message: 'secret', sent: true } as const],
    [503, 'is not allowed', { _tag: 'Refused' } as const],
  ])('answers %i when the reply %s', async (status, words, dialled) => {
    const { invoke } = await deployed({ url: URL_OK }, () => dialled)
    const answer = await invoke()
    expect([answer.status, answer.text]).toEqual([
      status,
      expect.stringContaining(words.split(' ').at(-1) ?? ''),
    ])
    expect(answer.text).toMatch(/^\{"errorMessage":"signalbox\.rest: [^{}<>]*"\}$/)
  })

  it('has nothing to pass back where there is no content', async () => {
    const { invoke } = await deployed({ url: URL_OK }, () => answered(204, '', ''))
    expect((await invoke()).status).toBe(204)
  })

  it('gives up after its own time', async () => {
    const made = await deployed(
      { url: URL_OK, timeoutMs: 300 },
      ({ signal }) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () =>
            resolve({ _tag: 'Unreachable', message: 'aborted', sent: false }),
          )
        }),
    )
    expect((await during(made, made.invoke())).status).toBe(503)
  })

  it.each([
    [{}, 'url'],
    [{ url: 'ftp://api.example/v1/' }, 'url'],
    [{ url: 'https://u:p@api.example/v1/x' }, 'url'],
    [{ url: 'https://api.example/v10' }, 'not allowed'],
    [{ url: 'https://api.example/v1/../v2' }, 'not allowed'],
    [{ url: 'https://api.example/v1/%2e%2e/v2' }, 'not allowed'],
    [{ url: 'https://api.example:444/v1/' }, 'not allowed'],
    [{ url: 'http://api.example/v1/' }, 'not allowed'],
    [{ url: 'https://api.example.evil/v1/' }, 'not allowed'],
    [{ url: URL_OK, method: 'CONNECT' }, 'method'],
    [{ url: URL_OK, timeoutMs: '0' }, 'timeoutMs'],
    [{ url: URL_OK, connectionRef: 'none' }, 'connectionRef'],
  ])('is not deployed with %o', async (properties, words) => {
    const { deployment, requests } = await deployed(properties as Record<string, string>)
    expect([deployment.status, deployment.body]).toEqual([
      400,
      {
        errorMessage: 'signalbox.archive-invalid: The archive is not usable.',
        errorDetails: expect.stringContaining(words),
      },
    ])
    expect(requests).toEqual([])
  })

  it('reaches nothing unless it is allowed, also once it was', async () => {
    expect((await deployed({ url: URL_OK }, undefined, {})).deployment.status).toBe(400)
    const { store, invoke } = await deployed({ url: URL_OK })
    expect((await invoke()).status).toBe(200)
    const later = await bench({ store, dial: async () => answered(200, '{}') })
    // It does not register any more, and admits nothing.
    const answer = await later.send(`PUT ${S}/x?action=invoke`)
    expect(answer.status).toBe(503)
  })

  it('lets private addresses be reached only where the settings say so', async () => {
    const asked = async (rest: object): Promise<ReadonlyArray<boolean>> => {
      const { invoke, requests } = await deployed({ url: URL_OK }, undefined, rest)
      await invoke()
      return ['127.0.0.1', '10.1.2.3', '93.184.216.34'].map(
        (address) => requests[0]?.permits(address) ?? false,
      )
    }
    expect(await asked(REST)).toEqual([false, false, true])
    expect(await asked({ ...REST, allowPrivate: true })).toEqual([true, true, true])
  })

  it('reaches nothing where nobody dials', async () => {
    const { send } = await bench({ settings: { rest: REST } })
    const body = sar(manifest('x', 'signalbox.rest', { url: URL_OK }))
    expect((await send(`POST ${S}`, { body })).status).toBe(201)
    expect((await send(`PUT ${S}/x?action=invoke`)).status).toBe(503)
  })
})
