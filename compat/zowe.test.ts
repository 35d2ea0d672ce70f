import { deepEqual, equal, match } from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { sar } from './archives.ts'
import { CALLERS, startHost } from './host.ts'
import type { FreshHost } from './host.ts'
import { createZowe } from './zowe.ts'
import type { Zowe } from './zowe.ts'

let host: FreshHost
let zowe: Zowe
before(async () => {
  host = await startHost()
  const { id: user, secret: password } = CALLERS.zosAdmin
  zowe = await createZowe({ address: host.url, user, password })
})
after(async () => {
  zowe?.remove()
  await host.stop()
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

const statusOf = async (kind: string, name: string): Promise<string | undefined> => {
  const { stdout } = await zowe.run(kind, 'info', name)
  return /^status: +(\w+)$/m.exec(stdout)?.[1]
}

describe('the Zowe CLI 6.40.32 with zosconnect-zowe-cli 1.2.1, services', () => {
  it('lists what is configured', async () => {
    const { code, stdout, stderr } = await zowe.run('service', 'list')
    deepEqual([code, stderr], [0, ''])
    match(stdout, /^dateTimeService +Get the date and time from the server +zOSConnect Reference/m)
  })

  it('installs a service, once', async () => {
    const file = await write(
      'placeOrder.sar',
      sar({ name: 'placeOrder', description: 'Place order service' }),
    )
    await says(`service install ${file}`, 'Successfully installed Service placeOrder')
    await complains(
      `service install ${file}`,
      'Unable to install Service, one with the same name is already installed',
    )
    const { stdout } = await zowe.run('service', 'list')
    match(stdout, /^placeOrder +Place order service +CICS-1\.0$/m)
  })

  it('shows it', async () => {
    const { code, stdout } = await zowe.run('service', 'info', 'placeOrder')
    equal(code, 0)
    deepEqual(
      Object.fromEntries(
        stdout.split('\n').map((line) => line.split(/: +/, 2) as [string, string]),
      ),
      {
        name: 'placeOrder',
        description: 'Place order service',
        serviceProvider: 'CICS-1.0',
        invokeUrl: `${host.url}/zosConnect/services/placeOrder?action=invoke`,
        status: 'Started',
      },
    )
  })

  it('stops and starts it', async () => {
    await says('service stop placeOrder', 'Successfully stopped Service placeOrder')
    equal(await statusOf('service', 'placeOrder'), 'Stopped')
    await says('service start placeOrder', 'Successfully started Service placeOrder')
    equal(await statusOf('service', 'placeOrder'), 'Started')
  })

  it('updates it', async () => {
    const second = await write('second.sar', sar({ name: 'placeOrder', description: 'Second' }))
    await says(`service update placeOrder ${second}`, 'Successfully updated Service placeOrder')
    match((await zowe.run('service', 'info', 'placeOrder')).stdout, /^description: +Second$/m)
    const other = await write('other.sar', sar({ name: 'other' }))
    await complains(
      `service update placeOrder ${other}`,
      'Unable to update Service, it conflicts with an existing Service',
    )
    const broken = await write('broken.sar', Buffer.from('no archive'))
    await complains(`service update placeOrder ${broken}`, 'Invalid SAR file specified')
    await says('service start placeOrder', 'Successfully started Service placeOrder')
  })

  it('may delete it when it is stopped, or by force', async () => {
    await complains('service delete placeOrder', 'Service placeOrder is started.')
    await says('service stop placeOrder', 'Successfully stopped Service placeOrder')
    await says('service delete placeOrder', 'Successfully deleted Service placeOrder')
    await complains('service info placeOrder', 'Service placeOrder is not installed.')
    await says('service install placeOrder.sar', 'Successfully installed Service placeOrder')
    await says('service delete placeOrder -f', 'Successfully deleted Service placeOrder')
    for (const command of ['info', 'start', 'stop', 'delete'])
      await complains(`service ${command} placeOrder`, 'Service placeOrder is not installed.')
  })

  it('says what was wrong with an archive', async () => {
    const invalid = 'Unable to install Service, invalid SAR file specified'
    await complains('service install broken.sar', invalid)
    const foreign = await write('foreign.sar', sar({ name: 'x', provider: 'Nope-1.0' }))
    await complains(
      `service install ${foreign}`,
      'Unable to install Service, the server does not support the type of service',
    )
  })

  it('says when somebody may not', async () => {
    const { id, secret } = CALLERS.zosReader
    const reader = `--user ${id} --password ${secret}`
    await complains(
      `service stop dateTimeService ${reader}`,
      'Security error occurred when trying to stop the Service',
    )
    await complains(
      `service install placeOrder.sar ${reader}`,
      'Security error, Service was not installed',
    )
    await complains(
      `service list --user ${id} --password wrong`,
      'Security error, unable to display Services',
    )
  })
})
