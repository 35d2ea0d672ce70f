/** The version of this package, which is that of each of its plugins. */
export const VERSION = '0.1.0'
