/* Losing frames at random at one port of a bridge, as an nftables table of its own that is replaced as a whole. */

/** Two decimals of a per cent are exact: `numgen` draws from this many. */
const DRAWS = 10_000

/** Seen from the node at the end of the cable. */
export type Direction = 'both' | 'sent' | 'received'

const hooks: Readonly<Record<Direction, readonly string[]>> = {
  both: ['ingress', 'egress'],
  sent: ['ingress'],
  received: ['egress'],
}

/** A script for `nft -f -`. `percent` 0 … 100; 0 leaves no table behind. */
export function renderLoss(port: string, percent: number, direction: Direction = 'both'): string {
  if (!(percent >= 0 && percent <= 100)) throw new Error(`lose: ${percent} is not a per cent from 0 to 100`)
  const table = tableOf('loss', port)
  const clear = `table ${table}\ndelete table ${table}\n`
  if (percent === 0) return clear
  const verdict =
    percent === 100 ? 'drop' : `numgen random mod ${DRAWS} < ${Math.round((percent * DRAWS) / 100)} drop`
  const chain = (hook: string): string => `  chain ${hook} {
    type filter hook ${hook} device "${port}" priority 0; policy accept;
    ${verdict}
  }
`
  return `${clear}table ${table} {\n${hooks[direction].map(chain).join('')}}\n`
}

export interface DividedPort {
  readonly port: string
  /** Hardware addresses of the other parts: what they send does not come out of this port. */
  readonly deafTo: readonly string[]
}

/** A script that makes exactly this division of a segment, all at once. */
export function renderDivision(ports: readonly DividedPort[]): string {
  return ports
    .map(({ port, deafTo }) => {
      const table = tableOf('divide', port)
      const clear = `table ${table}\ndelete table ${table}\n`
      if (deafTo.length === 0) return clear
      return `${clear}table ${table} {
  chain egress {
    type filter hook egress device "${port}" priority 0; policy accept;
    ether saddr { ${deafTo.join(', ')} } drop
  }
}
`
    })
    .join('')
}

function tableOf(what: string, port: string): string {
  return `netdev ${what}_${port.replaceAll(/[^A-Za-z0-9]/g, '_')}`
}
