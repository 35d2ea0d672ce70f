import * as E from 'fp-ts/lib/Either.js'
import { NOBODY, unauthenticated } from './control/admission.ts'
import { trouble } from './control/problems.ts'
import { roleOf } from './control/role.ts'
import { METRICS } from './metrics-path.ts'
import type { Mounted } from './plugin.ts'
import type { Reply } from './reply.ts'

/**
 * Who may read them: principals of the control plane who may see every provider and every tenant, anyone who can reach the
 * host, or nobody there.
 */
export type MetricsAccess = 'viewers' | 'anyone' | 'nobody'

/** Makes the answer to who asks for the metrics; they tell of all services, so that whoever sees only some sees none of it. */
export const createMetricsReply =
  ({
    expose,
    admit,
    open,
  }: {
    readonly expose: (accept: string | null) => Promise<Reply>
    readonly admit: Mounted['admit']
    readonly open: boolean
  }): ((request: Request, id: string, at: number) => Promise<Reply>) =>
  async ({ headers, method, url }, id, at) => {
    if (open) return expose(headers.get('accept'))
    const incoming = { id, at, method, headers, path: METRICS, located: {} }
    const admitted = await admit({ ...incoming, url: new URL(url), remote: '', secure: false })
    if (E.isLeft(admitted)) return admitted.left
    const principal = admitted.right
    if (principal === NOBODY) return unauthenticated('The metrics need the token of a viewer.')
    const whole = principal.tenants === '*' && principal.providers === undefined
    return whole && roleOf(principal) !== undefined
      ? expose(headers.get('accept'))
      : trouble('forbidden', 'The metrics need a viewer of all providers and all tenants.')
  }
