import { Canonical, canonicalOf, JsonObject } from '@signalbox/core'
import type { Deadline } from '@signalbox/core'
import * as t from 'io-ts'
import { timestamp } from '../control/fields.ts'
import type { Change } from '../loop.ts'
import { json } from '../reply.ts'
import type { Reply } from '../reply.ts'

/** What would become of one service. */
const RehearsedChange = t.strict(
  {
    provider: t.string,
    tenant: t.string,
    id: t.string,
    status: t.string,
    canonical: Canonical,
    revision: t.number,
    done: t.boolean,
    /** What would be asked of drivers, in order. */
    effects: t.readonlyArray(t.strict({ type: t.string, lane: t.string, params: JsonObject })),
    deadlines: t.strict({
      armed: t.readonlyArray(t.strict({ name: t.string, dueAt: t.string })),
      cancelled: t.readonlyArray(t.string),
    }),
  },
  'RehearsedChange',
)
type RehearsedChange = t.TypeOf<typeof RehearsedChange>

/** What a request would come to. */
const Rehearsal = t.strict(
  {
    dryRun: t.literal(true),
    /** A body is there as a value if compact JSON of it is the body, else as text or, if it is none, in base64. */
    response: t.intersection([
      t.type({
        status: t.number,
        headers: t.record(t.string, t.union([t.string, t.readonlyArray(t.string)])),
      }),
      t.partial({ body: t.unknown, text: t.string, base64: t.string }),
    ]),
    changes: t.readonlyArray(RehearsedChange),
  },
  'Rehearsal',
)
type Rehearsal = t.TypeOf<typeof Rehearsal>

/** Answers a rehearsal: the reply as it would have been, and what would become of each service, in order of the first change. */
export const rehearsalReply = async (
  { status, headers = {}, body }: Reply,
  changes: ReadonlyArray<Change>,
  request: string,
): Promise<Reply> => {
  // What comes as a stream may change more while it comes.
  const told = await bodyOf(body)
  const services = new Map<string, Array<Change>>()
  for (const change of changes) {
    const known = services.get(change.key)
    if (known === undefined) services.set(change.key, [change])
    else known.push(change)
  }
  const rehearsal: Rehearsal = {
    dryRun: true,
    response: { status, headers, ...told },
    changes: [...services.values()].flatMap(rehearsedChange),
  }
  return json(200, rehearsal, {
    'cache-control': 'no-store',
    'preference-applied': 'handling=dry-run',
    'x-request-id': request,
  })
}

// -- internals

const rehearsedChange = (changes: ReadonlyArray<Change>): ReadonlyArray<RehearsedChange> => {
  const [first, last] = [changes[0], changes.at(-1)]
  const decisions = changes.flatMap(({ decision }) => decision ?? [])
  const effects = decisions.flatMap((decision) => decision.effects)
  if (first === undefined || last === undefined) return []
  if (effects.length === 0 && !decisions.some(({ changed }) => changed)) return []
  const { lifecycle, after } = last
  const before = first.before?.deadlines ?? []
  return [
    {
      ...after.ref,
      status: after.status,
      canonical: canonicalOf(lifecycle, after),
      revision: after.revision,
      done: after.done,
      effects: effects.map(({ type, lane, params }) => ({ type, lane, params })),
      deadlines: {
        armed: lacking(after.deadlines, before).map(({ name, dueAt }) => ({
          name,
          dueAt: timestamp(dueAt),
        })),
        cancelled: lacking(before, after.deadlines).map(({ name }) => name),
      },
    },
  ]
}

const lacking = (
  deadlines: ReadonlyArray<Deadline>,
  others: ReadonlyArray<Deadline>,
): ReadonlyArray<Deadline> =>
  deadlines.filter(
    ({ name, dueAt, generation }) =>
      !others.some(
        (other) => other.name === name && other.dueAt === dueAt && other.generation === generation,
      ),
  )

const bodyOf = async (
  body: Reply['body'],
): Promise<Pick<Rehearsal['response'], 'body' | 'text' | 'base64'>> => {
  if (body === undefined) return {}
  // A view of shared memory is no body, and plugins have no such memory to give.
  const bytes = new Uint8Array(await new Response(body as BodyInit).arrayBuffer())
  const text = textOf(bytes)
  if (text === undefined)
    return { base64: btoa([...bytes].map((byte) => String.fromCharCode(byte)).join('')) }
  try {
    const value: unknown = JSON.parse(text)
    return JSON.stringify(value) === text ? { body: value } : { text }
  } catch {
    return { text }
  }
}

const textOf = (bytes: Uint8Array): string | undefined => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}
