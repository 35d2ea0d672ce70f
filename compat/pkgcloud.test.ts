import { deepEqual, equal, match, rejects } from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { CALLERS } from './configuration.ts'
import { startHost } from './host.ts'
import type { FreshHost } from './host.ts'
import { createCdn } from './pkgcloud.ts'
import type { Cdn, Details, Kind, Model } from './pkgcloud.ts'

const { poppyOperator, poppyTenant } = CALLERS
const { project } = poppyTenant

let host: FreshHost
before(async () => {
  host = await startHost()
})
after(() => host?.stop())

/** What pkgcloud fails with when the server has refused. */
const refused =
  (statusCode: number, message?: string) =>
  (thrown: unknown): boolean => {
    const { statusCode: actual, result } = thrown as {
      readonly statusCode?: number
      readonly result?: unknown
    }
    equal(actual, statusCode)
    if (message !== undefined) deepEqual(result, { message })
    return true
  }

const until = async (cdn: Cdn, { id }: Model, status: string): Promise<Model> => {
  for (const deadline = Date.now() + 20_000; ; await sleep(50)) {
    const service = await cdn.getService(id)
    if (service.status === status) return service
    if (Date.now() > deadline) throw new Error(`${id} stays ${service.status}, not ${status}`)
  }
}

const untilGone = async (cdn: Cdn, { id }: Model): Promise<void> => {
  for (const deadline = Date.now() + 20_000; ; await sleep(50)) {
    try {
      const { status } = await cdn.getService(id)
      equal(status, 'delete_in_progress')
    } catch (thrown) {
      refused(404, `service ${id} could not be found`)(thrown)
      return
    }
    if (Date.now() > deadline) throw new Error(`${id} stays`)
  }
}

