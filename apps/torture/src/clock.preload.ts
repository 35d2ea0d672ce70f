// Loaded into a host before everything else: its clock is ahead by so much.
const ahead = Number(process.env['TORTURE_CLOCK_MS'] ?? 0)
const now = Date.now
Date.now = () => now() + ahead
