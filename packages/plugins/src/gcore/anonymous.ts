import type { Principal } from '@signalbox/host'
import { PROVIDER } from './provider.ts'

/** Whoever calls an open route. */
export const anonymous: Principal = { id: '', provider: PROVIDER, tenants: [], roles: [] }

/** Tells whether nobody in particular calls. */
export const isAnonymous = ({ id }: Principal): boolean => id === ''
