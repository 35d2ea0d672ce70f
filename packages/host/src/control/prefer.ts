/** Tells whether a request prefers not to wait for work. What else it prefers is ignored here. @see https://www.rfc-editor.org/rfc/rfc7240 */
export const prefersAsync = (headers: Headers): boolean =>
  (headers.get('prefer') ?? '')
    .split(',')
    .some((preference) => preference.split(';', 1)[0]?.trim().toLowerCase() === 'respond-async')
