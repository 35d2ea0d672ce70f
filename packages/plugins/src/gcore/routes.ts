import type { Route } from '@signalbox/host'
import { activityRoutes } from './activity-routes.ts'
import { availabilityRoutes } from './availability-routes.ts'
import { clientRoutes } from './client-routes.ts'
import { keyRoutes } from './key-routes.ts'
import type { Mount } from './parts.ts'
import { serviceRoutes } from './service-routes.ts'
import { sessionRoutes, signInRoute } from './session-routes.ts'
import type { SessionParts } from './session-routes.ts'
import { userRoutes } from './user-routes.ts'

/**
 * Every route that is served.
 *
 * @see https://gcore.com/docs/api-reference/iam-resellers
 */
export const routesOf = (parts: SessionParts): ReadonlyArray<Route> => [
  ...clientRoutes(parts, IAM),
  ...serviceRoutes(parts, IAM),
  ...availabilityRoutes(parts, IAM),
  ...userRoutes(parts, IAM),
  ...activityRoutes(parts, IAM),
  ...keyRoutes(parts, IAM),
  ...sessionRoutes(parts),
  ...(parts.settings.legacy === true
    ? [
        ...clientRoutes(parts, LEGACY),
        ...serviceRoutes(parts, LEGACY),
        ...userRoutes(parts, LEGACY),
        signInRoute(parts),
      ]
    : []),
]

/** The path prefixes of the routes. */
export const mountsOf = ({
  legacy,
}: {
  readonly legacy?: boolean | undefined
}): ReadonlyArray<string> => (legacy === true ? ['/iam', '/clients', '/users', '/auth'] : ['/iam'])

// -- internals

const IAM: Mount = { base: '/iam', prefix: '' }
const LEGACY: Mount = { base: '', prefix: 'legacy.' }
