import { serviceFailure } from '../index.ts'
import type { ProviderFactory } from '../index.ts'

/** Serves every archive whose manifest says `provider: "greeter"`; its property `greeting` is what it says. */
export const greeter: ProviderFactory = {
  providers: ['greeter'],
  register: async ({ name, properties }, host) => {
    const { greeting } = properties
    if (greeting === undefined) throw serviceFailure('greeting: a property is required', 400)
    let open = true
    let greeted = 0
    host.log(`${name} greets with ${greeting}`)
    return {
      getProviderName: () => 'Greeter',
      getData: () => ({ greeting }),
      getStatistics: () => ({ greeted }),
      start: () => {
        open = true
      },
      // Requests that run are left alone: the host admits no others.
      stop: () => {
        open = false
      },
      status: () => (open ? 'started' : 'stopped'),
      invoke: ({ payload, principal }) => {
        const who = payload?.['name'] ?? principal?.id
        if (typeof who !== 'string') throw serviceFailure('Whom shall I greet?', 422)
        greeted += 1
        return { body: { text: `${greeting}, ${who}!` } }
      },
    }
  },
}
