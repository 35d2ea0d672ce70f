import { memoryStore } from '@signalbox/stores/memory'
import { expect, it } from 'vitest'
import { scripted } from '../__fixtures__/house.ts'
import { openBox } from './__fixtures__/box.ts'
import type { Box } from './__fixtures__/box.ts'
import { lamps } from './__fixtures__/lamps.ts'

// Whoever asks is an admin, of another tenant or of another provider.
const STRANGERS = ['elsewhere', 'others']

interface Hidden {
  readonly effect: string
  readonly operation: string
  readonly token: string
  readonly subscription: string
}

const idIn = (value: unknown): string => (value as { readonly id: string }).id

/** A box with one of everything that strangers may not see. */
const openHidden = async (): Promise<{ readonly box: Box; readonly hidden: Hidden }> => {
  const light = scripted({ kind: 'failed', message: 'no current', retry: true })
  const store = memoryStore()
  const plugins = [lamps({ light: { ...light, attempts: 1, onExhausted: 'park' as const } })]
  const box = await openBox({ store, plugins })
  await box.make('a')
  const pressed = await box.control('POST /services/demo/t/a/commands', {
    body: { type: 'lamp.press' },
  })
  await box.host.idle()
  const effects = await box.control('GET /effects')
  const [effect] = (effects.value as { readonly items: ReadonlyArray<unknown> }).items
  const token = await box.control('POST /tokens', {
    as: 'adam',
    body: { name: 'ci', roles: ['viewer'] },
  })
  const subscription = await box.control('POST /subscriptions', {
    as: 'adam',
    body: { url: 'https://hooks.example/in' },
  })
  const { operation } = pressed.value as { readonly operation: unknown }
  return {
    box,
    hidden: {
      effect: idIn(effect),
      operation: idIn(operation),
      token: idIn(token.value),
      subscription: idIn(subscription.value),
    },
  }
}

const ROUTES: ReadonlyArray<readonly [line: string, body: object | undefined]> = [
  ['GET /services/demo/t/:service', undefined],
  ['HEAD /services/demo/t/:service', undefined],
  ['GET /services/demo/t/:service/actions', undefined],
  ['GET /services/demo/t/:service/path?to=on', undefined],
  ['GET /services/demo/t/:service/path?to=no-status', undefined],
  ['GET /services/demo/t/:service/history', undefined],
  ['POST /services/demo/t/:service/commands', { type: 'lamp.press' }],
  ['POST /services/demo/t/:service/commands', { type: 'no.command' }],
  ['GET /operations/:operation', undefined],
  ['GET /effects/:effect', undefined],
  ['POST /effects/:effect/retry', undefined],
  ['POST /effects/:effect/abandon', undefined],
  ['DELETE /tokens/:token', undefined],
  ['GET /subscriptions/:subscription', undefined],
  ['POST /subscriptions/:subscription/resume', undefined],
  ['DELETE /subscriptions/:subscription', undefined],
]

it.each(ROUTES)('answers %s byte for byte as if there were nothing', async (line, body) => {
  const { box, hidden } = await openHidden()
  const filled = (of: Readonly<Record<string, string>>): string =>
    line.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(of[name] ?? name))
  const asked = { 'x-request-id': 'the-same' }
  const ask = (path: string, as: string, headers: Record<string, string> = {}) =>
    box.control(path, { as, body, headers: { ...asked, ...headers } })
  const absent = await ask(filled({ service: 'none' }), 'adam')
  expect(absent.status).toBe(404)
  const preferring: ReadonlyArray<Record<string, string>> = [
    {},
    { 'if-match': '"1"' },
    { 'idempotency-key': 'k' },
  ]
  for (const as of STRANGERS)
    for (const headers of line.includes('/commands') ? preferring : [{}]) {
      const found = await ask(filled({ service: 'a', ...hidden }), as, headers)
      expect({ ...found, headers: [...found.headers] }).toEqual({
        ...absent,
        headers: [...absent.headers],
      })
    }
  const shown = await box.control('GET /services/demo/t/a', { as: 'adam' })
  expect(shown.value).toMatchObject({ status: 'lighting', effects: [{ state: 'parked' }] })
})

it('answers many as if there were nothing of what a stranger may not see', async () => {
  const { box } = await openHidden()
  const send = async (id: string, as: string): Promise<unknown> => {
    const services = [{ provider: 'demo', tenant: 't', id }]
    const { value } = await box.control('POST /bulk', {
      as,
      body: { command: { type: 'lamp.press' }, services },
    })
    const [item] = value as ReadonlyArray<{ readonly status: number; readonly body: unknown }>
    return { status: item?.status, body: item?.body }
  }
  const absent = await send('none', 'adam')
  expect(absent).toMatchObject({ status: 404 })
  for (const as of STRANGERS) expect(await send('a', as)).toEqual(absent)
})
