// A service's status as a machine of XState on Restate: a program of its own, for it needs packages that only this folder has.
import { createServer } from 'node:http'
import { createServer as createHttp2Server } from 'node:http2'
import * as restate from '@restatedev/restate-sdk'
import { xstate } from '@restatedev/xstate'
import { createMachine } from 'xstate'

const [readyPort, port] = process.argv.slice(2).map(Number)

const service = createMachine({
  id: 'service',
  initial: 'deployed',
  states: {
    deployed: { on: { failed: 'failed' } },
    failed: { on: { deployed: 'deployed' } },
  },
})

const endpoint = restate.endpoint().bind(xstate('service', service))
createHttp2Server(endpoint.http2Handler()).listen(port, '127.0.0.1', () => {
  // Restate speaks HTTP/2; who waits for this program to be ready does not.
  createServer((_, response) => response.end()).listen(readyPort, '127.0.0.1')
})
