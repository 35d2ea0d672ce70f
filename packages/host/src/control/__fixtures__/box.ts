import type { HostOptions, Principal } from '../../index.ts'
import type { Store } from '@signalbox/core/store'
import type { VirtualClock } from '../../clock.ts'
import { openHouse, SECRET } from '../../__fixtures__/house.ts'
import type { Answer, House } from '../../__fixtures__/house.ts'

/** A house whose control plane is asked; paths are below its mount, and `as` is the id of who asks. */
export interface Box extends House {
  readonly control: (
    line: string,
    options?: {
      readonly as?: string | null
      readonly body?: unknown
      readonly headers?: Record<string, string>
    },
  ) => Promise<Answer>
}

/** Principals of the control plane; the secret of each is `<id>-secret`. */
const BOXERS: ReadonlyArray<Principal> = [
  { id: 'vera', provider: 'signalbox', tenants: '*', roles: ['viewer'] },
  { id: 'olga', provider: 'signalbox', tenants: '*', roles: ['operator'] },
  { id: 'adam', provider: 'signalbox', tenants: '*', roles: ['admin'] },
  { id: 'elsewhere', provider: 'signalbox', tenants: ['u'], roles: ['admin'] },
  { id: 'narrow', provider: 'signalbox', tenants: ['t'], roles: ['viewer'] },
  { id: 'others', provider: 'signalbox', tenants: '*', roles: ['admin'], providers: ['other'] },
]

/** Opens a house with principals of the control plane. */
export const openBox = async (
  options: Partial<HostOptions> & { readonly store: Store; readonly clock?: VirtualClock },
): Promise<Box> => {
  const house = await openHouse({
    ...options,
    principals: [
      {
        id: 'ann',
        provider: 'demo',
        tenants: '*',
        roles: ['member'],
        verify: async (secret) => secret === SECRET,
      },
      ...BOXERS.map((principal) => ({
        ...principal,
        verify: async (secret: string) => secret === `${principal.id}-secret`,
      })),
    ],
  })
  return {
    ...house,
    control: (line, { as = 'olga', body, headers = {} } = {}) => {
      const [method = 'GET', path = '/'] = line.split(' ')
      return house.ask(`${method} /_signalbox/v1${path}`, body, {
        ...(as !== null && { authorization: `Bearer ${as}-secret` }),
        ...headers,
      })
    },
  }
}
