import type { Actor, Event, Lifecycle } from '@signalbox/core'
import * as E from 'fp-ts/lib/Either.js'
import type * as t from 'io-ts'
import type { Generic, GenericCommand, GenericRequest, GenericRule, Obstacle } from '../generic.ts'
import type { Mounted } from '../plugin.ts'
import type { Principal } from '../principal.ts'
import { roleOf, SIGNALBOX } from './role.ts'

/** How a plugin serves a lifecycle to the control plane; nothing at all unless it says so. */
export const genericOf = ({ generics = [] }: Mounted, lifecycle: Lifecycle): Generic =>
  generics.find((generic) => generic.lifecycle === lifecycle) ?? { lifecycle, commands: {} }

/** How a command is carried out, or undefined when only the vendor's own routes send it. */
export const commandOf = ({ commands }: Generic, type: string): GenericCommand | undefined =>
  Object.hasOwn(commands, type) ? commands[type] : undefined

/** Decodes what a caller sends beside `type`. */
export const payloadOf = ({ lifecycle, commands }: Generic, type: string): t.Mixed | undefined =>
  commands[type]?.payload ?? lifecycle.commands[type]?.payload

/** A caller of the control plane as guards and the journal see it: `signalbox/<id>`. */
export const callerOf = (principal: Principal, generic?: Generic): Actor => ({
  id: `${SIGNALBOX}/${principal.id}`,
  roles: generic?.roles?.(principal) ?? [roleOf(principal) ?? 'none'],
})

/** The rule by which a command is submitted. */
export const ruleOf = async (
  { prepare }: GenericCommand,
  request: GenericRequest,
): Promise<E.Either<Obstacle, GenericRule>> =>
  prepare === undefined ? E.right(() => E.right({ events: [request.event] })) : prepare(request)

/** Examples of a command as a caller sends it. */
export const examplesOf = (generic: Generic, type: string): ReadonlyArray<Event> =>
  generic.commands[type]?.examples ?? generic.lifecycle.commands[type]?.examples ?? []
