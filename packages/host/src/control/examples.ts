import type { RouteExamples } from '../route.ts'

/** What the description of the control plane shows of its routes, by their names: one story of a shop and its work. */
export const EXAMPLES: Readonly<Record<string, RouteExamples>> = (() => {
  const href = '/_signalbox/v1/services/acme/t-1/shop'
  const ref = { provider: 'acme', tenant: 't-1', id: 'shop' }
  const cause = '01a20147-2063-7000-a281-c7b37f540ffb'
  const createdAt = '2030-01-31T12:00:00.000Z'
  const changedAt = '2030-01-31T12:30:00.000Z'
  const native = [{ name: 'showShop', method: 'GET', path: '/shops/shop' }]
  const summary = {
    ...ref,
    lifecycle: 'acme/shop',
    status: 'open',
    canonical: 'active',
    labels: { region: 'north' },
    revision: 2,
    createdAt,
    changedAt,
    deadlines: [{ name: 'lease', words: 'The lease ends', dueAt: '2030-02-28T12:00:00.000Z' }],
    href,
  }
  const effect = {
    id: `${cause}.0`,
    provider: 'acme',
    tenant: 't-1',
    service: 'shop',
    lifecycle: 'acme/shop',
    type: 'shutters.close',
    lane: 'main',
    generation: 1,
    state: 'parked',
    attempts: 12,
    askedAt: changedAt,
    nextAttemptAt: null,
    lastError: 'hooks.example answered 503',
    href: `/_signalbox/v1/effects/${cause}.0`,
  }
  const line = {
    id: `${cause}.0`,
    at: changedAt,
    kind: 'command',
    type: 'shop.close',
    outcome: 'moved',
    from: 'open',
    to: 'closing',
    revision: 3,
    generation: 1,
    actor: { id: 'signalbox/olga', roles: ['operator'] },
    request: '01a20147-2060-7000-84df-f67700b7f2ee',
    effects: [`${cause}.0`],
  }
  const sent = {
    ...ref,
    status: 'closing',
    canonical: 'updating',
    revision: 3,
    changedAt,
    href,
    operation: { id: cause, href: `/_signalbox/v1/operations/${cause}` },
  }
  const provider = {
    name: 'acme',
    version: '1.4.0',
    ready: true,
    contract: 1,
    href: '/_signalbox/v1/providers/acme',
  }
  const token = {
    id: '01a20147-1a4a-7000-bfc4-59d6e6755a1a',
    name: 'deploys',
    roles: ['operator'],
    providers: ['acme'],
    tenants: '*',
    createdAt,
    createdBy: 'signalbox/ada',
    expiresAt: null,
    href: '/_signalbox/v1/tokens/01a20147-1a4a-7000-bfc4-59d6e6755a1a',
  }
  const event = {
    specversion: '1.0',
    id: line.id,
    source: href,
    type: 'signalbox.command.shop.close',
    subject: 'acme/t-1/shop',
    time: changedAt,
    datacontenttype: 'application/json',
    sequence: '7',
    data: { provider: 'acme', tenant: 't-1', service: 'shop', ...line },
  }
  const subscription = {
    id: cause,
    url: 'https://hooks.example/events',
    filter: { provider: 'acme' },
    state: 'running',
    after: '7',
    attempts: 0,
    nextAttemptAt: null,
    lastError: null,
    createdAt,
    createdBy: 'signalbox/adam',
    href: `/_signalbox/v1/subscriptions/${cause}`,
  }
  return {
    listProviders: { responses: { 200: { items: [provider] } } },
    showProvider: {
      responses: {
        200: {
          ...provider,
          lifecycles: [
            {
              name: 'acme/shop',
              version: 1,
              creation: 'shop.open',
              statuses: [{ status: 'open', canonical: 'active' }],
              commands: [
                {
                  type: 'shop.close',
                  words: 'Close the shop',
                  payload: { type: 'object', properties: {} },
                  routes: [{ name: 'closeShop', method: 'POST', path: '/shops/:shop/close' }],
                },
              ],
              reports: [
                {
                  type: 'shutters.closed',
                  words: 'It is closed',
                  payload: { type: 'object', properties: {} },
                },
              ],
              effects: [{ type: 'shutters.close', words: 'Close it', lane: 'main', driven: true }],
              deadlines: [{ name: 'lease', words: 'The lease ends' }],
              guards: [{ name: 'isPaid', words: 'Only what is paid for is opened.' }],
              diagrams: {
                mermaid: '/_signalbox/v1/providers/acme/lifecycles/shop/diagram.mmd',
                svg: '/_signalbox/v1/providers/acme/lifecycles/shop/diagram.svg',
              },
            },
          ],
        },
      },
    },
    drawLifecycle: { responses: { 200: 'stateDiagram-v2\n  [*] --> open\n  open --> closed\n' } },
    pictureLifecycle: {
      responses: {
        200: '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="20"><text y="15">open</text></svg>',
      },
    },
    listServices: { responses: { 200: { items: [summary], next: null } } },
    showService: {
      responses: {
        200: {
          ...summary,
          effects: [],
          native,
          links: { self: href, provider: provider.href },
        },
      },
    },
    listActions: {
      responses: {
        200: {
          status: 'open',
          items: [
            {
              type: 'shop.close',
              words: 'Close the shop',
              allowed: true,
              payload: { type: 'object', properties: {} },
              example: { type: 'shop.close' },
              reasons: [],
              here: true,
              native,
            },
          ],
        },
      },
    },
    findPath: {
      responses: {
        200: {
          from: 'open',
          to: 'closed',
          steps: [
            { kind: 'command', name: 'shop.close', words: 'Close the shop', status: 'closing' },
            { kind: 'report', name: 'shutters.closed', words: 'It is closed', status: 'closed' },
          ],
        },
      },
    },
    sendCommand: {
      body: { type: 'shop.close' },
      responses: {
        200: { ...sent, status: 'closed', canonical: 'suspended', operation: null },
        202: sent,
      },
    },
    sendMany: {
      body: { command: { type: 'shop.close' }, services: [ref] },
      responses: { 200: [{ ...ref, status: 202, body: sent }] },
    },
    showOperation: {
      responses: {
        200: {
          id: cause,
          service: href,
          state: 'running',
          parts: [
            {
              effect: effect.id,
              type: effect.type,
              state: 'leased',
              attempts: 0,
              lastError: null,
              href: effect.href,
            },
          ],
          usable: true,
          repeatable: true,
        },
      },
    },
    showHistory: { responses: { 200: { items: [line], next: null } } },
    listEvents: { responses: { 200: { items: [event], next: '7', more: false } } },
    streamEvents: { responses: { 200: `id: 7\ndata: ${JSON.stringify(event)}\n\n` } },
    listEffects: { responses: { 200: { items: [effect], next: null } } },
    showEffect: { responses: { 200: { ...effect, params: { until: createdAt } } } },
    retryEffect: {
      responses: { 200: { ...effect, state: 'pending', attempts: 0, nextAttemptAt: changedAt } },
    },
    abandonEffect: { responses: { 200: { ...effect, state: 'failed' } } },
    reportEffect: {
      body: { outcome: 'done', effect: effect.id },
      responses: { 200: { effect: effect.id, stale: false } },
    },
    makeToken: {
      body: { name: 'deploys', roles: ['operator'], providers: ['acme'], tenants: '*' },
      responses: { 201: { ...token, token: 'the token, shown this once' } },
    },
    listTokens: { responses: { 200: { items: [token], next: null } } },
    subscribe: {
      body: { url: subscription.url, filter: subscription.filter },
      responses: { 201: { ...subscription, secret: 'the secret, shown this once' } },
    },
    listSubscriptions: { responses: { 200: { items: [subscription], next: null } } },
    showSubscription: {
      responses: {
        200: {
          ...subscription,
          attempts: 3,
          nextAttemptAt: changedAt,
          lastError: 'hooks.example answered 503',
        },
      },
    },
    resumeSubscription: { responses: { 200: subscription } },
  } satisfies Readonly<Record<string, RouteExamples>>
})()
