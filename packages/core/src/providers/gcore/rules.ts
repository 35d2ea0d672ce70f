import * as E from 'fp-ts/lib/Either.js'
import type { Actor, Event } from '../../input.ts'
import type { State } from '../../state.ts'
import { ServiceName } from './codecs.ts'
import type { ClientService, GcoreSettings, ServiceContext, ServiceStatus } from './codecs.ts'
import type { ConfigureService, CreateService } from './events.ts'
import { formatInstant } from './instant.ts'
import { commandFor, matrix } from './matrix.ts'
import type { Condition, Outcome, Standing } from './matrix.ts'
import { activationSpan, renderOptions, trialSpan } from './options.ts'

/** Why a requested status is refused, and the vendor's words for it. */
export interface StatusRefusal {
  readonly code: 'E1' | 'E2' | 'E3' | 'E4' | 'E5'
  readonly text: string
}

/** What a requested status is judged by; the context already holds the options of the same request. */
export interface StatusRequest {
  readonly present: ServiceStatus
  readonly context: ServiceContext
  readonly requested: ServiceStatus
  readonly actor: Actor
  /** Whether the product is available to the client. */
  readonly available: boolean
  /** What the same request writes beside the status, as `judgeWrite` found it. */
  readonly write?: ConfigureService
}

/**
 * Turns a requested status into the command that the machine takes, by the matrix; none when it is the present one.
 */
export const requestStatus = (
  settings: GcoreSettings,
  { present, context, requested, actor, available, write = {} }: StatusRequest,
): E.Either<StatusRefusal, ReadonlyArray<Event>> => {
  const { outcome, when, otherwise } = matrix[present][requested][standingOf(actor)]
  const holds = when === undefined || conditions[when](settings, context)
  const verdict = holds ? outcome : (otherwise ?? outcome)
  const refuse = refusalBy(present, requested, context.name)
  switch (verdict) {
    case 'same':
      return E.right([])
    case 'E1':
    case 'E2':
    case 'E4':
      return E.left(refuse(verdict))
    case 'E3':
      return E.left(refuse(trialRefusal(settings, context)))
    case 'trial':
    case 'ACT': {
      const type = verdict === 'trial' ? commandFor.trial : commandFor.active
      return available ? E.right([{ type, available, ...write }]) : E.left(refuse('E5'))
    }
    case 'trialend':
    case 'active':
    case 'paused':
    case 'deleted':
      return E.right([{ type: commandFor[verdict], ...write }])
  }
}

/** The status that a cell of the matrix leads to, or undefined when it is not one. */
export const statusOf = (
  settings: GcoreSettings,
  context: ServiceContext,
  outcome: Outcome,
): ServiceStatus | undefined => {
  switch (outcome) {
    case 'ACT':
      return needsActivation(settings, context) ? 'activating' : 'active'
    case 'trial':
    case 'trialend':
    case 'active':
    case 'paused':
    case 'deleted':
      return outcome
    case 'same':
    case 'E1':
    case 'E2':
    case 'E3':
    case 'E4':
      return undefined
  }
}

/** Whether the caller stands as an admin or as a reseller. */
export const standingOf = ({ roles }: Actor): Standing =>
  roles.includes('admin') ? 'admin' : 'reseller'

/** Tells whether the product has a trial at all. */
export const trialOffered = (settings: GcoreSettings, context: ServiceContext): boolean =>
  trialSpan(settings, context) > 0

/** Tells whether a trial that is not running has time left. */
export const trialLeft = (settings: GcoreSettings, context: ServiceContext): boolean =>
  trialSpan(settings, context) > context.trialSpent

/** Tells whether the service came from its trial, and the trial has time left. */
export const trialResumable = (settings: GcoreSettings, context: ServiceContext): boolean =>
  context.previousStatus === 'trial' && trialLeft(settings, context)

/** Tells whether going into use takes an activation first. */
export const needsActivation = (settings: GcoreSettings, context: ServiceContext): boolean =>
  !context.provisioned && activationSpan(settings, context) > 0

/** The service as clients see it. The state must be settled at the instant of the answer. */
export const renderService = (settings: GcoreSettings, state: State): ClientService => {
  const context = contextOf(state)
  return {
    id: context.id,
    name: context.name,
    client: context.client,
    status: presentStatus(state),
    previous_status: context.previousStatus,
    status_changed_at: formatInstant(context.statusChangedAt),
    start: formatInstant(context.start),
    deleted_date: context.deletedDate === null ? null : formatInstant(context.deletedDate),
    enabled: context.enabled,
    options: renderOptions(settings, context, 'options'),
    status_transition_options: renderOptions(settings, context, 'status_transition_options'),
  }
}

/** A client's own status, which follows from those of its services. */
export const accountStatus = (
  statuses: ReadonlyArray<ServiceStatus>,
): 'active' | 'trial' | 'trialend' | 'preparation' => {
  const any = (...wanted: ReadonlyArray<ServiceStatus>): boolean =>
    statuses.some((status) => wanted.includes(status))
  if (any('active', 'activating')) return 'active'
  if (any('trial')) return 'trial'
  return any('trialend', 'paused', 'deleted') ? 'trialend' : 'preparation'
}

/** The commands that make a new client's services: one of each product, their ids ascending from `firstId`. */
export const createServices = ({
  client,
  firstId,
}: {
  readonly client: number
  readonly firstId: number
}): ReadonlyArray<CreateService & { readonly type: 'service.create' }> =>
  serviceNames.map((name, index) => ({ type: 'service.create', id: firstId + index, name, client }))

/** The products in the order in which services are made and listed. */
export const serviceNames: ReadonlyArray<ServiceName> = Object.keys(ServiceName.keys).filter(
  ServiceName.is,
)

/** The context of a service of this lifecycle, typed. */
export const contextOf = ({ context }: State): ServiceContext =>
  // A state is decoded against its lifecycle when it is loaded; storing it only erased the type.
  context as unknown as ServiceContext

/** The status of a service of this lifecycle, typed. */
export const presentStatus = ({ status }: State): ServiceStatus => status as ServiceStatus

// -- internals

const conditions: Readonly<
  Record<Condition, (settings: GcoreSettings, context: ServiceContext) => boolean>
> = { trialOffered, trialLeft, trialResumable }

const trialRefusal = (
  settings: GcoreSettings,
  context: ServiceContext,
): Exclude<StatusRefusal['code'], 'E2' | 'E5'> => {
  if (context.trialStarted) return 'E3'
  return trialOffered(settings, context) ? 'E1' : 'E4'
}

const refusalBy = (
  present: ServiceStatus,
  requested: ServiceStatus,
  product: ServiceName,
): ((code: StatusRefusal['code']) => StatusRefusal) => {
  const texts: Readonly<Record<StatusRefusal['code'], string>> = {
    E1: `Transition from "${present}" to "${requested}" is not allowed.`,
    E2: `Status "${requested}" is set by the system.`,
    E3: 'Trial has already been used.',
    E4: 'Trial is not offered for this product.',
    E5: `Product "${product}" is not available for this account.`,
  }
  return (code) => ({ code, text: texts[code] })
}
