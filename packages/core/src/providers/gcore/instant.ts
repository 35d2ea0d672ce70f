/**
 * Spells an instant as clients read it: UTC with microseconds, `2026-11-21T20:00:00.000000Z`. Takes whole ms since the
 * epoch, in the years 0 to 9999.
 */
export const formatInstant = (at: number): string => {
  const days = Math.floor(at / DAY)
  const rest = at - days * DAY
  const { year, month, day } = civilDate(days)
  const time = [rest / HOUR, (rest % HOUR) / MINUTE, (rest % MINUTE) / SECOND]
    .map((part) => padded(Math.floor(part), 2))
    .join(':')
  const date = `${padded(year, 4)}-${padded(month, 2)}-${padded(day, 2)}`
  return `${date}T${time}.${padded(rest % SECOND, 3)}000Z`
}

/** The length of a day in ms. */
export const DAY = 86_400_000

/** The length of a minute in ms. */
export const MINUTE = 60_000

// -- internals

const SECOND = 1000
const HOUR = 3_600_000

const padded = (value: number, width: number): string => String(value).padStart(width, '0')

const DAYS_IN_ERA = 146_097
const DAYS_FROM_MARCH_0_TO_EPOCH = 719_468

// Years are counted from March, so that the leap day is a year's last; 400 of them make an era, always of one length.
const civilDate = (
  daysSinceEpoch: number,
): { readonly year: number; readonly month: number; readonly day: number } => {
  const days = daysSinceEpoch + DAYS_FROM_MARCH_0_TO_EPOCH
  const era = Math.floor(days / DAYS_IN_ERA)
  const dayOfEra = days - era * DAYS_IN_ERA
  const leapDays =
    Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096)
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365)
  const firstDay = 365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100)
  const dayOfYear = dayOfEra - firstDay
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153)
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
  return {
    year: era * 400 + yearOfEra + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1,
  }
}
