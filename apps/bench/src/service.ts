/** The tenant of every service of the load. */
export const PROJECT = '110011'

/** The operator's secret in the load's requests. */
export const TOKEN = 'bench-operator-token'

/** The id of the service of that number. */
export const serviceId = (number: number): string =>
  `00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`
