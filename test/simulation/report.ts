/* What a run came to, as a table for docs/simulation.md, and how far it is, as a line. */
import { textOf, type Kept } from './kept.ts'

/** Markdown. */
export function reportOf({ code, from, next, tally }: Kept): string {
  const { seeds, ms, cpuMs, virtualMs, steps, datagrams, lost, violations } = tally
  const each = (cpuMs / Math.max(1, seeds)).toFixed(1)
  const rows: readonly (readonly [string, string])[] = [
    ['code', textOf(code)],
    ['seeds', seeds === 0 ? 'none' : `${whole(seeds)}: ${whole(from)} to ${whole(next - 1)}`],
    ['duration', `${spanText(ms)}; ${whole(cpuMs / 1000)} s of the processors, ${each} ms a seed`],
    ['virtual time', spanText(virtualMs)],
    ['events', whole(steps)],
    ['datagrams', `${whole(datagrams)}, ${whole(lost)} of them lost`],
    ['faults', listOf(tally.faults, (a, b) => b.times - a.times)],
    ['nodes', listOf(tally.nodes, (a, b) => Number(a.name) - Number(b.name))],
    ['violations', violations.map(({ seed, rule }) => `${seed} (${rule})`).join(', ') || 'none'],
  ]
  return ['| what | how much |', '|---|---|', ...rows.map(([name, text]) => `| ${name} | ${text} |`)].join(
    '\n',
  )
}

/** `ran` of the seeds in `ms`; `done` and `all` count those of former runs, too. */
export interface Progress {
  readonly done: number
  readonly all: number
  readonly ran: number
  readonly ms: number
  readonly violations: number
}

export function progressText({ done, all, ran, ms, violations }: Progress): string {
  const perSecond = ran / Math.max(1, ms / 1000)
  const left = ran === 0 ? [] : [`${spanText((1000 * (all - done)) / perSecond)} left`]
  const found = `${violations} ${violations === 1 ? 'violation' : 'violations'}`
  return [`${whole(done)} of ${whole(all)} seeds`, `${whole(perSecond)} a second`, ...left, found].join(', ')
}

function spanText(ms: number): string {
  const seconds = Math.round(ms / 1000)
  const minutes = Math.floor(seconds / 60)
  if (minutes < 1) return `${seconds} s`
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`
  return `${whole(Math.floor(minutes / 60))} h ${minutes % 60} min`
}

interface Counted {
  readonly name: string
  readonly times: number
}

function listOf(
  counts: Readonly<Record<string, number | undefined>>,
  order: (a: Counted, b: Counted) => number,
): string {
  const counted = Object.entries(counts).map(([name, times = 0]) => ({ name, times }))
  const texts = counted.sort(order).map(({ name, times }) => `${name}: ${whole(times)}`)
  return texts.join(', ') || 'none'
}

const digits = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })

function whole(number: number): string {
  return digits.format(number)
}
