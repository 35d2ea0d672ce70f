import { roleOf } from './control/role.ts'
import type { Credentials } from './principal.ts'
import { problem } from './problem.ts'
import type { Reply } from './reply.ts'

/** Where the metrics are read. */
export const METRICS = '/metrics'

/**
 * Who may read them: principals of the control plane who may see every provider and every tenant, anyone who can reach the
 * host, or nobody there.
 */
export type MetricsAccess = 'viewers' | 'anyone' | 'nobody'

/** Makes the answer to who asks for the metrics; they tell of all services, so that whoever sees only some sees none of it. */
export const createMetricsReply =
  ({
    expose,
    credentials,
    open,
  }: {
    readonly expose: (accept: string | null) => Promise<Reply>
    readonly credentials: Credentials
    readonly open: boolean
  }): ((headers: Headers) => Promise<Reply>) =>
  async (headers) => {
    if (open) return expose(headers.get('accept'))
    const [, token] = BEARER.exec(headers.get('authorization') ?? '') ?? []
    const principal = token === undefined ? undefined : await credentials.bySecret(token)
    if (principal === undefined) return UNAUTHENTICATED
    const whole = principal.tenants === '*' && principal.providers === undefined
    return whole && roleOf(principal) !== undefined ? expose(headers.get('accept')) : FORBIDDEN
  }

// -- internals

const BEARER = /^bearer +(\S.*)$/i

const UNAUTHENTICATED = problem(401, 'Unauthorized', {
  detail: 'The metrics need the token of a viewer.',
  headers: { 'www-authenticate': 'Bearer realm="signalbox"' },
})

const FORBIDDEN = problem(403, 'Forbidden', {
  detail: 'The metrics need a viewer of all providers and all tenants.',
})
