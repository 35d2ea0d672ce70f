import { writeFile } from 'node:fs/promises'
import * as E from 'fp-ts/lib/Either.js'
import type { Context, Ending } from './context.ts'
import { trouble } from './failure.ts'
import { ProviderView } from './views.ts'

/** Draws a lifecycle, named `provider` when it has one only, or `provider/noun`. */
export const diagram = async (
  { client, terminal }: Omit<Context, 'json'>,
  named: string,
  { format, out }: { readonly format: string; readonly out?: string },
): Ending => {
  const [provider = '', noun] = named.split('/')
  const shown = await client.ask(ProviderView, `/providers/${encodeURIComponent(provider)}`)
  if (E.isLeft(shown)) return shown
  const { lifecycles } = shown.right.value
  const found = lifecycles.filter(
    ({ name }) => noun === undefined || name === `${provider}/${noun}`,
  )
  const [lifecycle, ...others] = found
  const names = lifecycles.map(({ name }) => name).join(', ')
  if (lifecycle === undefined)
    return E.left(trouble('absent', `${named} is no lifecycle: there are ${names}`))
  if (others.length > 0) return E.left(trouble('usage', `name one of ${names}`))
  const href = lifecycle.diagrams[format]
  if (href === undefined) return E.left(trouble('failed', `${client.name} draws no ${format}`))
  const drawn = await client.text(href.replace(/^\/_signalbox\/v1/, ''))
  if (E.isLeft(drawn)) return drawn
  if (out === undefined) {
    terminal.print(drawn.right.endsWith('\n') ? drawn.right : `${drawn.right}\n`)
    return E.right(undefined)
  }
  try {
    await writeFile(out, drawn.right)
    return E.right(undefined)
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown)
    return E.left(trouble('failed', `${out}: ${why}`))
  }
}
