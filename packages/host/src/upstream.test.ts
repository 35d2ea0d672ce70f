import type { Json } from '@signalbox/core'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { virtualClock } from './clock.ts'
import type { Dialled, DialRequest } from './dial.ts'
import { createUpstream, notDone, upstreamSettings } from './upstream.ts'

const Settings = upstreamSettings({}, {})

const saying = (dialled: Dialled) => {
  const asked: Array<DialRequest> = []
  const upstream = createUpstream({
    settings: { url: 'https://up.example/base/', timeoutMs: 1_000 },
    dial: async (request) => {
      asked.push(request)
      return dialled
    },
    clock: virtualClock(0),
    words: (body: Json | undefined) => (typeof body === 'string' ? body : undefined),
    secrets: ['hunter2'],
  })
  const { signal } = new AbortController()
  return { asked, upstream, answer: upstream.send({ method: 'PUT', path: '/x?y=1', signal }) }
}

const answered = (status: number, body: unknown, headers = {}): Dialled => ({
  _tag: 'Answered',
  status,
  mediaType: 'application/json',
  headers,
  body: new TextEncoder().encode(typeof body === 'object' ? '' : JSON.stringify(body)),
})

describe('an upstream', () => {
  it('is asked below its own path', async () => {
    const { asked, answer } = saying(answered(200, 'yes'))
    expect(await answer).toEqual({ _tag: 'Done', status: 200, headers: {}, body: 'yes' })
    expect(asked.map(({ url, method }) => `${method} ${url.href}`)).toEqual([
      'PUT https://up.example/base/x?y=1',
    ])
  })

  it.each([
    [400, 'Refused', { kind: 'failed', message: 'the upstream answered 400: no' }],
    [404, 'Refused', { kind: 'failed', message: 'the upstream answered 404: no' }],
    [302, 'Refused', { kind: 'failed', message: 'the upstream answered 302: no' }],
    [401, 'Barred', { kind: 'exhausted', message: 'the upstream answered 401: no' }],
    [408, 'Unclear', { kind: 'failed', retry: true, message: 'the upstream answered 408: no' }],
    [429, 'Unclear', { kind: 'failed', retry: true, message: 'the upstream answered 429: no' }],
    [500, 'Unclear', { kind: 'failed', retry: true, message: 'the upstream answered 500: no' }],
    [503, 'Unclear', { kind: 'failed', retry: true, message: 'the upstream answered 503: no' }],
  ])('that answers %i is %s', async (status, tag, performance) => {
    const answer = await saying(answered(status, 'no')).answer
    expect(answer._tag).toBe(tag)
    expect(answer._tag !== 'Done' && notDone(answer)).toEqual(performance)
  })

  it('is left alone for as long as it asks, and an hour at most', async () => {
    for (const [header, afterMs] of [
      ['30', 30_000],
      ['99999', 3_600_000],
    ] as const) {
      const answer = await saying(answered(503, 'no', { 'retry-after': header })).answer
      expect(answer._tag !== 'Done' && notDone(answer)).toMatchObject({ retry: true, afterMs })
    }
  })

  it('says in one short line what is wrong, and no secret', async () => {
    const long = `a\nb\u0007c hunter2 ${'x'.repeat(1000)}`
    const answer = await saying(answered(400, long)).answer
    expect(answer).toMatchObject({
      message: expect.stringMatching(/^the upstream answered 400: a b c \*\*\* x{200,}…$/),
    })
    expect(answer._tag === 'Refused' && answer.message.length).toBeLessThan(502)
  })

  it('has perhaps done what it gives no answer to, unless nothing reached it', async () => {
    for (const [dialled, sent] of [
      [{ _tag: 'Unreachable', message: 'hung up', sent: true }, true],
      [{ _tag: 'Unreachable', message: 'refused', sent: false }, false],
      [{ _tag: 'TooLarge' }, true],
    ] as const)
      expect(await saying(dialled).answer).toMatchObject({ _tag: 'Unclear', sent })
    expect(await saying({ _tag: 'Refused' }).answer).toMatchObject({ _tag: 'Barred' })
  })

  it('is waited for no longer than its bound, or than its caller wants', async () => {
    const clock = virtualClock(0)
    const upstream = createUpstream({
      settings: { url: 'https://up.example', timeoutMs: 1_000 },
      dial: ({ signal }) =>
        new Promise((resolve) => {
          const end = (): void => resolve({ _tag: 'Unreachable', message: 'aborted', sent: true })
          if (signal.aborted) end()
          signal.addEventListener('abort', end)
        }),
      clock,
      words: () => undefined,
      secrets: [],
    })
    const caller = new AbortController()
    const slow = upstream.send({ method: 'GET', path: '/', signal: caller.signal })
    let ended = false
    void slow.then(() => {
      ended = true
    })
    await clock.advance(999)
    expect(ended).toBe(false)
    await clock.advance(1)
    expect(await slow).toMatchObject({ _tag: 'Unclear', sent: true })
    caller.abort()
    const late = upstream.send({ method: 'GET', path: '/', signal: caller.signal })
    expect(await late).toMatchObject({ _tag: 'Unclear' })
  })

  it('bounds an attempt by what it sends, and is parked when it stays away', () => {
    const { upstream } = saying(answered(200, 'yes'))
    const driver = upstream.driver(3, async () => ({ kind: 'done' }))
    expect(driver).toMatchObject({ attempts: 20, onExhausted: 'park' })
    expect(driver.timeoutMs).toBeGreaterThan(3_000)
  })

  it.each([
    'up.example',
    'ftp://up.example',
    'https://user:secret@up.example',
    'https://up.example/?x=1',
    'https://up.example/#x',
    7,
  ])('has no such address as %s', (url) =>
    expect(E.isLeft(Settings.decode({ kind: 'upstream', url }))).toBe(true),
  )
})
