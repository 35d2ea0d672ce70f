import type { Effect } from '@signalbox/core'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { T0 } from './__fixtures__/house.ts'
import { virtualClock } from './clock.ts'
import type { Dial, Dialled, DialRequest } from './dial.ts'
import type { Performance } from './driver.ts'
import { isSigned } from './signature.ts'
import { webhookDriver } from './webhook-driver.ts'
import { WebhookSettings } from './webhook-settings.ts'

const SECRET = `whsec_${btoa('a secret of twenty-four bytes or more')}`
const OLD = `whsec_${btoa('the secret that was used before this one')}`

const EFFECT: Effect = {
  id: 'e.1',
  ref: { provider: 'demo', tenant: 'a tenant', id: 'x/1' },
  lifecycle: 'demo/lamp',
  type: 'light',
  params: { socket: 'A' },
  generation: 3,
  lane: 'main',
  at: T0 - 1_500,
}

const settingsOf = (more: object = {}): WebhookSettings => {
  const given = { kind: 'webhook', url: 'https://hooks.example/in?key=hidden', secret: SECRET }
  const decoded = WebhookSettings.decode({ ...given, ...more })
  if (E.isLeft(decoded)) throw new Error('the settings are wrong')
  return decoded.right
}

const answered = (
  status: number,
  body = '',
  headers: Readonly<Record<string, string>> = {},
): Dialled => ({
  _tag: 'Answered',
  status,
  mediaType: '',
  headers,
  body: new TextEncoder().encode(body),
})

const again = (message: string): Performance => ({ kind: 'failed', message, retry: true })

const exhausted = (message: string): Performance => ({ kind: 'exhausted', message })

// One attempt of a driver whose receiver answers so.
const perform = async (
  answer: Dialled | Dial,
  more: object = {},
): Promise<{ readonly performance: Performance; readonly request: DialRequest | undefined }> => {
  let request: DialRequest | undefined
  const dial: Dial = async (dialled) => {
    request = dialled
    return typeof answer === 'function' ? answer(dialled) : answer
  }
  const driver = webhookDriver({ clock: virtualClock(T0), dial, settings: settingsOf(more) })
  const { signal } = new AbortController()
  return { performance: await driver.perform(EFFECT, { attempt: 2, signal }), request }
}

