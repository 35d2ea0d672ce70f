import * as t from 'io-ts'

// What the commands read of the control plane's answers; what they do not use is not asked for.

/** A provider as lists show it. */
export const ProviderSummary = t.intersection([
  t.type({ name: t.string, ready: t.boolean }),
  t.partial({ reason: t.string }),
])

const Words = t.type({ name: t.string, words: t.string })

const Happening = t.type({ type: t.string, words: t.string })

/** A lifecycle of a provider. */
export const LifecycleView = t.type({
  name: t.string,
  version: t.number,
  creation: t.string,
  statuses: t.readonlyArray(t.type({ status: t.string, canonical: t.string })),
  commands: t.readonlyArray(Happening),
  deadlines: t.readonlyArray(Words),
  diagrams: t.record(t.string, t.string),
})
export type LifecycleView = t.TypeOf<typeof LifecycleView>

/** A provider with its lifecycles. */
export const ProviderView = t.intersection([
  ProviderSummary,
  t.type({ lifecycles: t.readonlyArray(LifecycleView) }),
])
export type ProviderView = t.TypeOf<typeof ProviderView>

/** The route of a vendor. */
const NativeRoute = t.type({ name: t.string, method: t.string, path: t.string })

/** A service as lists show it. */
export const ServiceSummary = t.type({
  provider: t.string,
  tenant: t.string,
  id: t.string,
  lifecycle: t.string,
  status: t.string,
  canonical: t.string,
  labels: t.record(t.string, t.string),
  revision: t.number,
  createdAt: t.string,
  changedAt: t.string,
  deadlines: t.readonlyArray(t.type({ name: t.string, words: t.string, dueAt: t.string })),
})
export type ServiceSummary = t.TypeOf<typeof ServiceSummary>

/** A service with its work and its native routes. */
export const ServiceView = t.intersection([
  ServiceSummary,
  t.type({
    effects: t.readonlyArray(
      t.type({
        id: t.string,
        type: t.string,
        state: t.string,
        attempts: t.number,
        lastError: t.union([t.string, t.null]),
      }),
    ),
    native: t.readonlyArray(NativeRoute),
  }),
])
export type ServiceView = t.TypeOf<typeof ServiceView>

/** Why something is not possible. */
const Reason = t.type({ words: t.string })

/** One step of a way. */
const Step = t.intersection([
  t.type({
    kind: t.keyof({ command: null, report: null, deadline: null }),
    name: t.string,
    words: t.string,
    status: t.string,
  }),
  t.partial({ example: t.UnknownRecord, dueAt: t.string }),
])
export type Step = t.TypeOf<typeof Step>

/** A way to a status. */
export const WayView = t.type({ from: t.string, to: t.string, steps: t.readonlyArray(Step) })

/** A command, judged. */
export const ActionView = t.intersection([
  t.type({
    type: t.string,
    words: t.string,
    allowed: t.boolean,
    here: t.boolean,
    payload: t.UnknownRecord,
    reasons: t.readonlyArray(Reason),
    native: t.readonlyArray(NativeRoute),
  }),
  t.partial({ sequence: t.readonlyArray(Step) }),
])
export type ActionView = t.TypeOf<typeof ActionView>

/** All commands of a service, judged. */
export const ActionsView = t.type({ status: t.string, items: t.readonlyArray(ActionView) })
export type ActionsView = t.TypeOf<typeof ActionsView>

/** What a command has come to. */
export const SentView = t.type({
  status: t.string,
  canonical: t.string,
  revision: t.number,
  operation: t.union([t.type({ id: t.string }), t.null]),
})
export type SentView = t.TypeOf<typeof SentView>

/** A problem of RFC 9457, as far as it is told on. */
export const ProblemView = t.intersection([
  t.type({ detail: t.string }),
  t.partial({
    type: t.string,
    errors: t.readonlyArray(t.UnknownRecord),
    native: t.readonlyArray(NativeRoute),
  }),
])

/** What a command would come to, for each service that it would change. */
export const RehearsalView = t.type({
  dryRun: t.literal(true),
  response: t.intersection([t.type({ status: t.number }), t.partial({ body: t.unknown })]),
  changes: t.readonlyArray(
    t.type({
      provider: t.string,
      tenant: t.string,
      id: t.string,
      status: t.string,
      revision: t.number,
      effects: t.readonlyArray(t.type({ type: t.string })),
      deadlines: t.type({
        armed: t.readonlyArray(t.type({ name: t.string, dueAt: t.string })),
        cancelled: t.readonlyArray(t.string),
      }),
    }),
  ),
})
export type RehearsalView = t.TypeOf<typeof RehearsalView>

/** The work of a change. */
export const OperationView = t.type({
  id: t.string,
  state: t.keyof({ running: null, succeeded: null, failed: null }),
  parts: t.readonlyArray(
    t.type({ type: t.string, state: t.string, lastError: t.union([t.string, t.null]) }),
  ),
})
export type OperationView = t.TypeOf<typeof OperationView>

/** A line of the journal. */
const Line = t.intersection([
  t.type({
    at: t.string,
    kind: t.string,
    type: t.string,
    outcome: t.string,
    from: t.union([t.string, t.null]),
    to: t.union([t.string, t.null]),
    revision: t.number,
  }),
  t.partial({ actor: t.type({ id: t.string }), reasons: t.readonlyArray(Reason) }),
])
export type Line = t.TypeOf<typeof Line>

/** What happened to a service. */
export const HistoryView = t.type({
  items: t.readonlyArray(Line),
  next: t.union([t.string, t.null]),
})

/** An event of the journal. */
export const EventView = t.type({
  subject: t.string,
  data: t.intersection([t.type({ provider: t.string, tenant: t.string, service: t.string }), Line]),
})
