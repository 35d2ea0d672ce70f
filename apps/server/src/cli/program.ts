import { InvalidArgumentError } from 'commander'
import type { Command } from 'commander'
import * as E from 'fp-ts/lib/Either.js'
import { connect } from './connect.ts'
import type { Connecting } from './connect.ts'
import type { Context, Ending } from './context.ts'
import type { Trouble } from './failure.ts'
import { readServiceName } from './service-name.ts'
import type { Listing } from './list.ts'
import type { Setting } from './set.ts'
import { openTerminal } from './terminal.ts'
import type { ServiceRef } from '@signalbox/core'

/** Runs an action of a command and remembers how it ended. */
export type Perform = (action: Promise<E.Either<Trouble, number>>) => Promise<void>

/** Adds the commands that talk to a host's control plane, or read a store beside it. What they do is loaded when it is done. */
export const addControlCommands = (program: Command, perform: Perform): void => {
  const readers = { store: true }
  connecting(program.command('list'), readers)
    .description('list services')
    .argument('[provider]', 'of this provider only')
    .option('--tenant <tenant>', 'of this tenant only')
    .option('--status <status>', 'in this status, may be repeated', collect)
    .option('--label <name:value>', 'with this label')
    .option('--limit <count>', 'at most so many', atLeastOne, 100)
    .option('--all', 'all of them')
    .option('--after <place>', 'those behind this place')
    .addHelpText(
      'after',
      examples('list poppy --status deployed', 'list --all --json | jq .items[].status'),
    )
    .action((provider: string | undefined, options: ListOptions) =>
      perform(
        within(options, async (context) => {
          const { list } = await import('./list.ts')
          const { tenant, status, label, after, all = false, limit } = options
          const filter: Listing = {
            ...(provider !== undefined && { provider }),
            ...(tenant !== undefined && { tenant }),
            ...(status !== undefined && { status }),
            ...(label !== undefined && { label }),
            ...(after !== undefined && { after }),
            limit: all ? Infinity : limit,
          }
          return list(context, filter)
        }),
      ),
    )
  service(program.command('show'), readers)
    .description('show a service: its status, what is due, what work waits')
    .addHelpText('after', examples('show gcore/3989/21797'))
    .action((name: string, options: ControlOptions) =>
      perform(
        about(name, options, async (context, ref) =>
          (await import('./show.ts')).show(context, ref),
        ),
      ),
    )
  service(program.command('actions'), readers)
    .description('show what can be done with a service now, why not, and how to get there')
    .addHelpText('after', examples('actions gcore/3989/21797'))
    .action((name: string, options: ControlOptions) =>
      perform(
        about(name, options, async (context, ref) =>
          (await import('./actions.ts')).actions(context, ref),
        ),
      ),
    )
  service(program.command('path'), readers)
    .description('show the shortest legal way to a status')
    .argument('<status>', 'the status, in the word of the provider')
    .addHelpText('after', examples('path gcore/3989/21797 paused'))
    .action((name: string, status: string, options: ControlOptions) =>
      perform(
        about(name, options, async (context, ref) =>
          (await import('./path.ts')).path(context, ref, status),
        ),
      ),
    )
  service(program.command('set'))
    .description('send a command, by its name or by the status that it is to lead to')
    .argument('<command|status>', 'as actions and path name them; stop is enough for service.stop')
    .option('--data <json>', 'the members of the command: JSON, @file, or - for standard input')
    .option('--dry-run', 'say what would come of it, and change nothing')
    .option('--if-match <revision>', 'only when the service is at this revision')
    .option('--idempotency-key <key>', 'answer a repetition with the first reply')
    .option('--wait <seconds>', 'wait for the end of the work', wholeSeconds)
    .addHelpText(
      'after',
      examples(
        'set gcore/3989/21797 paused --dry-run',
        'set zosconnect/default/dateTimeService stop --wait 30',
        `set poppy/110011/e8b44506-71b7-4074-9bc8-1b5037ade112 service.setStatus --data '{"status":"failed"}'`,
      ),
    )
    .action((name: string, wanted: string, options: SetOptions) =>
      perform(
        about(name, options, async (context, ref) => {
          const { dryRun = false, ...setting } = options
          return (await import('./set.ts')).set(context, ref, wanted, { ...setting, dryRun })
        }),
      ),
    )
  connecting(program.command('watch'))
    .description('show what happens, as it happens')
    .argument('[service]', 'with this service only: provider/tenant/id')
    .option('--provider <provider>', 'with this provider only')
    .option('--tenant <tenant>', 'with this tenant only')
    .option('--after <place>', 'what is behind this place of the journal first; start for all')
    .option('--limit <count>', 'end after so many events', atLeastOne)
    .addHelpText('after', examples('watch --provider gcore', 'watch --after start --json'))
    .action((name: string | undefined, options: WatchOptions) =>
      perform(
        within(options, async (context) => {
          const { provider, tenant, after, limit = Infinity } = options
          const ref = name === undefined ? E.right(undefined) : readServiceName(name)
          if (E.isLeft(ref)) return ref
          const { watch } = await import('./watch.ts')
          return watch(context, {
            ...(ref.right !== undefined && { ref: ref.right }),
            provider,
            tenant,
            after,
            limit,
          })
        }),
      ),
    )
  service(program.command('history'), readers)
    .description('show what happened to a service: who, when, what, and what was refused')
    .option('--limit <count>', 'at most so many lines', atLeastOne, 100)
    .option('--all', 'all of them')
    .option('--after <place>', 'those behind this place')
    .addHelpText('after', examples('history gcore/3989/21797'))
    .action((name: string, options: HistoryOptions) =>
      perform(
        about(name, options, async (context, ref) => {
          const { after, all = false, limit } = options
          const { history } = await import('./history.ts')
          return history(context, ref, {
            ...(after !== undefined && { after }),
            limit: all ? Infinity : limit,
          })
        }),
      ),
    )
  connecting(program.command('providers'), readers)
    .description('list the providers, or show the lifecycles of one')
    .argument('[provider]')
    .addHelpText('after', examples('providers', 'providers poppy'))
    .action((name: string | undefined, options: ControlOptions) =>
      perform(
        within(options, async (context) =>
          (await import('./providers.ts')).providers(context, name),
        ),
      ),
    )
  connecting(program.command('diagram'), { ...readers, json: false })
    .description('draw a lifecycle')
    .argument('<lifecycle>', 'a provider, or provider/noun where it has several')
    .option('--svg', 'as a picture instead of as Mermaid')
    .option('--out <file>', 'write it there')
    .addHelpText(
      'after',
      examples('diagram gcore', 'diagram zosconnect/service --svg --out service.svg'),
    )
    .action((named: string, options: DiagramOptions) =>
      perform(
        within(options, async (context) => {
          const { svg = false, out } = options
          const { diagram } = await import('./diagram.ts')
          return diagram(context, named, {
            format: svg ? 'svg' : 'mermaid',
            ...(out !== undefined && { out }),
          })
        }),
      ),
    )
  const token = program.command('token').description('make, list and revoke tokens; for admins')
  connecting(token.command('make'))
    .description('make a token and print it, this once')
    .argument('<name>', 'who it is for')
    .requiredOption('--role <role>', 'viewer, operator or admin, may be repeated', collect)
    .option('--provider <provider>', 'for this provider only, may be repeated', collect)
    .option('--tenant <tenant>', 'for this tenant only, may be repeated', collect)
    .option('--until <instant>', 'when it ends, such as 2030-01-31T12:00:00Z')
    .addHelpText('after', examples('token make nightly --role viewer --provider gcore'))
    .action((name: string, options: TokenOptions) =>
      perform(
        within(options, async (context) => {
          const { role: roles, provider: providers, tenant: tenants, until: expiresAt } = options
          return (await import('./token.ts')).makeToken(context, {
            name,
            roles,
            ...(providers !== undefined && { providers }),
            ...(tenants !== undefined && { tenants }),
            ...(expiresAt !== undefined && { expiresAt }),
          })
        }),
      ),
    )
  connecting(token.command('list'))
    .description('list the tokens, without their texts')
    .action((options: ControlOptions) =>
      perform(within(options, async (context) => (await import('./token.ts')).listTokens(context))),
    )
  connecting(token.command('revoke'))
    .description('revoke a token')
    .argument('<id>', 'as list shows it')
    .action((id: string, options: ControlOptions) =>
      perform(
        within(options, async (context) => (await import('./token.ts')).revokeToken(context, id)),
      ),
    )
  program
    .command('export')
    .description('write all that a file of SQLite holds at one moment, as NDJSON')
    .requiredOption('--store <store>', 'sqlite:path; a server may have it open')
    .option('--out <file>', 'write it there, readable by its owner only; it must not exist')
    .addHelpText('after', examples('export --store sqlite:data/signalbox.db --out box.ndjson'))
    .action(({ store, out }: { readonly store: string; readonly out?: string }) =>
      perform(ended(import('./export.ts').then(({ exportStore }) => exportStore(store, out)))),
    )
  program
    .command('import')
    .description('read an export into a store')
    .argument('<file>', 'the export, or - for standard input')
    .requiredOption(
      '--store <store>',
      'sqlite:path or postgres://…; no server may be at work on it',
    )
    .option('--merge', 'into a store that holds something already')
    .addHelpText('after', examples('import box.ndjson --store sqlite:data/new.db'))
    .action((file: string, options: ImportOptions) =>
      perform(
        ended(
          import('./import.ts').then(({ importStore }) =>
            importStore(options.store, file, { merge: options.merge ?? false }),
          ),
        ),
      ),
    )
  program
    .command('completion')
    .description('print a script that completes commands and options in a shell')
    .argument('<shell>', 'bash, zsh or fish', oneOf(['bash', 'zsh', 'fish']))
    .addHelpText('after', examples('completion bash >> ~/.bashrc'))
    .action((shell: 'bash' | 'zsh' | 'fish') =>
      perform(
        (async () => {
          const { completionOf } = await import('./completion.ts')
          openTerminal().print(completionOf(program, shell))
          return E.right(0)
        })(),
      ),
    )
}

