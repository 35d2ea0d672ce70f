import { refKey } from '@signalbox/core'
import type { Effect } from '@signalbox/core'
import * as E from 'fp-ts/lib/Either.js'
import { parseJson } from './body.ts'
import type { Clock } from './clock.ts'
import type { Dial, Dialled } from './dial.ts'
import type { Driver, Performance } from './driver.ts'
import { EffectReport, outcomeOf } from './effect-report.ts'
import { retryAfterMs } from './retry-after.ts'
import { isSigned } from './signature.ts'
import { createWebhookSender } from './webhook-sender.ts'
import type { WebhookSettings } from './webhook-settings.ts'

/**
 * Makes a driver that POSTs each effect to a receiver as a CloudEvent, signed by the Standard Webhooks scheme with the
 * effect's id as `webhook-id`. The receiver answers with its report, or 202 and reports later. Whatever else comes of a
 * request says nothing of the work: it is sent again, and parked in the end.
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
 */
export const webhookDriver = ({
  clock,
  dial,
  settings,
}: {
  readonly clock: Clock
  readonly dial: Dial
  readonly settings: WebhookSettings
}): Driver => {
  const { secret, timeoutMs = 15_000, attempts = 12, reportWithinMs = 600_000 } = settings
  const { host } = new URL(settings.url)
  const { url, reach } = settings
  const send = createWebhookSender({ clock, dial, url, secrets: secret, reach, timeoutMs })
  return {
    attempts,
    onExhausted: 'park',
    // Its own bound comes first, and says more.
    timeoutMs: timeoutMs + 5_000,
    verifies: (message) => isSigned(secret, message),
    perform: async (effect, { attempt, signal }) => {
      const body = JSON.stringify(eventOf(effect, attempt, settings))
      const sent = await send({ id: effect.id, body }, signal)
      if (signal.aborted) throw new Error('called off')
      if (sent._tag === 'Late') return again(`no answer of ${host} within ${timeoutMs} ms`)
      return performanceOf(sent, {
        host,
        effect: effect.id,
        now: clock.now(),
        withinMs: reportWithinMs,
      })
    },
  }
}

// -- internals

// Whoever asks for more than this is asked again all the same.
const LONGEST_PATIENCE_MS = 3_600_000

const eventOf = (
  { id, ref, lifecycle, type, params, generation, at }: Effect,
  attempt: number,
  { callback }: WebhookSettings,
): object => {
  const base = callback === undefined ? '' : new URL(callback).origin
  return {
    specversion: '1.0',
    id,
    source: `${base}/_signalbox/v1/services/${refKey(ref)}`,
    // No domain in reverse: none belongs to this project, and nobody should come to own its names.
    type: `signalbox.effect.${type}`,
    subject: refKey(ref),
    time: new Date(at).toISOString(),
    datacontenttype: 'application/json',
    data: {
      effect: id,
      type,
      ref,
      lifecycle,
      generation,
      params,
      attempt,
      ...(callback !== undefined && {
        callback: `${base}/_signalbox/v1/effects/${encodeURIComponent(id)}/report`,
      }),
    },
  }
}

const again = (message: string): Performance => ({ kind: 'failed', message, retry: true })

// Of the address only the host is named: path and query may hold what nobody else should read.
const performanceOf = (
  dialled: Dialled,
  {
    host,
    effect,
    now,
    withinMs,
  }: {
    readonly host: string
    readonly effect: string
    readonly now: number
    readonly withinMs: number
  },
): Performance => {
  switch (dialled._tag) {
    case 'Refused':
      return { kind: 'exhausted', message: `${host} may not be reached` }
    case 'TooLarge':
      return again(`the answer of ${host} is too large`)
    case 'Unreachable':
      return again(`no answer of ${host}: ${dialled.message}`)
    case 'Answered': {
      const { status, headers, body } = dialled
      if (status === 202) return { kind: 'accepted', withinMs }
      if (status >= 200 && status < 300) return reported(body, effect, host)
      const message = `${host} answered ${status}`
      if (status === 410) return { kind: 'exhausted', message }
      const asked = retryAfterMs(headers['retry-after'], now)
      return asked === undefined
        ? again(message)
        : { kind: 'failed', message, retry: true, afterMs: Math.min(asked, LONGEST_PATIENCE_MS) }
    }
  }
}

const reported = (body: Uint8Array, effect: string, host: string): Performance => {
  if (body.length === 0) return { kind: 'done' }
  const parsed = parseJson(body)
  if (E.isLeft(parsed)) return again(`the answer of ${host} is no JSON`)
  const report = EffectReport.decode(parsed.right)
  if (E.isLeft(report)) return again(`the answer of ${host} is no report`)
  if ((report.right.effect ?? effect) !== effect)
    return again(`the answer of ${host} is the report of another effect`)
  return outcomeOf(report.right)
}
