import * as t from 'io-ts'
import type { Callback } from '../callback.ts'
import type { Draw } from '../draw.ts'
import type { EffectCommands } from '../effect-commands.ts'
import type { Mounted } from '../plugin.ts'
import type { Credentials } from '../principal.ts'
import type { ReachSettings } from '../reach.ts'
import { empty } from '../reply.ts'
import type { Route } from '../route.ts'
import { admitBearer } from './admission.ts'
import { actionRoutes } from './actions.ts'
import { bulkRoutes } from './bulk.ts'
import { commandRoutes } from './commands.ts'
import { effectRoutes } from './effects.ts'
import { operationRoutes } from './operations.ts'
import { eventRoutes } from './events.ts'
import { EXAMPLES } from './examples.ts'
import { failureReply, malformedReply, nothingHere, trouble } from './problems.ts'
import { providerRoutes } from './providers.ts'
import { reportRoutes } from './reports.ts'
import { MOUNT } from './route.ts'
import { serviceRoutes } from './services.ts'
import type { Site } from './site.ts'
import { subscriptionRoutes } from './subscription-routes.ts'
import { createSubscriptions } from './subscriptions.ts'
import { tokenRoutes } from './token-routes.ts'
import { createTokens } from './tokens.ts'

/** What the control plane is made of. */
export interface ControlOptions {
  readonly site: Site
  readonly credentials: Credentials
  readonly effects: EffectCommands
  readonly callback: Callback
  /** Where events may be sent beside public addresses over https. */
  readonly reach: ReachSettings | undefined
  readonly draw: Draw | undefined
}

/**
 * The control plane: one language for the services of every provider. It is mounted as a plugin is, from the same kind of
 * routes, through the same pipeline, and answers problems of RFC 9457.
 */
export const createControl = ({
  site,
  credentials,
  effects,
  callback,
  reach,
  draw,
}: ControlOptions): Mounted => {
  const tokens = createTokens(site)
  const admit = admitBearer(credentials, tokens)
  return {
    lifecycles: [],
    mounts: [MOUNT],
    routes: [
      ...providerRoutes(site, draw),
      ...serviceRoutes(site),
      ...actionRoutes(site),
      ...commandRoutes(site),
      ...bulkRoutes(site),
      ...operationRoutes(site),
      ...eventRoutes(site, admit),
      ...effectRoutes(site, effects),
      ...reportRoutes(callback),
      ...tokenRoutes(site, tokens),
      ...subscriptionRoutes(site, createSubscriptions(site), reach),
    ].map(exemplified),
    order: 'admit-first',
    admit,
    head: true,
    options: (_, allow) => empty(204, { allow: allow.join(', ') }),
    answers: {
      notFound: nothingHere,
      methodNotAllowed: ({ method }, allow) =>
        trouble('method-not-allowed', `${method} is not taken here.`, {
          headers: { allow: allow.join(', ') },
        }),
      malformed: (_, malformed) => malformedReply(malformed),
      refuse: (_, failure) => failureReply(failure),
      finish: ({ id }, reply) => ({
        ...reply,
        headers: { 'cache-control': 'no-store', ...reply.headers, 'x-request-id': id },
      }),
    },
    drivers: {},
    description: {
      title: 'Signalbox control plane',
      version: '1',
      error: Problem,
      security: { bearer: { type: 'http', scheme: 'bearer' } },
      errorType: 'application/problem+json',
    },
  }
}

// -- internals

const exemplified = (route: Route): Route => {
  const examples = EXAMPLES[route.name]
  return examples === undefined ? route : { ...route, examples }
}

const Problem = t.intersection(
  [
    t.type({ type: t.string, title: t.string, status: t.number, detail: t.string }),
    t.partial({ errors: t.readonlyArray(t.UnknownRecord) }),
  ],
  'Problem',
)
