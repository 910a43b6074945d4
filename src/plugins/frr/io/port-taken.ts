/* Does somebody listen on a TCP port of this node? Asked of the kernel's tables, without binding anything. */
import { readFile } from 'node:fs/promises'

export async function portTaken(port: number): Promise<boolean> {
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8').catch(() => '')),
  )
  const listening = new RegExp(`^ *\\d+: [0-9A-F]+:${hex(port)} [0-9A-F]+:0000 0A `, 'm')
  return tables.some((table) => listening.test(table))
}

function hex(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, '0')
}
