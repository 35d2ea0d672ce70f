import type { Json } from '@signalbox/core'
import { errorText } from '@signalbox/core/zosconnect'
import type { Status } from '@signalbox/core/zosconnect'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { serviceFailure } from './spi.ts'
import type { ProviderFactory } from './spi.ts'

/**
 * Takes the place of the vendor's own providers: bears their names, keeps a status in memory, and shows its properties. An
 * invoke goes to the driver in the settings of the provider: another provider, registered with the properties said there.
 */
export const standInFactory = (
  providers: ReadonlyArray<string>,
  {
    factoryOf,
    settingsOf,
  }: {
    readonly factoryOf: (provider: string) => ProviderFactory | undefined
    readonly settingsOf: (provider: string) => Json
  },
): ProviderFactory => ({
  providers,
  get rehearses() {
    return providers.every((provider) => {
      const driver = driverIn(settingsOf(provider))
      return driver === undefined || factoryOf(driver.provider)?.rehearses === true
    })
  },
  register: async (archive, host) => {
    const { provider, name, properties } = archive
    const driver = driverIn(host.settings)
    const driving =
      driver &&
      (await factoryOf(driver.provider)?.register(
        {
          ...archive,
          provider: driver.provider,
          properties: { ...properties, ...driver.properties },
        },
        { ...host, settings: settingsOf(driver.provider) },
      ))
    let status: Status = 'started'
    return {
      getProviderName: () => provider,
      getData: () => properties,
      start: () => (status = 'started'),
      stop: () => (status = 'stopped'),
      status: () => status,
      invoke: (request) => {
        if (driving === undefined) throw serviceFailure(errorText('no-driver', { name }), 503)
        return driving.invoke(request)
      },
    }
  },
})

/** The driver in a provider's settings; undefined without one. Throws when it is none. */
export const driverIn = (settings: Json): Driver | undefined => {
  const decoded = t.partial({ driver: Driver }).decode(settings ?? {})
  if (E.isLeft(decoded)) throw new Error('driver: a provider, perhaps with properties, is required')
  return decoded.right.driver
}

// -- internals

const Driver = t.readonly(
  t.exact(
    t.intersection([
      t.type({ provider: t.string }),
      t.partial({ properties: t.record(t.string, t.string) }),
    ]),
  ),
  'Driver',
)
type Driver = t.TypeOf<typeof Driver>
