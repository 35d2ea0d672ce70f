/** Where the metrics are read. */
export const METRICS = '/metrics'
