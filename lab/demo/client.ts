/* What a person would type at a client, and what the kernel of that client knows afterwards. */
import type { Lab, LabNode } from '../index.ts'

/** As the guide's application answers. */
export interface Answer {
  readonly pod_name: string
  readonly pod_ip: string
  readonly host_name: string
  readonly client_ip: string
}

export function urlOf(address: string, port: number): string {
  return address.includes(':') ? `http://[${address}]:${port}/` : `http://${address}:${port}/`
}

/** Throws with curl's own words when there is no answer. */
export async function curl(
  client: LabNode,
  address: string,
  port = 18081,
): Promise<{ text: string; answer: Answer }> {
  const text = await client.run(['curl', '-sS', '--max-time', '2', urlOf(address, port)])
  return { text, answer: JSON.parse(text) as Answer }
}

/** Makes the client ask anew who has the address, by fetching from it, and says which node the answer named. */
export async function whoAnswers(
  lab: Lab,
  client: LabNode,
  address: string,
): Promise<{ node: string; entry: string }> {
  await client.exec(['ip', 'neigh', 'flush', 'to', address])
  await curl(client, address)
  const entry = (await client.run(['ip', 'neigh', 'show', 'to', address])).trim()
  const owner = lab.nodes.find(
    (node) => node.name !== client.name && hasLink(node) && entry.includes(node.mac()),
  )
  if (!owner) throw new Error(`no node has the hardware address of "${entry}"`)
  return { node: owner.name, entry }
}

function hasLink(node: LabNode): boolean {
  try {
    return node.mac() !== ''
  } catch {
    return false
  }
}
