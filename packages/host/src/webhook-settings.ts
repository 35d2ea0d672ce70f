import { struct, wholeNumber } from '@signalbox/core'
import * as t from 'io-ts'
import { ReachSettings } from './reach.ts'
import { SigningSecret } from './signature.ts'

const location = (
  name: string,
  accepts: (url: URL) => boolean,
): t.Type<string, string, unknown> => {
  const is = (value: unknown): value is string => {
    const url = typeof value === 'string' ? URL.parse(value) : null
    return (
      url !== null &&
      /^https?:$/.test(url.protocol) &&
      url.username + url.password + url.hash === '' &&
      accepts(url)
    )
  }
  return new t.Type(
    name,
    is,
    (value, context) => (is(value) ? t.success(value) : t.failure(undefined, context)),
    t.identity,
  )
}

/** Where a receiver takes messages: without credentials; of https, unless its reach allows http. */
export const ReceiverUrl = location(
  'an address such as https://hooks.example/signalbox',
  () => true,
)

const Secrets = new t.Type<ReadonlyArray<string>, string | ReadonlyArray<string>, unknown>(
  'whsec_ and 24 to 64 bytes in base64, or a list of such',
  (value): value is ReadonlyArray<string> => SomeSecrets.is(value) && value.length > 0,
  (value, context) => {
    const given = Array.isArray(value) ? value : [value]
    return given.length === 0 ? t.failure(value, context) : SomeSecrets.validate(given, context)
  },
  t.identity,
)

const SomeSecrets = t.readonlyArray(SigningSecret)

/** Whom work is handed to over HTTP, and for how long it is tried. Times are in ms. */
export const WebhookSettings = struct(
  {
    kind: t.literal('webhook', '"webhook"'),
    url: ReceiverUrl,
    /** One or several: all of them sign, and each of them may have signed a report. */
    secret: Secrets,
  },
  {
    /** Where receivers reach this host; then each effect names the address for its report. */
    callback: location('an origin such as https://signalbox.example', ({ pathname, search }) =>
      ['', '/'].includes(pathname + search),
    ),
    /** The bound of one request; 15,000 unless said. */
    timeoutMs: wholeNumber({ least: 1, most: 600_000, what: 'a number of milliseconds' }),
    /** 12 unless said; then the effect is parked. */
    attempts: wholeNumber({ least: 1, most: 1_000, what: 'a number of attempts' }),
    /** How long the report of work that was accepted may take before it is sent again; 600,000 unless said. */
    reportWithinMs: wholeNumber({
      least: 1,
      most: 2_592_000_000,
      what: 'a number of milliseconds',
    }),
    reach: ReachSettings,
  },
  'WebhookSettings',
)
export type WebhookSettings = t.TypeOf<typeof WebhookSettings>
