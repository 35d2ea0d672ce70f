#!/usr/bin/env node
import { run } from './command.ts'

/*
 * npm run torture [-- --help]
 *
 * `plan.ts` draws rounds from a seed: whom to kill, when, and whether to restart the database. `load.ts` has clients send
 * requests meanwhile, drawn by `poppy-requests.ts`, `gcore-requests.ts` and `zos-requests.ts`, and notes what each was told;
 * `fleet.ts` runs the hosts, and `receiver.ts` is the world that their work is handed to. `torture.ts` goes through the rounds
 * and has what is left in the store judged by `check/`. `races.ts` records what callers see of single services on all hosts,
 * and `linearize.ts` looks for an order that explains it, by the model in `register.ts`.
 */

// What it has started ends with it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

process.exitCode = await run(process.argv.slice(2))