for (const kind of ['rackspace', 'openstack'] as const) {
  const site = (name: string): Details => ({
    name,
    domains: [{ domain: `www.${name}-${kind}.com` }],
    origins: [{ origin: `origin.${name}-${kind}.com` }],
    flavorId: 'cdn',
  })

  describe(`pkgcloud 2.2.0, ${kind}`, () => {
    let cdn: Cdn
    let shop: Model
    before(() => {
      cdn = tenant(kind)
    })

    it('logs in, and finds the CDN in the catalogue', async () => {
      await cdn.auth()
      equal(cdn.homeUrl(), `${host.url}/v1.0/${project}/`)
    })

    it('finds it by a region, and by the name of a project', async () => {
      for (const more of [{ region: 'DFW' }, { project }]) {
        const other = tenant(kind, more)
        await other.getPing()
        equal(other.homeUrl(), `${host.url}/v1.0/${project}/`)
      }
      await rejects(tenant(kind, { region: 'NOWHERE' }).getPing(), /endpoint/)
    })

    it('is not let in with a wrong secret, or to the project of somebody else', async () => {
      await rejects(tenant(kind, { secret: 'wrong' }).getPing(), refused(401))
      await rejects(tenant(kind, { project: 'beta-1' }).getPing(), refused(401))
    })

    it('reads the home document, pings, and reads flavors', async () => {
      const { resources } = await cdn.getHomeDocument()
      deepEqual(Object.keys(resources).toSorted(), [
        'rel/flavors',
        'rel/health',
        'rel/ping',
        'rel/services',
      ])
      await cdn.getPing()
      deepEqual(
        (await cdn.getFlavors()).map(({ id }) => id),
        ['cdn'],
      )
      equal((await cdn.getFlavor('cdn')).id, 'cdn')
      await rejects(cdn.getFlavor('zinc'), refused(404))
    })

    it('creates a service, and polls until it is deployed', async () => {
      const created = await cdn.createService(site('shop'))
      equal(created.status, 'create_in_progress')
      shop = await until(cdn, created, 'deployed')
      deepEqual([shop.name, shop.flavorId, shop.errors], ['shop', 'cdn', []])
      deepEqual(shop.domains, [{ domain: `www.shop-${kind}.com`, protocol: 'http' }])
      match(shop.links.find(({ rel }) => rel === 'access_url')?.href ?? '', /^www\.shop-/)
      await rejects(
        cdn.createService(site('shop')),
        refused(400, `Domain www.shop-${kind}.com has already been taken`),
      )
    })

    it('lists page by page', async () => {
      const more = await Promise.all(['blog', 'docs'].map((name) => cdn.createService(site(name))))
      const ids = [shop, ...more].map(({ id }) => id).toSorted()
      const first = await cdn.getServices({ limit: 2 })
      const second = await cdn.getServices({ limit: 2, marker: first.at(-1)?.id ?? '' })
      deepEqual(
        [first, second].map((page) => page.map(({ id }) => id)),
        [ids.slice(0, 2), ids.slice(2)],
      )
      deepEqual(
        (await cdn.getServices()).map(({ id }) => id),
        ids,
      )
      await rejects(cdn.getServices({ limit: 21 }), refused(400))
      for (const service of more) {
        await until(cdn, service, 'deployed')
        await cdn.deleteService(service)
        await untilGone(cdn, service)
      }
    })

    it('patches a service', async () => {
      await cdn.request({
        method: 'PATCH',
        path: `/services/${shop.id}`,
        body: [
          { op: 'replace', path: '/name', value: 'renamed' },
          { op: 'add', path: '/domains/-', value: { domain: `img.shop-${kind}.com` } },
        ],
      })
      const changed = await cdn.getService(shop.id)
      deepEqual([changed.name, changed.status], ['renamed', 'update_in_progress'])
      shop = await until(cdn, shop, 'deployed')
      deepEqual(
        shop.domains.map(({ domain }) => domain),
        [`www.shop-${kind}.com`, `img.shop-${kind}.com`],
      )
      equal(shop.links.filter(({ rel }) => rel === 'access_url').length, 2)
    })

    it('sends a patch of itself when it updates, which is refused: its own fault', async () => {
      const service = await cdn.getService(shop.id)
      service.name = 'other'
      await rejects(cdn.updateService(service), refused(400))
      deepEqual(await identity(cdn, shop), ['renamed', 'deployed'])
    })

    it('purges one address, and all of them', async () => {
      await cdn.deleteServiceCachedAssets(shop, '/pictures/a.png')
      await cdn.deleteServiceCachedAssets(shop, null)
      deepEqual(await identity(cdn, shop), ['renamed', 'deployed'])
    })

    it('is overruled by an operator, who says failed and then deployed', async () => {
      const operator = createCdn(kind, {
        url: host.url,
        user: poppyOperator.id,
        secret: poppyOperator.secret,
        project,
      })
      for (const status of ['failed', 'deployed']) {
        const override = {
          method: 'POST',
          path: '/admin/services/status',
          body: { project_id: project, service_id: shop.id, status },
        }
        await rejects(cdn.request(override), refused(403))
        await operator.request(override)
        deepEqual(await identity(cdn, shop), ['renamed', status])
      }
    })

    it('deletes the service, which then is gone', async () => {
      await cdn.deleteService(shop)
      await untilGone(cdn, shop)
      deepEqual(await cdn.getServices(), [])
      await rejects(cdn.deleteService(shop), refused(404, `No service found: ${shop.id}`))
    })

    it('has logged in once for all that', () => {
      equal(cdn.logins(), 1)
    })
  })
}

// -- internals

const tenant = (
  kind: Kind,
  more: { readonly secret?: string; readonly project?: string; readonly region?: string } = {},
): Cdn =>
  createCdn(kind, { url: host.url, user: poppyTenant.id, secret: poppyTenant.secret, ...more })

const identity = async (cdn: Cdn, { id }: Model): Promise<ReadonlyArray<string>> => {
  const { name, status } = await cdn.getService(id)
  return [name, status]
}
