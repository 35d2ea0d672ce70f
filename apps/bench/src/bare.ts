import { serve } from '@hono/node-server'
import { Hono } from 'hono'

// The same requests on a route of nothing but the framework: parsed, and answered with the same bytes.

const [port = '0', keepAliveMs = '0', headers = '{}', body = '{}'] = process.argv.slice(2)
const STATUS_HEADERS: Record<string, string> = JSON.parse(headers)

const app = new Hono()
app.post('/v1.0/:project/admin/services/status', async (c) => {
  await c.req.json()
  return c.body(null, 201, STATUS_HEADERS)
})
app.get('/v1.0/:project/services/:id', (c) => c.json(JSON.parse(body)))

serve({
  fetch: app.fetch,
  hostname: '127.0.0.1',
  port: Number(port),
  serverOptions: { keepAliveTimeout: Number(keepAliveMs) },
})