describe('the webhook driver', () => {
  it('sends the effect as an event that both secrets have signed, under the id of the effect', async () => {
    const { performance, request } = await perform(answered(204), {
      secret: [SECRET, OLD],
      callback: 'https://box.example',
    })
    expect(performance).toEqual({ kind: 'done' })
    const { headers, body = '', url, method, limit } = request ?? ({} as DialRequest)
    expect([method, url.href, limit]).toEqual([
      'POST',
      'https://hooks.example/in?key=hidden',
      65_536,
    ])
    expect(headers['content-type']).toBe('application/cloudevents+json; charset=utf-8')
    expect(headers['webhook-id']).toBe('e.1')
    for (const secret of [SECRET, OLD])
      expect(isSigned([secret], { headers: new Headers(headers), body, at: T0 })).toBe(true)
    expect(JSON.parse(body)).toEqual({
      specversion: '1.0',
      id: 'e.1',
      source: 'https://box.example/_signalbox/v1/services/demo/a%20tenant/x%2F1',
      type: 'signalbox.effect.light',
      subject: 'demo/a%20tenant/x%2F1',
      time: new Date(EFFECT.at).toISOString(),
      datacontenttype: 'application/json',
      data: {
        effect: 'e.1',
        type: 'light',
        ref: EFFECT.ref,
        lifecycle: 'demo/lamp',
        generation: 3,
        params: { socket: 'A' },
        attempt: 2,
        callback: 'https://box.example/_signalbox/v1/effects/e.1/report',
      },
    })
  })

  it('names no address for a report where it was told none', async () => {
    const { request } = await perform(answered(204))
    const { source, data } = JSON.parse(request?.body ?? '') as {
      source: string
      data: { callback?: string }
    }
    expect([source, data.callback]).toEqual([
      '/_signalbox/v1/services/demo/a%20tenant/x%2F1',
      undefined,
    ])
  })

  it.each<readonly [string, Dialled, Performance]>([
    ['nothing as done', answered(200), { kind: 'done' }],
    ['a report', answered(201, '{"outcome":"done"}'), { kind: 'done' }],
    [
      'a report with a result',
      answered(200, '{"outcome":"done","result":{"brightness":7},"effect":"e.1"}'),
      { kind: 'done', result: { brightness: 7 } },
    ],
    [
      'a failure, which is final',
      answered(200, '{"outcome":"failed","message":"no bulb","result":{"a":1}}'),
      { kind: 'failed', message: 'no bulb', result: { a: 1 } },
    ],
    [
      'a failure without words',
      answered(200, '{"outcome":"failed"}'),
      { kind: 'failed', message: 'it was reported as failed' },
    ],
    ['202 as work in progress', answered(202, 'thanks'), { kind: 'accepted', withinMs: 600_000 }],
    ['410 as the end of all attempts', answered(410), exhausted('hooks.example answered 410')],
    [
      'that it may not be reached',
      { _tag: 'Refused' },
      exhausted('hooks.example may not be reached'),
    ],
    ['503', answered(503), again('hooks.example answered 503')],
    ['404', answered(404), again('hooks.example answered 404')],
    [
      'a redirect',
      answered(302, '', { location: 'http://169.254.169.254/' }),
      again('hooks.example answered 302'),
    ],
    ['no JSON', answered(200, 'OK'), again('the answer of hooks.example is no JSON')],
    ['no report', answered(200, '{"ok":true}'), again('the answer of hooks.example is no report')],
    [
      'the report of another effect',
      answered(200, '{"outcome":"done","effect":"e.2"}'),
      again('the answer of hooks.example is the report of another effect'),
    ],
    ['too much', { _tag: 'TooLarge' }, again('the answer of hooks.example is too large')],
    [
      'nothing at all',
      { _tag: 'Unreachable', message: 'reset', sent: true },
      again('no answer of hooks.example: reset'),
    ],
  ])('takes %s', async (_, answer, performance) => {
    expect((await perform(answer)).performance).toEqual(performance)
  })

  it('honours Retry-After, up to an hour', async () => {
    const waits = async (header: string): Promise<unknown> =>
      (await perform(answered(429, '', { 'retry-after': header }))).performance
    const busy = { kind: 'failed', message: 'hooks.example answered 429', retry: true }
    expect(await waits('90')).toEqual({ ...busy, afterMs: 90_000 })
    expect(await waits('86400')).toEqual({ ...busy, afterMs: 3_600_000 })
    expect(await waits('later')).toEqual(busy)
  })

  it('gives a request its time, and tries again after it', async () => {
    const clock = virtualClock(T0)
    const dial: Dial = ({ signal }) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () =>
          resolve({ _tag: 'Unreachable', message: 'aborted', sent: true }),
        )
      })
    const driver = webhookDriver({ clock, dial, settings: settingsOf({ timeoutMs: 2_000 }) })
    const performed = driver.perform(EFFECT, { attempt: 1, signal: new AbortController().signal })
    await clock.advance(2_000)
    expect(await performed).toEqual(again('no answer of hooks.example within 2000 ms'))
    const controller = new AbortController()
    const stopped = driver.perform(EFFECT, { attempt: 1, signal: controller.signal })
    controller.abort()
    await expect(stopped).rejects.toThrow('called off')
  })

  it('reaches public addresses over https alone, unless its settings say more', async () => {
    const permitted = async (more: object): Promise<ReadonlyArray<string> | undefined> => {
      const { request } = await perform(answered(204), more)
      return request && ['93.184.216.34', '127.0.0.1', '::ffff:10.0.0.1'].filter(request.permits)
    }
    expect(await permitted({})).toEqual(['93.184.216.34'])
    expect(await permitted({ reach: { allow: ['10.0.0.0/8'] } })).toEqual([
      '93.184.216.34',
      '::ffff:10.0.0.1',
    ])
    const url = 'http://hooks.example/'
    expect(await permitted({ url })).toBe(undefined)
    expect(await permitted({ url, reach: { allowHttp: true } })).toEqual(['93.184.216.34'])
  })
})

describe('the settings of a webhook', () => {
  it.each([
    { url: 'ftp://hooks.example' },
    { url: 'https://user:pass@hooks.example' },
    { url: 'https://hooks.example/#part' },
    { url: 'hooks.example' },
    { secret: 'whsec_short' },
    { secret: [] },
    { secret: [SECRET, 'plain'] },
    { secret: undefined },
    { callback: 'https://box.example/path' },
    { callback: 'box.example' },
    { attempts: 0 },
    { timeoutMs: 1.5 },
    { reportWithinMs: -1 },
    { reach: { allow: ['10.0.0.0/40'] } },
    { retries: 3 },
  ])('refuse %o', (more) => {
    const given = { kind: 'webhook', url: 'https://hooks.example', secret: SECRET }
    expect(E.isRight(WebhookSettings.decode(given))).toBe(true)
    expect(E.isLeft(WebhookSettings.decode({ ...given, ...more }))).toBe(true)
  })
})
