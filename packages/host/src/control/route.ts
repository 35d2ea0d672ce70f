import * as E from 'fp-ts/lib/Either.js'
import { handle } from '../route.ts'
import type { HandleRoute, Route } from '../route.ts'
import { NOBODY, unauthenticated } from './admission.ts'
import { trouble } from './problems.ts'
import { isAtLeast, roleOf } from './role.ts'
import type { Role } from './role.ts'

/** Where the control plane lies. */
export const MOUNT = '/_signalbox/v1'

/** Makes a route of the control plane; its path is below the mount, and whoever lacks the role is refused first. */
export const control = <P = undefined, Q = undefined, B = undefined>(
  wanted: Role | 'anyone',
  route: Omit<HandleRoute<P, Q, B, undefined, undefined>, 'sight' | 'prepare'>,
): Route =>
  handle<P, Q, B, undefined>({
    ...route,
    path: `${MOUNT}${route.path}`,
    sight: async ({ principal }) => {
      if (wanted === 'anyone' || isAtLeast(principal, wanted)) return E.right(undefined)
      if (principal === NOBODY) return E.left(unauthenticated('A token is needed here.'))
      const role = roleOf(principal) ?? 'none'
      return E.left(
        trouble('forbidden', `This needs the role ${wanted}; the principal's is ${role}.`, {
          members: { role: wanted },
        }),
      )
    },
  })
