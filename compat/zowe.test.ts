import { deepEqual, equal, match } from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { aar, ara, sar } from './archives.ts'
import type { Content } from './archives.ts'
import { CALLERS } from './configuration.ts'
import { startHost } from './host.ts'
import type { FreshHost } from './host.ts'
import { createZowe } from './zowe.ts'
import type { Zowe } from './zowe.ts'

let host: FreshHost
let zowe: Zowe
before(async () => {
  host = await startHost()
  const { id: user, secret: password } = CALLERS.zosAdmin
  zowe = await createZowe({ address: host.url, user, password })
  await write('broken', Buffer.from('no archive'))
})
after(async () => {
  zowe?.remove()
  await host?.stop()
})

const says = async (command: string, text: string): Promise<void> => {
  const { code, stdout, stderr } = await zowe.run(...command.split(' '))
  deepEqual({ code, stdout, stderr }, { code: 0, stdout: text, stderr: '' })
}

/** The command complains, and ends with 0 all the same. */
const complains = async (command: string, text: string): Promise<void> => {
  const { code, stdout, stderr } = await zowe.run(...command.split(' '))
  deepEqual({ code, stdout, stderr }, { code: 0, stdout: '', stderr: text })
}

const write = async (name: string, bytes: Buffer): Promise<string> => {
  await writeFile(join(zowe.folder, name), bytes)
  return name
}

const infoOf = async (group: string, name: string): Promise<object> => {
  const { code, stdout, stderr } = await zowe.run(group, 'info', name)
  deepEqual([code, stderr], [0, ''])
  return Object.fromEntries(
    stdout.split('\n').map((line) => line.split(/:(?: +|$)/, 2) as [string, string]),
  )
}

const statusOf = async (group: string, name: string): Promise<unknown> =>
  ((await infoOf(group, name)) as { readonly status?: string }).status

const reader = (secret: string = CALLERS.zosReader.secret): string =>
  `--user ${CALLERS.zosReader.id} --password ${secret}`

interface Group {
  readonly group: string
  /** What messages call one, and what they call its archive. */
  readonly one: string
  readonly archive: string
  readonly make: (content: Content) => Buffer
  /** What an installed one called `order` is listed and shown as. */
  readonly listed: RegExp
  readonly shown: () => object
  /** Where the client's own messages differ from those of the other groups. */
  readonly updated?: string
  readonly notInstalled?: string
}

const GROUPS: ReadonlyArray<Group> = [
  {
    group: 'service',
    one: 'Service',
    archive: 'SAR',
    make: sar,
    listed: /^order +First +CICS-1\.0$/m,
    shown: () => ({
      name: 'order',
      description: 'First',
      serviceProvider: 'CICS-1.0',
      invokeUrl: `${host.url}/zosConnect/services/order?action=invoke`,
      status: 'Started',
    }),
  },
  {
    group: 'api',
    one: 'API',
    archive: 'AAR',
    make: aar,
    listed: /^order +1\.0\.0 +First$/m,
    shown: () => ({
      name: 'order',
      version: '1.0.0',
      description: 'First',
      services: '',
      '  - placeOrder': undefined,
      status: 'Started',
    }),
  },
  {
    group: 'apirequester',
    one: 'API Requester',
    archive: 'ARA',
    make: ara,
    listed: /^order +1\.0\.0 +First$/m,
    shown: () => ({
      name: 'order',
      version: '1.0.0',
      description: 'First',
      connection: 'conn',
      status: 'Started',
    }),
    updated: 'Successfully updated API Requesterorder',
    notInstalled: 'Security error, API Requster was not installed',
  },
]

for (const { group, one, archive, make, listed, shown, ...own } of GROUPS)
  describe(`the Zowe CLI 6.40.32 with zosconnect-zowe-cli 1.2.1, ${group}`, () => {
    const file = `${group}-order`

    it('installs one, once, and lists it', async () => {
      await write(file, make({ name: 'order', description: 'First' }))
      await says(`${group} install ${file}`, `Successfully installed ${one} order`)
      await complains(
        `${group} install ${file}`,
        `Unable to install ${one}, one with the same name is already installed`,
      )
      match((await zowe.run(group, 'list')).stdout, listed)
    })

    it('shows it', async () => {
      deepEqual(await infoOf(group, 'order'), shown())
    })

    it('stops and starts it', async () => {
      await says(`${group} stop order`, `Successfully stopped ${one} order`)
      equal(await statusOf(group, 'order'), 'Stopped')
      await says(`${group} start order`, `Successfully started ${one} order`)
      equal(await statusOf(group, 'order'), 'Started')
    })

    it('updates it', async () => {
      const second = await write(`${group}-2`, make({ name: 'order', description: 'Second' }))
      const updated = own.updated ?? `Successfully updated ${one} order`
      await says(`${group} update order ${second}`, updated)
      deepEqual(await infoOf(group, 'order'), { ...shown(), description: 'Second' })
      const other = await write(`${group}-other`, make({ name: 'other' }))
      await complains(
        `${group} update order ${other}`,
        `Unable to update ${one}, it conflicts with an existing ${one}`,
      )
      await complains(`${group} update order broken`, `Invalid ${archive} file specified`)
      await says(`${group} start order`, `Successfully started ${one} order`)
    })

    it('deletes it when it is stopped, or by force', async () => {
      await complains(`${group} delete order`, `${one} order is started.`)
      await says(`${group} stop order`, `Successfully stopped ${one} order`)
      await says(`${group} delete order`, `Successfully deleted ${one} order`)
      await says(`${group} install ${file}`, `Successfully installed ${one} order`)
      await says(`${group} delete order -f`, `Successfully deleted ${one} order`)
      for (const command of ['info', 'start', 'stop', 'delete'])
        await complains(`${group} ${command} order`, `${one} order is not installed.`)
    })

    it('says what was wrong with an archive', async () => {
      await complains(
        `${group} install broken`,
        `Unable to install ${one}, invalid ${archive} file specified`,
      )
    })

    it('says when somebody may not', async () => {
      const notInstalled = own.notInstalled ?? `Security error, ${one} was not installed`
      await complains(`${group} install ${file} ${reader()}`, notInstalled)
      await says(`${group} install ${file}`, `Successfully installed ${one} order`)
      await complains(
        `${group} stop order ${reader()}`,
        `Security error occurred when trying to stop the ${one}`,
      )
      await complains(
        `${group} list ${reader('wrong')}`,
        `Security error, unable to display ${one}s`,
      )
      await says(`${group} delete order -f`, `Successfully deleted ${one} order`)
    })
  })

describe('the Zowe CLI 6.40.32 with zosconnect-zowe-cli 1.2.1', () => {
  it('says that a service is of no type the server knows', async () => {
    const foreign = await write('foreign', sar({ name: 'x', provider: 'Nope-1.0' }))
    await complains(
      `service install ${foreign}`,
      'Unable to install Service, the server does not support the type of service',
    )
  })

  it('says that there is nothing to list', async () => {
    await says('api list', 'No APIs Installed')
    await says('apirequester list', 'No API Requesters installed.')
  })
})
