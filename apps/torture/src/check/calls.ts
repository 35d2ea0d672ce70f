import { refKey } from '@signalbox/core'
import type { JournalEntry } from '@signalbox/core'
import type { Call, Evidence, Promised, Rules, Violation } from './evidence.ts'

/**
 * Compares what clients were told with the journal: every change that was acknowledged is there as it was acknowledged,
 * none is there twice, and a request that was refused has changed nothing. What nobody was told may be there once.
 */
export const checkCalls = (
  { calls, journal, states }: Pick<Evidence, 'calls' | 'journal' | 'states'>,
  { markOf, isUnavailable }: Pick<Rules, 'markOf' | 'isUnavailable'>,
): ReadonlyArray<Violation> => {
  const services = Map.groupBy(journal, ({ ref }) => refKey(ref))
  const byRequest = Map.groupBy(journal.filter(isAccepted), ({ request }) => request ?? '')
  const violations = calls.flatMap((call) => {
    const lines = byRequest.get(call.request) ?? []
    const twice = doubled(call, lines)
    switch (call.reply.kind) {
      case 'accepted':
        return [...twice, ...kept(call, call.reply.promise, lines, services)]
      case 'refused':
        return lines.length === 0
          ? twice
          : [
              ...twice,
              violation(
                'undone',
                call,
                `refused with ${call.reply.status}, yet ${spell(lines[0])}`,
              ),
            ]
      case 'unknown':
        return [...twice, ...faulty(call, call.reply, isUnavailable)]
    }
  })
  const marks = new Map(calls.map(({ request, mark }) => [request, mark]))
  const lost = states.flatMap((state): ReadonlyArray<Violation> => {
    const own = services.get(refKey(state.ref)) ?? []
    const last = own.findLast(
      ({ outcome, request = '' }) => outcome === 'moved' && marks.get(request) !== undefined,
    )
    const written = marks.get(last?.request ?? '')
    const stored = markOf(state)
    return written === undefined || written === stored
      ? []
      : [
          {
            kind: 'altered',
            subject: refKey(state.ref),
            words: `it holds ${stored}, and ${last?.request} wrote ${written} last`,
          },
        ]
  })
  return [...violations, ...lost]
}

// -- internals

const isAccepted = ({ kind, outcome, revision, request }: JournalEntry): boolean =>
  kind === 'command' &&
  revision > 0 &&
  request !== undefined &&
  (outcome === 'moved' || outcome === 'unchanged')

const violation = (kind: Violation['kind'], { request, what }: Call, words: string): Violation => ({
  kind,
  subject: request,
  words: `${what}: ${words}`,
})

const faulty = (
  call: Call,
  { fault, words }: Extract<Call['reply'], { readonly kind: 'unknown' }>,
  isUnavailable: Rules['isUnavailable'],
): ReadonlyArray<Violation> =>
  fault === undefined || isUnavailable(call, fault)
    ? []
    : [violation('fault', call, `answered ${fault.status}: ${words}`)]

const doubled = (call: Call, lines: ReadonlyArray<JournalEntry>): ReadonlyArray<Violation> =>
  [...Map.groupBy(lines, ({ ref }) => refKey(ref))].flatMap(([key, own]) => {
    // What one commit made of several commands has one revision, and each command stands there once.
    const revisions = new Set(own.map(({ revision }) => revision))
    const types = new Set(own.map(({ type }) => type))
    return revisions.size === 1 && types.size === own.length
      ? []
      : [violation('twice', call, `${own.length} times in ${key}: ${own.map(spell).join(', ')}`)]
  })

const kept = (
  call: Call,
  { provider, tenant, id, types, services: count, to, reported = false }: Promised,
  lines: ReadonlyArray<JournalEntry>,
  services: ReadonlyMap<string, ReadonlyArray<JournalEntry>>,
): ReadonlyArray<Violation> => {
  const own = lines.filter(
    ({ ref, type }) =>
      ref.provider === provider &&
      ref.tenant === tenant &&
      (id === undefined || ref.id === id) &&
      types.includes(type),
  )
  const refs = new Set(own.map(({ ref }) => refKey(ref)))
  if (refs.size < count)
    return [violation('missing', call, `${refs.size} of ${count} in the journal`)]
  if (to === undefined) return []
  return own.flatMap((line) => {
    const history = services.get(refKey(line.ref)) ?? []
    const since = history.slice(history.indexOf(line))
    const said = reported
      ? since.some((later) => later.to === to)
      : since.findLast(
          ({ revision, outcome }) => revision === line.revision && outcome === line.outcome,
        )?.to === to
    return said ? [] : [violation('altered', call, `answered ${to}, stored ${spell(line)}`)]
  })
}

const spell = (line: JournalEntry | undefined): string =>
  line === undefined
    ? 'nothing'
    : `${line.type} ${line.from} → ${line.to} (revision ${line.revision}, ${line.id})`
