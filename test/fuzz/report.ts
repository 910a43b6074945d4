import type { Campaign } from './campaign.ts'

/** The campaign as Markdown. */
export function reportOf({ seed, accounts, findings }: Campaign, seconds: number): string {
  const rows = Object.entries(accounts)
  const total = rows.reduce((sum, [, { cases }]) => sum + cases, 0)
  const number = (value: number): string => value.toLocaleString('en')
  return [
    `${number(total)} messages, seed ${seed}, ${Math.round(seconds)} s, Node ${process.versions.node}: ` +
      `${findings.length === 0 ? 'nothing found' : `${findings.length} findings`}.`,
    '',
    '| decoder | messages | taken, not refused | octets | slowest |',
    '|---|---|---|---|---|',
    ...rows.map(
      ([name, { cases, taken, octets, slowest }]) =>
        `| ${name} | ${number(cases)} | ${number(taken)} | ${number(octets)} | ${number(slowest)} µs |`,
    ),
    ...findings
      .slice(0, 50)
      .map(
        ({ target, index, what, hex }) =>
          `\n- **${target}**, case ${index}: ${what}\n\n      ${hex.slice(0, 400)}`,
      ),
    '',
  ].join('\n')
}
