import type { Distribution, Family } from './meter.ts'
import type { Reply } from './reply.ts'

/**
 * Writes families for Prometheus, in OpenMetrics where the `Accept` header likes it at least as much, else in the older
 * text format.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 * @see https://prometheus.io/docs/specs/om/open_metrics_spec/
 */
export const expose = (families: ReadonlyArray<Family>, accept: string | null): Reply => {
  const open = prefersOpenMetrics(accept ?? '')
  const body = families.map((family) => (open ? openMetrics(family) : plain(family))).join('')
  return {
    status: 200,
    headers: {
      'content-type': open
        ? 'application/openmetrics-text; version=1.0.0; charset=utf-8'
        : 'text/plain; version=0.0.4; charset=utf-8',
      'cache-control': 'no-store',
      vary: 'accept',
    },
    body: open ? `${body}# EOF\n` : body,
  }
}

// -- internals

const prefersOpenMetrics = (accept: string): boolean => {
  const weights = new Map<string, number>()
  for (const range of accept.split(',')) {
    const [type = '', ...params] = range.split(';').map((part) => part.trim().toLowerCase())
    const weight = params.find((param) => param.startsWith('q='))
    const quality = weight === undefined ? 1 : Number(weight.slice('q='.length))
    weights.set(type, Math.max(weights.get(type) ?? 0, Number.isNaN(quality) ? 0 : quality))
  }
  const open = weights.get('application/openmetrics-text') ?? 0
  const text = weights.get('text/plain') ?? weights.get('text/*') ?? weights.get('*/*') ?? 0
  return open > 0 && open >= text
}

const plain = (family: Family): string =>
  head(family.name, family) + lines(family, family.name, String)

// There the name of a counter has no suffix but on its samples, and a bound is always spelled as a float.
const openMetrics = (family: Family): string => {
  const name = family.type === 'counter' ? family.name.replace(/_total$/, '') : family.name
  return head(name, family) + lines(family, family.name, float)
}

const head = (name: string, { help, type }: Family): string =>
  `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n# TYPE ${name} ${type}\n`

const lines = (family: Family, name: string, bound: (value: number) => string): string =>
  family.type === 'histogram'
    ? family.samples.map((sample) => distribution(name, sample, family.bounds.map(bound))).join('')
    : family.samples.map(({ labels, value }) => line(name, labels, value)).join('')

const distribution = (
  name: string,
  { labels, counts, sum }: Distribution & { readonly labels: Readonly<Record<string, string>> },
  bounds: ReadonlyArray<string>,
): string => {
  let count = 0
  const buckets = [...bounds, '+Inf'].map((le, index) => {
    count += counts[index] ?? 0
    return line(`${name}_bucket`, { ...labels, le }, count)
  })
  return `${buckets.join('')}${line(`${name}_sum`, labels, sum)}${line(`${name}_count`, labels, count)}`
}

const line = (name: string, labels: Readonly<Record<string, string>>, value: number): string => {
  const spelled = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`)
  return `${name}${spelled.length === 0 ? '' : `{${spelled.join(',')}}`} ${numeral(value)}\n`
}

const escaped = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')

const numeral = (value: number): string => {
  if (Number.isNaN(value)) return 'NaN'
  return Number.isFinite(value) ? String(value) : value > 0 ? '+Inf' : '-Inf'
}

const float = (value: number): string => (Number.isInteger(value) ? `${value}.0` : String(value))
