// Suspends a service of each provider and resumes it: node suspend-and-resume.mjs http://127.0.0.1:8080 <token>
const [origin, token] = process.argv.slice(2)

const call = async (path, body) => {
  const response = await fetch(new URL(path, `${origin}/_signalbox/v1/`), {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return { ok: response.ok, value: await response.json() }
}

// Asks for the shortest way to a status of this meaning, and goes it: commands are sent, and their work is waited for.
const move = async (service, meaning) => {
  const { value: provider } = await call(`providers/${service.provider}`)
  const { statuses } = provider.lifecycles.find(({ name }) => name === service.lifecycle)
  const wanted = statuses.filter(({ canonical }) => canonical === meaning)
  const asked = wanted.map(({ status }) => call(`${service.href}/path?to=${status}`))
  const ways = (await Promise.all(asked)).map(({ value }) => value.steps ?? [])
  const way = ways.find(([first]) => first?.kind === 'command')
  if (way === undefined) throw new Error(`nothing leads from ${service.status} to ${meaning}`)
  for (const { example } of way.filter(({ kind }) => kind === 'command')) {
    const { ok, value } = await call(`${service.href}/commands`, example)
    if (!ok) throw new Error(value.detail)
    if (value.operation !== null) await call(`${value.operation.href}?wait=30`)
  }
  const { value: now } = await call(service.href)
  console.log(`${service.provider} ${service.id}: ${now.status}, which is ${now.canonical}`)
}

const { value: providers } = await call('providers')
for (const { name } of providers.items) {
  const { value: services } = await call(`services?provider=${name}`)
  const service = services.items.find(({ canonical }) => canonical === 'active')
  for (const meaning of ['suspended', 'active']) await move(service, meaning)
}
