#!/usr/bin/env node
import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'

// What was compiled by the start before need not be compiled again, which is most of a start. It is kept where only who
// installed the program can write; where nobody can, everything is compiled as ever.
enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/compiled', import.meta.url)))
const { run } = await import('./command.ts')

const code = await run(process.argv.slice(2))
// Everything printed is handed over first; nothing that was left open may keep the process.
process.stdout.write('', () => process.exit(code))