// -- internals

interface ControlOptions extends Connecting {
  readonly json?: boolean
}

interface HistoryOptions extends ControlOptions {
  readonly limit: number
  readonly all?: boolean
  readonly after?: string
}

interface ListOptions extends HistoryOptions {
  readonly tenant?: string
  readonly status?: ReadonlyArray<string>
  readonly label?: string
}

type SetOptions = ControlOptions & Omit<Setting, 'dryRun'> & { readonly dryRun?: boolean }

interface WatchOptions extends ControlOptions {
  readonly provider?: string
  readonly tenant?: string
  readonly after?: string
  readonly limit?: number
}

interface DiagramOptions extends ControlOptions {
  readonly svg?: boolean
  readonly out?: string
}

interface TokenOptions extends ControlOptions {
  readonly role: ReadonlyArray<string>
  readonly provider?: ReadonlyArray<string>
  readonly tenant?: ReadonlyArray<string>
  readonly until?: string
}

interface ImportOptions {
  readonly store: string
  readonly merge?: boolean
}

const ended = async (ending: Ending): Promise<E.Either<Trouble, number>> =>
  E.map(() => 0)(await ending)

const connecting = (
  command: Command,
  { store = false, json = true }: { readonly store?: boolean; readonly json?: boolean } = {},
): Command => {
  command
    .option('--url <url>', 'the address of a host (SIGNALBOX_URL, http://127.0.0.1:8080)')
    .option('--token <token>', 'a token of the control plane (SIGNALBOX_TOKEN)')
  if (store)
    command
      .option('--store <store>', 'read sqlite:path instead, beside the server that has it open')
      .option('--config <path>', 'the configuration of that server')
  return json ? command.option('--json', 'print JSON') : command
}

