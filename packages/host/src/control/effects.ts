import { JsonObject, struct } from '@signalbox/core'
import type { PendingEffect } from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { ask } from '../ask.ts'
import type { EffectCommands } from '../effect-commands.ts'
import { seesTenant } from '../principal.ts'
import type { Principal } from '../principal.ts'
import { json } from '../reply.ts'
import type { Reply } from '../reply.ts'
import type { Route } from '../route.ts'
import { pageOver } from './cursor.ts'
import { callerOf } from './generic.ts'
import { After, Limit, Name, timestamp, USUAL_LIMIT } from './fields.ts'
import { failureReply, nothingHere } from './problems.ts'
import { seesProvider } from './role.ts'
import { control, MOUNT } from './route.ts'
import { askPage, scopesOf } from './site.ts'
import type { Site } from './site.ts'

/** The routes of effects: look, retry, abandon. */
export const effectRoutes = (site: Site, commands: EffectCommands): ReadonlyArray<Route> => [
  control('viewer', {
    method: 'GET',
    path: '/effects',
    name: 'listEffects',
    summary: 'Lists the work that changes have asked for, oldest first',
    query: EffectQuery,
    responses: { 200: EffectPage },
    handle: async ({ principal, query }) => {
      const { work, after, limit = USUAL_LIMIT, ...scope } = query
      const page = await pageOver(
        scopesOf(site, principal, scope).map(({ key, provider, tenant }) => ({
          key,
          page: (cursor: string | undefined, most: number) =>
            askPage(
              site,
              cursor,
              site.store.effects({
                provider,
                limit: most,
                ...(tenant !== undefined && { tenant }),
                ...(work !== undefined && { work }),
                ...(cursor !== undefined && { after: cursor }),
              }),
            ),
        })),
        after,
        limit,
      )
      if (E.isLeft(page)) return page.left
      const { items, next } = page.right
      return json(200, { items: items.map(effectView), next: next ?? null })
    },
  }),
  control('viewer', {
    method: 'GET',
    path: '/effects/:effect',
    name: 'showEffect',
    summary: 'Shows one piece of work',
    params: EffectParams,
    responses: { 200: EffectView },
    handle: async ({ principal, params }) =>
      shown(await findEffect(site, principal, params.effect)),
  }),
  ...(['retry', 'abandon'] as const).map((verb) =>
    control('operator', {
      method: 'POST',
      path: `/effects/:effect/${verb}`,
      name: `${verb}Effect`,
      summary: SUMMARIES[verb],
      params: EffectParams,
      responses: { 200: EffectView },
      handle: async ({ id: request, principal, params }) => {
        const found = await findEffect(site, principal, params.effect)
        if (E.isLeft(found)) return found.left
        const made = await commands[verb](found.right, {
          actor: callerOf(principal),
          request,
        })
        return E.isLeft(made) ? failureReply(made.left) : shown(made)
      },
    }),
  ),
]

// -- internals

const WorkState = t.keyof(
  {
    pending: null,
    leased: null,
    parked: null,
    done: null,
    failed: null,
    unknown: null,
    superseded: null,
  },
  'WorkState',
)

// An effect as it is shown; with its params only where it is shown alone.
const EffectView = t.intersection(
  [
    t.strict({
      id: t.string,
      provider: t.string,
      tenant: t.string,
      service: t.string,
      lifecycle: t.string,
      type: t.string,
      lane: t.string,
      generation: t.number,
      state: WorkState,
      attempts: t.number,
      askedAt: t.string,
      nextAttemptAt: t.union([t.string, t.null]),
      lastError: t.union([t.string, t.null]),
      href: t.string,
    }),
    t.partial({ params: JsonObject }),
  ],
  'Effect',
)
type EffectView = t.TypeOf<typeof EffectView>

const SUMMARIES = {
  retry: 'Tries work again at once that waits or was given up',
  abandon: 'Gives work up: it counts as failed',
} as const

const EffectQuery = struct(
  {},
  { provider: Name, tenant: Name, work: WorkState, after: After, limit: Limit },
)

const EffectParams = t.strict({ effect: Name })

const EffectPage = t.strict(
  { items: t.readonlyArray(EffectView), next: t.union([t.string, t.null]) },
  'EffectPage',
)

const findEffect = async (
  { store }: Site,
  principal: Principal,
  id: string,
): Promise<E.Either<Reply, PendingEffect>> => {
  const held = await ask(store.effect(id))
  if (E.isLeft(held)) return E.left(failureReply(held.left))
  const ref = held.right?.effect.ref
  return held.right !== undefined &&
    ref !== undefined &&
    seesProvider(principal, ref.provider) &&
    seesTenant(principal, ref.tenant)
    ? E.right(held.right)
    : E.left(nothingHere())
}

const shown = (found: E.Either<Reply, PendingEffect>): Reply =>
  E.isLeft(found)
    ? found.left
    : json(200, { ...effectView(found.right), params: found.right.effect.params })

const effectView = ({ effect, work, attempts, notBefore, error }: PendingEffect): EffectView => {
  const { id, ref, lifecycle, type, lane, generation, at } = effect
  return {
    id,
    provider: ref.provider,
    tenant: ref.tenant,
    service: ref.id,
    lifecycle,
    type,
    lane,
    generation,
    state: work,
    attempts,
    askedAt: timestamp(at),
    nextAttemptAt: work === 'pending' || work === 'leased' ? timestamp(notBefore) : null,
    lastError: error ?? null,
    href: `${MOUNT}/effects/${encodeURIComponent(id)}`,
  }
}
