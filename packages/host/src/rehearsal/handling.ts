/** How a request is to be handled: for real, as a rehearsal, or nobody knows, since its `Prefer` names a way that is none. */
export type Handling = 'real' | 'dry-run' | 'unknown'

/**
 * Reads `handling` of `Prefer`. Looking changes nothing anyway, so a read is always real.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7240
 */
export const handlingOf = ({ method, headers }: Pick<Request, 'method' | 'headers'>): Handling => {
  if (!WRITES.has(method)) return 'real'
  const prefer = headers.get('prefer')
  if (prefer === null) return 'real'
  const asked = prefer.split(',').flatMap((preference) => {
    const [named = ''] = preference.split(';', 1)
    const [name = '', value = ''] = named.toLowerCase().replaceAll(/["\s]/g, '').split('=', 2)
    return name === 'handling' ? [value] : []
  })
  if (asked.includes('dry-run')) return 'dry-run'
  return asked.every((value) => REGISTERED.has(value)) ? 'real' : 'unknown'
}

// -- internals

const WRITES: ReadonlySet<string> = new Set(['PUT', 'POST', 'PATCH', 'DELETE'])

// These are about errors in requests, and there is one way here: they are errors.
const REGISTERED: ReadonlySet<string> = new Set(['strict', 'lenient'])