const service = (command: Command, options?: Parameters<typeof connecting>[1]): Command =>
  connecting(command, options).argument('<service>', 'provider/tenant/id, as list shows it')

const within = async (
  options: ControlOptions,
  work: (context: Context) => Ending,
): Promise<E.Either<Trouble, number>> => {
  const client = await connect(options)
  if (E.isLeft(client)) return client
  const { json = false } = options
  const ended = await work({ client: client.right, terminal: openTerminal(), json })
  await client.right.close()
  return E.map(() => 0)(ended)
}

const about = async (
  name: string,
  options: ControlOptions,
  work: (context: Context, ref: ServiceRef) => Ending,
): Promise<E.Either<Trouble, number>> => {
  const ref = readServiceName(name)
  return E.isLeft(ref) ? ref : within(options, (context) => work(context, ref.right))
}

const examples = (...lines: ReadonlyArray<string>): string =>
  ['', 'Examples:', ...lines.map((line) => `  signalbox ${line}`)].join('\n')

const collect = (value: string, before: ReadonlyArray<string> = []): ReadonlyArray<string> => [
  ...before,
  value,
]

const atLeastOne = (text: string): number => {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('A number from 1 on expected.')
  return Number(text)
}

const wholeSeconds = (text: string): number => {
  if (!/^\d{1,5}$/.test(text)) throw new InvalidArgumentError('A number of seconds expected.')
  return Number(text)
}

const oneOf =
  (choices: ReadonlyArray<string>) =>
  (text: string): string => {
    if (!choices.includes(text))
      throw new InvalidArgumentError(`One of ${choices.join(', ')} expected.`)
    return text
  }
