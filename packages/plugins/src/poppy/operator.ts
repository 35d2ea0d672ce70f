import type { Principal } from '@signalbox/host'

/** The role that may do what only operators may. */
const OPERATOR = 'operator'

/** Tells whether a caller may do what only operators may. */
export const isOperator = ({ roles }: Principal): boolean => roles.includes(OPERATOR)

/** A caller as it may act here: operators act on any project. */
export const ranging = (principal: Principal): Principal =>
  isOperator(principal) ? { ...principal, tenants: '*' } : principal

/** Who acts when nobody asks: seeds, and what one service does to its certificates. */
export const HOUSE: Principal = {
  id: 'signalbox',
  provider: 'poppy',
  tenants: '*',
  roles: [OPERATOR],
}
