#!/usr/bin/env node
import { run } from './command.ts'

const code = await run(process.argv.slice(2))
// Everything printed is handed over first; nothing that was left open may keep the process.
process.stdout.write('', () => process.exit(code))
