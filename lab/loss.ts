/* Losing frames at random at one port of a bridge, as an nftables table of its own that is replaced as a whole. */

/** Two decimals of a per cent are exact: `numgen` draws from this many. */
const DRAWS = 10_000

/** A script for `nft -f -`. `percent` 0 … 100; 0 leaves no table behind. */
export function renderLoss(port: string, percent: number): string {
  if (!(percent >= 0 && percent <= 100)) throw new Error(`lose: ${percent} is not a per cent from 0 to 100`)
  const table = `netdev loss_${port.replaceAll(/[^A-Za-z0-9]/g, '_')}`
  const clear = `table ${table}\ndelete table ${table}\n`
  if (percent === 0) return clear
  const verdict =
    percent === 100 ? 'drop' : `numgen random mod ${DRAWS} < ${Math.round((percent * DRAWS) / 100)} drop`
  const chain = (hook: string): string => `  chain ${hook} {
    type filter hook ${hook} device "${port}" priority 0; policy accept;
    ${verdict}
  }
`
  return `${clear}table ${table} {\n${chain('ingress')}${chain('egress')}}\n`
}
